from __future__ import annotations

import pytest

from glider.layouts.choices import Choice, refuse_unknown_values

USAGE = Choice(
    values={"Sale": "download", "Ad": "stream"},
    contains={"stream": "stream", "ringtone": "ringtone", "tone": "other"},
    default="other",
)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (" SALE ", "download"),
        ("Sale of a stream", "stream"),
        ("Ringtones", "ringtone"),
        ("Tone", "other"),
        ("Ad", "stream"),
        ("Gift", "other"),
        ("", "other"),
    ],
)
def test_a_whole_cell_comes_before_what_it_contains_and_both_before_the_default(cell: str, value: str) -> None:
    assert USAGE.means(cell) == value


def test_a_cell_that_nothing_fits_has_no_value_without_a_default() -> None:
    assert Choice(values={"Sale": "download"}).means("Gift") is None


def test_every_value_is_checked() -> None:
    assert USAGE.meanings() == {"download", "stream", "ringtone", "other"}
    refuse_unknown_values(USAGE, ("download", "stream", "ringtone", "other"), "usage")
    with pytest.raises(ValueError, match=r"^usage: no such value: ringtone, stream \(known: download, other\)$"):
        refuse_unknown_values(USAGE, ("download", "other"), "usage")
