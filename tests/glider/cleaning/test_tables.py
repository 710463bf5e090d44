"""Tables are found in a file, each with a currency and a period, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from glider.cleaning.input.containers import Limits
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import archive
from tests.glider.driving import distrokid, drive, settings
from tests.glider.independent import Fixture, fixtures
from tests.glider.layouts.samples import driven

FIXTURES = [fixture for fixture in fixtures() if not fixture.nothing]


@pytest.mark.parametrize(
    ("layout", "setting", "cause", "words"),
    [
        (
            "shopify",
            {"account_currency": None},
            Cause.CURRENCY_UNKNOWN,
            "no amount names one; expected was a code",
        ),
        ("prs", {"reporting_period": None}, Cause.PERIOD_UNKNOWN, "Give the file a reporting_period."),
        (
            "youtube_adsense",
            {"filename": "report.csv"},
            Cause.PERIOD_UNKNOWN,
            "header in line 1 ('Country',",
        ),
    ],
)
def test_a_currency_or_period_that_nothing_states_fails_the_file(
    layout: str, setting: dict[str, str | None], cause: Cause, words: str, tmp_path: Path
) -> None:
    fixture = next(fixture for fixture in FIXTURES if fixture.layout == layout)
    changed = Fixture(**{**fixture.__dict__, **setting})
    with pytest.raises(JobFailed) as failed:
        driven(changed, tmp_path)
    assert failed.value.cause == cause
    assert words in failed.value.message


def limited(lines: int) -> Limits:
    return Limits(bytes=10**9, ratio=200, members=1000, lines=lines)


def test_the_lines_of_all_members_together_are_bounded(tmp_path: Path) -> None:
    """So that amounts of any size can be added up over all of them."""
    members = {f"{n}.txt": distrokid(*[f"2025-0{n}|Spotify|S|QZAAA2500001||1|0.5"] * 3) for n in range(1, 4)}
    assert drive(archive(members), tmp_path / "all", settings(limits=limited(9))).figures.accepted == 9
    with pytest.raises(JobFailed, match="more than 8 lines of sales") as failed:
        drive(archive(members), tmp_path / "more", settings(limits=limited(8)))
    assert failed.value.cause is Cause.TOO_LARGE
