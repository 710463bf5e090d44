"""An administrator's own layouts: written, tried on an example, and only then live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

from django.db.models import QuerySet

from glider.contract import PreviewResult, SourceFile
from layouts.models import Layout, Origin, State
from layouts.services.layout_sets import set_with
from layouts.services.previews import preview
from layouts.services.validation import Checked, LayoutError, check_text
from oas.kernel import object_keys
from oas.kernel.storage import storage

MOST_EXAMPLE: Final = 20 * 1024 * 1024  # bytes
FINGERPRINT: Final = 6  # columns by which a mapped layout is recognised, at most


class NotTried(Exception):
    """A layout goes live only when Glider read its example with this very text."""


def draft_of(layout: Layout, *, actor: str) -> Layout:
    """An own draft with the text of a shipped layout; the one there is when there is one."""
    own, _ = Layout.objects.get_or_create(
        name=layout.name, origin=Origin.OWN, defaults=_fields(check_text(layout.text)) | {"updated_by": actor}
    )
    return own


def fill(layout: Layout, checked: Checked, *, actor: str) -> None:
    """Take over a checked text (the caller saves). A live layout whose text changed is a draft again."""
    if layout.state == State.LIVE and layout.version != checked.version:
        layout.state = State.DRAFT
    for name, value in (_fields(checked) | {"name": checked.name, "updated_by": actor}).items():
        setattr(layout, name, value)


def _fields(checked: Checked) -> dict[str, object]:
    return {
        "title": checked.title,
        "source": checked.source,
        "evidence": checked.evidence,
        "text": checked.text,
        "content": checked.content,
        "version": checked.version,
    }


def keep_example(layout: Layout, *, name: str, content: bytes) -> None:
    """The file that the layout is tried on."""
    key = object_keys.layout_example(layout.pk, uuid4(), name)
    storage().put_bytes(key, content)
    Layout.objects.filter(pk=layout.pk).update(example_key=key, example_name=name)
    layout.refresh_from_db()


def dry_run(layout: Layout) -> PreviewResult | None:
    """Have the example read with the layout as it is now, and keep what came of it; None while Glider has not answered.

    Call it again for the answer. Raises StorageError.
    """
    info = storage().head(layout.example_key)
    file = SourceFile(id=0, uuid=f"layout-{layout.pk}", mongo_db_id="", revision=1, filename=layout.example_name)
    found = preview(
        file,
        organisation=0,
        raw_key=layout.example_key,
        raw_etag=info.etag,
        raw_size=info.size,
        layout_set=set_with(layout),
    )
    if found is not None:
        same = Layout.objects.filter(pk=layout.pk, version=layout.version)
        same.update(tried_version=layout.version, tried=found.model_dump(mode="json"))
    return found


def make_live(layout: Layout, *, actor: str) -> None:
    """Raises `NotTried`."""
    if not layout.recognised_own_example:
        raise NotTried(f"{layout.name}: try it on an example first; the example must be recognised as this layout.")
    same = Layout.objects.filter(pk=layout.pk, version=layout.version, tried_version=layout.version)
    if same.update(state=State.LIVE, updated_by=actor) != 1:
        raise NotTried(f"{layout.name}: it was changed in the meantime; try it again.")


def make_draft(layouts: QuerySet[Layout]) -> int:
    """Takes own layouts out of use; returns how many were in it."""
    return layouts.filter(origin=Origin.OWN, state=State.LIVE).update(state=State.DRAFT)


def mapped_text(
    *,
    name: str,
    title: str,
    header: Sequence[str],
    columns: Mapping[str, str],
    currency: str,
    notation: str,
    decimals: str,
) -> str:
    """A layout from columns chosen by hand: canonical field → header cell. Raises `LayoutError`.

    It is recognised by the chosen columns and, to be sure, some further ones of the header.
    """
    chosen = {field: cell for field, cell in columns.items() if cell}
    others = [cell for cell in header if cell.strip() and cell not in chosen.values()]
    fingerprint = list(dict.fromkeys([*chosen.values(), *others]))[: max(FINGERPRINT, len(chosen))]
    lines = [
        f"name = {_toml(name)}",
        f"title = {_toml(title)}",
        'source = "Columns mapped by hand"',
        'evidence = "D"',
        f"decimals = {_toml(decimals)}",
        "[header]",
        f"fingerprint = {_toml(fingerprint)}",
        "[columns]",
        *(f"{field} = {_toml(cell)}" for field, cell in chosen.items()),
        "[dates]",
        f"period = {_toml(notation)}",
        f"statement_period = {_toml(notation)}",
        *(["[currency]", f"fixed = {_toml(currency)}"] if currency else []),
    ]
    text = "\n".join(lines) + "\n"
    check_text(text, name)
    return text


def _toml(value: str | Sequence[str]) -> str:
    """A basic string of TOML is one of JSON; so is a list of them."""
    return json.dumps(value, ensure_ascii=False)


__all__ = [
    "LayoutError",
    "NotTried",
    "draft_of",
    "dry_run",
    "fill",
    "keep_example",
    "make_draft",
    "make_live",
    "mapped_text",
]
