"""Whatever is sent, by whom it may be sent: an answer that the schema knows, and never a 500."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis.stateful import run_state_machine_as_test
from psycopg.pq import TransactionStatus
from schemathesis.checks import CHECKS as KNOWN
from schemathesis.checks import load_all_checks

from accounts.models import Organisation
from accounts.services import create_key
from oas.requests import Handler

SCHEMA = schemathesis.openapi.from_path(Path(__file__).resolve().parent.parent.parent / "openapi.yaml")
OPERATIONS: dict[str, Any] = {each.ok().label: each.ok() for each in SCHEMA.get_all_operations()}  # type: ignore[union-attr]
load_all_checks()
# What is right by the schema may be refused (an id that is taken), and forms take numbers as text.
LEFT_OUT = {"positive_data_acceptance", "negative_data_rejection"}
CHECKS = KNOWN.get_by_names(sorted(set(KNOWN.get_all_names()) - LEFT_OUT))
AS_IT_COMES = examples(
    max_examples=10,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
IN_A_ROW = examples(AS_IT_COMES, max_examples=50, stateful_step_count=8)


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS.keys())
def test_whatever_is_sent_gets_an_answer_that_is_documented(
    operation: Any, application: Handler, organisation: Organisation
) -> None:
    key = create_key(organisation=organisation, name="anything")[1].text
    operation.schema.app = operation.app = application

    @AS_IT_COMES
    @given(case=operation.as_strategy())
    def probe(case: Any) -> None:
        with transaction.atomic():
            case.call_and_validate(headers={"X-Api-Key": key}, checks=CHECKS)
            transaction.set_rollback(True)  # the next one finds what this one found

    probe()


def is_aborted() -> bool:
    """A statement failed, as an id that is taken does: where requests have transactions of their own, that ends it."""
    return bool(connection.connection.info.transaction_status == TransactionStatus.INERROR)


def test_what_one_answer_leads_to_gets_answers_that_are_documented(
    application: Handler, organisation: Organisation
) -> None:
    """What was made is read, changed and deleted, in any order."""
    key = create_key(organisation=organisation, name="anything")[1].text
    SCHEMA.app = application

    class Visit(SCHEMA.as_state_machine()):  # type: ignore[misc]
        def setup(self) -> None:
            self.undone = transaction.atomic()
            self.undone.__enter__()

        def teardown(self) -> None:
            transaction.set_rollback(True)
            self.undone.__exit__(None, None, None)

        def call(self, case: Any, **options: Any) -> Any:
            before = transaction.savepoint()
            answer = super().call(case, **options)
            (transaction.savepoint_rollback if is_aborted() else transaction.savepoint_commit)(before)
            return answer

        def get_call_kwargs(self, case: Any) -> dict[str, Any]:
            return {"headers": {"X-Api-Key": key}}

        def validate_response(self, response: Any, case: Any, **options: Any) -> None:
            case.validate_response(response, checks=CHECKS, headers=self.get_call_kwargs(case)["headers"])

    run_state_machine_as_test(Visit, settings=IN_A_ROW)
