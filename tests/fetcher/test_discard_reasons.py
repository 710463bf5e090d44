"""Reasons, their sentences, and which of them another attempt may mend."""

from __future__ import annotations

from typing import Any

from fetcher.discard_reasons import REASON_OF_CAUSE, RETRIABLE, RETRIED, Discard, Reason
from fetcher.models import BatchItem
from glider.contract import Cause


def test_a_refusal_has_the_sentence_of_its_reason_unless_a_more_exact_one_is_given() -> None:
    plain, exact = Discard(Reason.EMPTY), Discard(Reason.EMPTY, "The third file is empty.")
    assert (plain.text, str(plain)) == ("The file is empty.", "The file is empty.")
    assert (exact.text, str(exact)) == ("The third file is empty.", "The third file is empty.")


def test_what_is_tried_again_by_itself_can_be_tried_again_on_request() -> None:
    assert RETRIED < RETRIABLE
    final = {Reason.DUPLICATE, Reason.EMPTY, Reason.CORRUPT, Reason.TOO_LARGE, Reason.UNSUPPORTED_TYPE, Reason.ZIP_LINK}
    assert not final & RETRIABLE


def test_a_retry_of_our_own_costs_no_quota_of_the_user() -> None:
    """These would be refused again at once: another attempt would only wait in a slot."""
    assert not {Reason.BYTES_A_DAY, Reason.EXPIRED, Reason.SETUP, Reason.BLOCKED, Reason.TOO_SLOW} & RETRIED


def test_every_reason_fits_its_column_and_ends_its_sentence() -> None:
    column: Any = BatchItem._meta.get_field("reason")
    assert max(len(reason) for reason in Reason) <= column.max_length
    assert all(str(reason.label).endswith(".") for reason in Reason)


def test_causes_of_cleaning_are_those_that_glider_knows() -> None:
    causes = {str(cause) for cause in Cause} | {"duplicate_file"}
    assert set(REASON_OF_CAUSE) <= causes
