"""Which parts of a container are transactions, which only repeat their money, and which nobody knows.

Nothing is dropped in silence: what a rule leaves out is told in the warnings, and a part that is neither known nor
left out by a rule fails the file, by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from glider.cleaning.input.containers import Part
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import ContainerRule, Layout, MemberTotal

_LEFT_OUT: Final = "by the rule of the layout"
_DOCUMENT: Final = "because it is no table"


@dataclass(frozen=True)
class Look:
    """A part and what it was found to be: of a layout, or refused with a reason; `document`: no table at all."""

    part: Part
    layout: Layout | None = None
    refused: JobFailed | None = None
    document: bool = False


@dataclass(frozen=True)
class SidePart:
    """A part that states the sum of others."""

    part: Part
    rule: MemberTotal
    layout: Layout


@dataclass(frozen=True)
class Choice:
    parts: tuple[Look, ...]
    sides: tuple[SidePart, ...] = ()
    warnings: tuple[str, ...] = ()


def choose(looks: Sequence[Look], layouts: Iterable[Layout]) -> Choice:
    """Raises `JobFailed` for a part that is not known, and when no part is left."""
    if len(looks) == 1 and looks[0].refused is not None:
        raise looks[0].refused
    present = {look.layout.name: look.layout for look in looks if look.layout}
    if not present:
        raise _nothing_known(looks, layouts)
    fates = [_fate(look, looks, tuple(present.values())) for look in looks]
    warnings = tuple(fate for fate in fates if isinstance(fate, str))
    sides = tuple(fate for fate in fates if isinstance(fate, SidePart))
    chosen = tuple(fate for fate in fates if isinstance(fate, Look))
    if not chosen:
        raise JobFailed(Cause.NO_ROWS, "The archive holds summaries only, and no transactions.")
    return Choice(chosen, sides, warnings)


def _fate(look: Look, looks: Sequence[Look], present: tuple[Layout, ...]) -> Look | SidePart | str:
    """The part itself, the sum it states, or a warning that it was left out."""
    judges = (look.layout,) if look.layout else present
    for layout in judges:
        if rule := _stating(layout.container, look.part):
            return SidePart(look.part, rule, layout)
        if _named(look.part, layout.container.ignore) or _not_taken(look, looks, layout):
            return f"{look.part.name} was left out {_LEFT_OUT} {layout.title}."
    if look.refused is None:
        return look
    if look.document:
        return f"{look.part.name} was left out {_DOCUMENT}."
    raise JobFailed(look.refused.cause, f"{look.part.name}: {look.refused.message}")


def _stating(rule: ContainerRule, part: Part) -> MemberTotal | None:
    return next((total for total in rule.totals if _named(part, total.match)), None)


def _not_taken(look: Look, looks: Sequence[Look], layout: Layout) -> bool:
    """The layout takes only parts of certain names, there is one, and this is not it."""
    take = layout.container.take
    taken = any(other.layout is layout and _named(other.part, take) for other in looks)
    return bool(take) and taken and not _named(look.part, take)


def _named(part: Part, patterns: Iterable[str]) -> bool:
    own = part.name.casefold()
    path = PurePosixPath(own)
    names = (own, *path.parts)
    return any(fnmatchcase(name, pattern.casefold()) for pattern in patterns for name in names)


def _nothing_known(looks: Sequence[Look], layouts: Iterable[Layout]) -> JobFailed:
    for layout in layouts:
        rule = layout.container
        if looks and all(_named(look.part, rule.ignore) or _stating(rule, look.part) for look in looks):
            return JobFailed(Cause.NO_ROWS, f"The archive holds only summaries ({layout.title}), and no transactions.")
    refused = [look for look in looks if look.refused is not None]
    if not refused:
        return JobFailed(Cause.EMPTY_FILE, "The archive holds no file.")
    first = next((look for look in refused if not look.document), refused[0])
    assert first.refused is not None
    named = f"{first.part.name}: " if first.part.name else ""
    return JobFailed(first.refused.cause, named + first.refused.message)
