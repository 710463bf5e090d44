"""The result of a dry run, shown on a page of the admin site."""

from __future__ import annotations

from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from layouts.models import Layout

SHOWN: Final = ("source_row", "period", "dsp", "territory", "artist", "release", "track", "isrc", "quantity", "net")


def tried_table(layout: Layout) -> str:
    """The result of the last dry run of `layout`: why it failed, or its figures and first lines, as HTML."""
    tried = layout.tried
    if not tried:
        return "Not tried yet: choose an example and save."
    stale = "" if layout.tried_version == layout.version else "Of an earlier text; save to try again. "
    if tried.get("cause"):
        return f"{stale}{tried['cause']}: {tried['message']}"
    return format_html("{}{}<br>{}", stale, _summary(tried), rows_table(list(SHOWN), _rows(tried)))


def _summary(tried: dict[str, Any]) -> str:
    figures = tried.get("figures") or {}
    layouts = ", ".join(part["layout"] for part in tried["parts"])
    net = ", ".join(f"{amount} {currency}" for currency, amount in figures.get("net_by_currency", {}).items())
    return (
        f"Read as {layouts}: {figures.get('rows_read')} lines, {figures.get('accepted')} accepted, "
        f"{figures.get('rejected')} rejected, {figures.get('skipped')} skipped; net {net or 'nothing'}."
    )


def _rows(tried: dict[str, Any]) -> list[list[str]]:
    return [[str(line.get(name) or "") for name in SHOWN] for line in tried["lines"]]


def rows_table(columns: list[str], rows: list[list[str]]) -> SafeString:
    """A table in HTML with a header of `columns`; every cell is escaped."""
    head = format_html_join("", "<th>{}</th>", ((name,) for name in columns))
    body = format_html_join(
        "", "<tr>{}</tr>", ((format_html_join("", "<td>{}</td>", ((cell,) for cell in row)),) for row in rows)
    )
    return format_html("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>", head, body)
