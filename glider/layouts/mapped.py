"""A layout made from columns that a person mapped, or that were proposed for a table no layout knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

FINGERPRINT: Final = 6  # columns by which a mapped layout is recognised: as many, or all that are mapped
ALL_NOTATIONS: Final = ("year_month", "month_name_year", "day_month_name_year", "day_month_year", "month_day_year")


def mapped_layout(
    *,
    name: str,
    title: str,
    header: Sequence[str],
    columns: Mapping[str, str],
    currency: str,
    notations: Sequence[str],
    decimals: str,
) -> dict[str, Any]:
    """Return the content of a layout, as `Layout.model_validate` takes it.

    `header`: the cells of the header line; `columns`: canonical field → cell of the header, empty for none;
    `currency`: of all lines, or empty; `notations`: of both periods; `decimals`: the decimal mark.
    """
    chosen = {field: cell for field, cell in columns.items() if cell}
    return {
        "name": name,
        "title": title,
        "source": "Columns mapped by hand",
        "evidence": "D",
        "decimals": decimals,
        "header": {"fingerprint": _fingerprint(header, list(chosen.values()))},
        "columns": chosen,
        "dates": {"period": list(notations), "statement_period": list(notations)},
        **({"currency": {"fixed": currency}} if currency else {}),
    }


def _fingerprint(header: Sequence[str], chosen: list[str]) -> list[str]:
    # The chosen columns alone might be those of another file as well, so further ones of the header are added.
    others = [cell for cell in header if cell.strip() and cell not in chosen]
    return list(dict.fromkeys([*chosen, *others]))[: max(FINGERPRINT, len(chosen))]
