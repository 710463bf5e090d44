"""Tries a mapping on a file that no layout knows: proposes one, and cleans the file by it to show what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from glider.cleaning.input.containers import Member
from glider.cleaning.input.encoding import open_text
from glider.cleaning.pipeline import Settings, clean
from glider.cleaning.recognition.csv_table import HEAD_LINES, head_lines
from glider.cleaning.recognition.headers import find_header
from glider.cleaning.recognition.mapping_proposal import MappingProposal, propose_mapping
from glider.contract import Cause, CleaningResult, ProposedMapping
from glider.errors import JobFailed
from glider.layouts.layout import Layout
from glider.layouts.mapped import ALL_NOTATIONS, mapped_layout

NAME: Final = "proposed_mapping"  # of the layout that a proposal is tried as
NEEDED: Final = ("net", "period")  # without which a mapping comes to nothing
LONGEST_CELL: Final = 200  # characters


def try_mapping(
    raw: Path, members: Sequence[Member], folder: Path, settings: Settings, blank: CleaningResult
) -> ProposedMapping | None:
    """Propose a mapping for the first of `members` that no layout knows, and clean the file at `raw` by it.

    Works in `folder`, which is made. Returns None if no line of such a member looks like a header.
    """
    folder.mkdir()
    for member, lines in _unknown(members, folder, settings):
        if found := propose_mapping(lines, settings.layouts):
            return _tried(raw, member, found, folder, settings, blank)
    return None


def _unknown(members: Sequence[Member], folder: Path, settings: Settings) -> Iterator[tuple[Member, list[str]]]:
    """The members that are text no layout knows, with their first lines."""
    for member in members:
        try:
            lines = head_lines(
                open_text(member.path, folder, longest_line=settings.longest_line, told=settings.told).path
            )
        except JobFailed:
            continue
        try:
            find_header(lines, [layout for layout in settings.layouts if layout.reader is None])
        except JobFailed as error:
            if error.cause is Cause.UNKNOWN_LAYOUT:
                yield member, lines


def _tried(
    raw: Path, member: Member, found: MappingProposal, folder: Path, settings: Settings, blank: CleaningResult
) -> ProposedMapping:
    proposal = ProposedMapping(
        part=member.name,
        header_line=found.line + 1,
        header=[cell[:LONGEST_CELL] for cell in found.cells],
        columns=found.columns,
        undecided={name: list(cells) for name, cells in found.undecided.items()},
        currency=found.currency or "",
    )
    if lacking := [name for name in NEEDED if name not in found.columns]:
        return proposal.model_copy(update={"message": f"Choose the column of: {', '.join(lacking)}."})
    layouts = (*settings.layouts, _layout_of(found))
    try:
        cleaned = clean(raw, folder, replace(settings, layouts=layouts), blank, lambda percent, rows: None)
    except JobFailed as error:
        return proposal.model_copy(update={"cause": error.cause, "message": error.message})
    return proposal.model_copy(update={"figures": cleaned.figures})


def _layout_of(found: MappingProposal) -> Layout:
    content = mapped_layout(
        name=NAME,
        title="A proposed mapping",
        header=found.cells,
        columns=found.columns,
        currency=found.currency or "",
        notations=ALL_NOTATIONS,
        decimals="auto",
    )
    if not found.currency and "currency" not in found.columns:
        content["currency"] = {"account": True}
    # The header was found wherever it stands.
    content["file"] = {"header_within": HEAD_LINES}
    return Layout.model_validate(content)
