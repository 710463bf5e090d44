"""Refusals of services become answers of the API."""

from __future__ import annotations

from typing import Any

import pytest

from oas.api.refusals import BadValue, NotThere, QuotaReached, Refused, StaleVersion, answer_to


@pytest.mark.parametrize(
    ("refused", "status", "code", "fields"),
    [
        (Refused("Not now.", status="CLEANING"), 409, "refused", {"status": "CLEANING"}),
        (Refused("Not now.", code="invalid_transition"), 409, "invalid_transition", {}),
        (NotThere("There is none.", code="no_snapshot"), 404, "no_snapshot", {}),
        (StaleVersion("Changed."), 412, "precondition_failed", None),
        (
            QuotaReached("All used.", limit="files_in_flight", most=5, wait=10.0),
            429, "quota_reached", {"limit": "files_in_flight", "most": 5},
        ),
    ],
)  # fmt: skip
def test_each_refusal_has_its_status_code_and_facts(
    refused: Refused, status: int, code: str, fields: dict[str, Any] | None
) -> None:
    answer = answer_to(refused)
    assert (answer.status_code, answer.get_codes()) == (status, code)
    assert getattr(answer, "fields", None) == fields


def test_a_bad_value_is_400_at_its_field() -> None:
    answer = answer_to(BadValue("No such currency.", attr="currency", code="currency"))
    assert (answer.status_code, answer.get_codes()) == (400, {"currency": ["currency"]})
    assert answer.detail == {"currency": ["No such currency."]}
