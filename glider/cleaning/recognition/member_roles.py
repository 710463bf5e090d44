"""Decides which members of a container are sales, and which only repeat the money of others.

No member is left out without a warning, and one that is neither recognised nor left out by a rule of a layout fails the
file with its name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Final

from glider.cleaning.input.containers import Member
from glider.cleaning.recognition.total_words import SUMMARY
from glider.contract import Cause
from glider.errors import JobFailed
from glider.layouts.layout import ContainerRule, Layout, MemberTotal

_LEFT_OUT: Final = "by the rule of the layout"
_DOCUMENT: Final = "because it is no table"


@dataclass(frozen=True)
class RecognisedMember:
    """A member and its layout, or why it has none: `refused`. `document`: it is no table at all. `totals` are the
    numbers in its lines of totals, if it has no layout."""

    member: Member
    layout: Layout | None = None
    refused: JobFailed | None = None
    document: bool = False
    totals: tuple[Decimal, ...] = ()


@dataclass(frozen=True)
class SummaryMember:
    """A member that states the sum of others, by `rule` of `layout`.

    Without a rule it is known by its name or its lines: the sum is one of `totals`, which may be empty. `unless`: the
    reason why the file fails if it is none of them, as the member may be of sales then.
    """

    member: Member
    rule: MemberTotal | None = None
    layout: Layout | None = None
    totals: tuple[Decimal, ...] = ()
    unless: JobFailed | None = None


@dataclass(frozen=True)
class MemberRoles:
    """The members that are `sales`, those that are `summaries` of sales, and a warning for each that is left out."""

    sales: tuple[RecognisedMember, ...]
    summaries: tuple[SummaryMember, ...] = ()
    warnings: tuple[str, ...] = ()


def assign_roles(members: Sequence[RecognisedMember], layouts: Iterable[Layout]) -> MemberRoles:
    """Give each of `members` its role, by the rules of the layouts that are among them.

    Raises `JobFailed` for a member that is unknown, and with `no_rows` if none is left. `layouts` are all there are:
    they only explain a container of which no member is recognised.
    """
    if len(members) == 1 and members[0].refused is not None:
        raise members[0].refused
    members, hidden = _shown(members)
    present = {each.layout.name: each.layout for each in members if each.layout}
    if not present:
        raise _nothing_known(members, layouts)
    taken = _with_their_own(members)
    roles = [_role(each, taken, tuple(present.values())) for each in members]
    warnings = tuple(role for role in roles if isinstance(role, str))
    summaries = tuple(role for role in roles if isinstance(role, SummaryMember))
    sales = tuple(role for role in roles if isinstance(role, RecognisedMember))
    if not sales:
        raise JobFailed(Cause.NO_ROWS, "The archive holds summaries only, and no transactions.")
    return MemberRoles(sales, summaries, (*warnings, *hidden))


def _shown(members: Sequence[RecognisedMember]) -> tuple[Sequence[RecognisedMember], list[str]]:
    """The members without hidden sheets, and a warning for each of those.

    In a workbook whose sheets of sales are all hidden, they count.
    """
    shown = {_workbook(each) for each in members if each.layout and not each.member.hidden}
    aside = [each for each in members if each.member.hidden and _workbook(each) in shown]
    warnings = [f"{each.member.name} is a hidden sheet and was left out." for each in aside]
    return [each for each in members if each not in aside], warnings


def _workbook(recognised: RecognisedMember) -> str:
    return recognised.member.name.rpartition("/")[0]


def _role(
    recognised: RecognisedMember, taken: Collection[str], present: tuple[Layout, ...]
) -> RecognisedMember | SummaryMember | str:
    """The member itself, its summary, or a warning that it is left out."""
    member = recognised.member
    # A member without a layout is judged by all layouts of the container: summaries have headers of their own.
    for layout in (recognised.layout,) if recognised.layout else present:
        if rule := _summary_rule(layout.container, member):
            return SummaryMember(member, rule, layout)
        if _is_named(member, layout.container.ignore) or _is_passed_over(recognised, taken, layout):
            return f"{member.name} was left out {_LEFT_OUT} {layout.title}."
    if recognised.refused is None:
        return recognised
    if recognised.document:
        return f"{member.name} was left out {_DOCUMENT}."
    refusal = recognised.refused.within(member.name)
    if recognised.refused.cause is Cause.UNKNOWN_LAYOUT:
        if re.search(SUMMARY, PurePosixPath(member.name).stem):
            return SummaryMember(member, totals=recognised.totals)
        if recognised.totals:
            return SummaryMember(member, totals=recognised.totals, unless=refusal)
    raise refusal


def _summary_rule(rule: ContainerRule, member: Member) -> MemberTotal | None:
    return next((total for total in rule.totals if _is_named(member, total.match)), None)


def _with_their_own(members: Sequence[RecognisedMember]) -> set[str]:
    """The names of the layouts that take members of certain names only, and have one."""
    asking = [each for each in members if each.layout and each.layout.container.take]
    return {each.layout.name for each in asking if each.layout and _is_named(each.member, each.layout.container.take)}


def _is_passed_over(recognised: RecognisedMember, taken: Collection[str], layout: Layout) -> bool:
    """Whether `layout` takes members of certain names only, and has one, and this is another."""
    return layout.name in taken and not _is_named(recognised.member, layout.container.take)


def _is_named(member: Member, patterns: Iterable[str]) -> bool:
    """Whether a pattern fits the member's whole name, or that of the member or of one of its containers alone."""
    own = member.name.casefold()
    path = PurePosixPath(own)
    names = (own, *path.parts)
    return any(fnmatchcase(name, pattern.casefold()) for pattern in patterns for name in names)


def _nothing_known(members: Sequence[RecognisedMember], layouts: Iterable[Layout]) -> JobFailed:
    for layout in layouts:
        rule = layout.container
        if members and all(_is_named(each.member, rule.ignore) or _summary_rule(rule, each.member) for each in members):
            return JobFailed(Cause.NO_ROWS, f"The archive holds only summaries ({layout.title}), and no transactions.")
    refused = [each for each in members if each.refused is not None]
    if not refused:
        return JobFailed(Cause.EMPTY_FILE, "The archive holds no file.")
    first = next((each for each in refused if not each.document), refused[0])
    assert first.refused is not None
    return first.refused.within(first.member.name)
