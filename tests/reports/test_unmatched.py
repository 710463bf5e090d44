"""Unmatched sales: looked through, given aliases, matched by the next report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from accounts.models import Organisation
from catalogue.models import Alias, Track
from catalogue.services.works import create_release, create_track, delete_track
from oas.kernel.documents import documents, report_rows_id
from reports.choices import Kind
from reports.errors import NotReady
from reports.models import Report
from reports.services.unmatched import accept, assign, candidates, groups_of, latest_unmatched, with_aliases
from tests.glider.reporting.driving import Lake, line
from tests.reports.driving import ISRC, OTHER_ISRC, ask, ready


def keep_rows(report: Report, count: int) -> None:
    """As if Glider had found so many groups."""
    for n in range(0, count, 1000):
        rows = [{"kind": "isrc", "key": f"X{place}"} for place in range(n, min(n + 1000, count))]
        place = {"_id": report_rows_id(str(report.uuid), n // 1000), "report": str(report.uuid), "n": n // 1000}
        documents().replace("report_rows", {**place, "organisation": report.organisation_id, "rows": rows})
    documents().update("report_snapshots", str(report.uuid), {"groups_kept": count})


# --- making aliases ---


def test_a_suggestion_that_is_accepted_is_matched_by_the_next_report(
    organisation: Organisation, report: Report
) -> None:
    ((_, outcome),) = accept(report=report, positions=[0], actor="alice")
    assert outcome is not None
    assert outcome.alias is not None
    assert (outcome.alias.kind, outcome.alias.key, outcome.alias.created_by) == ("isrc", OTHER_ISRC, "alice")
    assert outcome.alias.track is not None
    assert outcome.alias.track.isrc == ISRC
    assert ready(organisation).total == Decimal("3.75")
    assert ready(organisation, Kind.UNMATCHED).rows == 0


def test_accepting_twice_changes_nothing(organisation: Organisation, report: Report) -> None:
    for _ in range(2):
        ((_, outcome),) = accept(report=report, positions=[0, 0], actor="alice")
        assert outcome is not None
        assert outcome.refused is None
    assert Alias.objects.of(organisation).count() == 1


def test_another_release_can_be_assigned_instead(organisation: Organisation, report: Report) -> None:
    release = create_release(organisation=organisation, title="Lines", artists=[{"name": "Aurora Lane"}])
    ((_, outcome),) = assign(report=report, position=0, release=release.pk, actor="alice")
    assert outcome is not None
    assert outcome.alias is not None
    assert outcome.alias.release == release
    assert ready(organisation, Kind.MONTHLY).rows == 2


def test_an_alias_to_a_track_that_is_gone_is_refused(organisation: Organisation, report: Report) -> None:
    delete_track(track=Track.objects.of(organisation).get())
    ((_, outcome),) = accept(report=report, positions=[0], actor="alice")
    assert outcome is not None
    assert outcome.refused is not None
    assert outcome.refused.code == "does_not_exist"


def test_an_alias_goes_with_its_track(organisation: Organisation, report: Report) -> None:
    accept(report=report, positions=[0], actor="alice")
    delete_track(track=Track.objects.of(organisation).get())
    assert Alias.objects.of(organisation).count() == 0
    assert ready(organisation, Kind.UNMATCHED).groups == 2


def test_artist_and_title_are_an_alias_where_there_is_no_code(organisation: Organisation, lake: Lake) -> None:
    lake.put("2025-02", [line(artist="AURORA LANE", track="Night-Bus (feat. Bo)", net="4")])
    report = ready(organisation, Kind.UNMATCHED, "2025-02")
    ((group, outcome),) = accept(report=report, positions=[0], actor="alice")
    assert group["kind"] == "artist_title"
    assert outcome is not None
    assert outcome.alias is not None
    assert ready(organisation, Kind.MONTHLY, "2025-02").total == 4


def test_what_has_no_suggestion_or_takes_no_alias_is_left(organisation: Organisation, lake: Lake) -> None:
    lake.put("2025-02", [line(artist="Nobody", track="Zzz", net="4"), line(artist=None, track=None)])
    report = ready(organisation, Kind.UNMATCHED, "2025-02")
    assert [outcome for _, outcome in accept(report=report, positions=[0, 1], actor="alice")] == [None, None]
    assert [outcome for _, outcome in assign(report=report, position=1, track=1, actor="alice")] == [None]


# --- groups ---


def test_groups_have_the_alias_that_was_made_since(organisation: Organisation, report: Report) -> None:
    assert [group["alias"] for group in with_aliases(organisation, groups_of(report)[0:50])] == [None]
    accept(report=report, positions=[0], actor="alice")
    assert [group["alias"].key for group in with_aliases(organisation, groups_of(report)[0:50])] == [OTHER_ISRC]


@pytest.mark.parametrize(
    ("start", "stop", "expected"),
    [(0, 2, ["X0", "X1"]), (999, 1001, ["X999", "X1000"]), (2498, 2600, ["X2498", "X2499"]), (2500, 2550, [])],
)
def test_pages_go_over_documents(report: Report, start: int, stop: int, expected: list[str]) -> None:
    keep_rows(report, 2500)
    groups = groups_of(report)
    assert len(groups) == 2500
    assert [group["key"] for group in groups[start:stop]] == expected
    assert [group["n"] for group in groups[start:stop]] == list(range(start, min(stop, 2500)))


def test_positions_out_of_range_are_left_out(report: Report) -> None:
    assert [group["n"] for group in groups_of(report).at([-1, 0, 0, 7])] == [0]


def test_another_organisation_s_rows_are_never_shown(report: Report) -> None:
    documents().update("report_rows", report_rows_id(str(report.uuid), 0), {"organisation": report.organisation_id + 1})
    assert list(groups_of(report)[0:50]) == []


def test_a_monthly_report_has_no_groups(organisation: Organisation, lake: Lake) -> None:
    assert len(groups_of(ready(organisation))) == 0


def test_a_report_that_is_not_ready_has_none_yet(organisation: Organisation) -> None:
    with pytest.raises(NotReady):
        groups_of(ask(organisation, Kind.UNMATCHED))


def test_the_latest_is_the_newest_that_is_ready(
    organisation: Organisation, report: Report, other_organisation: Any
) -> None:
    newer = ready(organisation, Kind.UNMATCHED)
    ask(organisation, Kind.UNMATCHED)
    ready(organisation)
    assert latest_unmatched(organisation) == newer
    assert latest_unmatched(other_organisation) is None


def test_candidates_of_many_words_are_found_without_joining_credits(
    organisation: Organisation, django_assert_num_queries: Any
) -> None:
    """Each word joined the credits once more: six credits and seven words made 280,000 rows of every track."""
    names = ["Aurora", "Bo", "Cy", "Dee", "Eve", "Fay"]
    for number in range(25):
        create_track(
            organisation=organisation,
            title=f"Night Bus {number:02}",
            artists=[{"name": f"{name} Night"} for name in names],
        )
    with django_assert_num_queries(4):  # tracks, their credits, the artists; releases: none
        found = candidates(organisation, "night bus night aurora night fay eve")
    assert [str(work) for work in found] == [f"Night Bus {number:02}" for number in range(20)]
