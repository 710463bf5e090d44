"""What a job that failed tells of the file."""

from __future__ import annotations

import pytest

from glider.contract import Cause
from glider.errors import JobFailed, of_layout


def test_a_failed_job_names_the_layout_nearest_to_the_failure() -> None:
    with pytest.raises(JobFailed) as failed, of_layout("of the file", "1"), of_layout("of the member", "2"):
        raise JobFailed(Cause.NO_ROWS, "Nothing.")
    assert (failed.value.layout, failed.value.layout_version) == ("of the member", "2")


def test_before_recognition_a_failed_job_names_no_layout() -> None:
    assert JobFailed(Cause.NO_ROWS, "Nothing.").layout == ""


def test_the_same_reason_told_of_a_member_names_the_same_layout() -> None:
    with pytest.raises(JobFailed) as failed, of_layout("of the file", "1"):
        raise JobFailed(Cause.NO_ROWS, "Nothing.")
    told = failed.value.within("sheet")
    assert (told.layout, told.message) == ("of the file", "sheet: Nothing.")
