"""Custom layouts: written by an administrator, tried on an example, and only then made live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import uuid4

from django.db.models import QuerySet

from glider.contract import PreviewResult, SourceFile
from glider.layouts.mapped import mapped_layout
from layouts.models import Layout, Origin, State
from layouts.services.layout_sets import set_with
from layouts.services.previews import preview
from layouts.services.validation import CheckedLayout, LayoutError, check_text
from oas.kernel import object_keys
from oas.kernel.storage import storage

MOST_EXAMPLE: Final = 20 * 1024 * 1024  # bytes


class NotTried(Exception):
    """The layout cannot go live: Glider has not read its example with this version."""


def draft_of(layout: Layout, *, actor: str) -> Layout:
    """The custom layout of the name of `layout`, which is created as a draft with its text when there is none.

    Raises `LayoutError` when the text, of an earlier version of OAS, is no layout any more.
    """
    own, _ = Layout.objects.get_or_create(
        name=layout.name,
        origin=Origin.OWN,
        defaults=_fields(check_text(layout.text, layout.name)) | {"updated_by": actor},
    )
    return own


def fill(layout: Layout, checked: CheckedLayout, *, actor: str) -> None:
    """Set the fields of `layout` from `checked`; the caller saves it."""
    # A live layout whose text has changed is a draft again until it has been tried.
    if layout.state == State.LIVE and layout.version != checked.version:
        layout.state = State.DRAFT
    for name, value in (_fields(checked) | {"name": checked.name, "updated_by": actor}).items():
        setattr(layout, name, value)


def _fields(checked: CheckedLayout) -> dict[str, object]:
    return {
        "title": checked.title,
        "source": checked.source,
        "evidence": checked.evidence,
        "text": checked.text,
        "content": checked.content,
        "version": checked.version,
    }


def keep_example(layout: Layout, *, name: str, content: bytes) -> None:
    """Store `content` as the file on which `layout` is tried. Raises StorageError."""
    # A key of its own for every example: a dry run that is under way still finds the one it began with.
    key = object_keys.layout_example(layout.pk, uuid4(), name)
    storage().put_bytes(key, content)
    Layout.objects.filter(pk=layout.pk).update(example_key=key, example_name=name)
    layout.refresh_from_db()


def dry_run(layout: Layout) -> PreviewResult | None:
    """Have Glider read the example of `layout` with its current version, and store the result in the row.

    Returns None while Glider has not answered: to be called again. Raises StorageError.
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
        # The text may have been changed in the meantime: then this is no result of it.
        same = Layout.objects.filter(pk=layout.pk, version=layout.version)
        same.update(tried_version=layout.version, tried=found.model_dump(mode="json"))
    return found


def make_live(layout: Layout, *, actor: str) -> None:
    """Use `layout` for files from now on. Raises `NotTried` unless its last dry run recognised the example."""
    if not layout.recognised_own_example:
        raise NotTried(f"{layout.name}: try it on an example first; the example must be recognised as this layout.")
    same = Layout.objects.filter(pk=layout.pk, version=layout.version, tried_version=layout.version)
    if same.update(state=State.LIVE, updated_by=actor) != 1:
        raise NotTried(f"{layout.name}: it was changed in the meantime; try it again.")


def make_draft(layouts: QuerySet[Layout]) -> int:
    """Take the live custom layouts among `layouts` out of use; returns how many there were."""
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
    """Return the text of a layout from columns chosen by hand. Raises `LayoutError`.

    The arguments are those of `glider.layouts.mapped.mapped_layout`; `notation` is that of both periods.
    """
    content = mapped_layout(
        name=name,
        title=title,
        header=header,
        columns=columns,
        currency=currency,
        notations=[notation],
        decimals=decimals,
    )
    text = _toml(content)
    check_text(text, name)
    return text


def _toml(content: Mapping[str, Any]) -> str:
    """`content` as TOML: keys with a value first, then a section for each table."""
    tables = {key: value for key, value in content.items() if isinstance(value, dict)}
    lines = _entries({key: value for key, value in content.items() if key not in tables})
    for key, table in tables.items():
        lines += [f"[{key}]", *_entries(table)]
    return "\n".join(lines) + "\n"


def _entries(values: Mapping[str, Any]) -> list[str]:
    # A string of JSON is a basic string of TOML, and a list of them is a list.
    return [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]


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
