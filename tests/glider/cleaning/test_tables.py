"""Tables are found in a file, each with a currency and a period, or the file is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
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
            "has a currency, and no amount names one; expected was a code of ISO 4217",
        ),
        ("prs", {"reporting_period": None}, Cause.PERIOD_UNKNOWN, "Give the file a reporting_period."),
        (
            "youtube_adsense",
            {"filename": "report.csv"},
            Cause.PERIOD_UNKNOWN,
            "No column of the header in line 1 ('Country',",
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
