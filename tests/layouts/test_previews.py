"""One question is one job. (What a preview says, over HTTP: salesfiles/test_previews.)"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import IntegrityError

from accounts.models import Organisation
from glider.contract import Answers, PreviewResult, SourceFile
from jobs.models import Job
from jobs.services import outbox
from jobs.services.results import failure
from layouts.services import previews
from layouts.services.layout_sets import published_set
from layouts.services.previews import handle, preview
from oas.kernel.config import config
from oas.kernel.storage import storage
from tests.jobs.glider_in_process import Glider
from tests.layouts.own_layouts import SALES, own_layout

pytestmark = pytest.mark.django_db
EXAMPLE = SourceFile(id=0, uuid="layout-1", mongo_db_id="", revision=1, filename="shop.csv")


@dataclass
class Question:
    """What is asked about `SALES` at a key of its own."""

    organisation: int
    key: str
    given: dict[str, Any] = field(default_factory=dict)

    def ask(self, **given: Any) -> PreviewResult | None:
        info = storage().head(self.key)
        asked: dict[str, Any] = {
            "file": EXAMPLE, "organisation": self.organisation, "raw_key": self.key, "raw_etag": info.etag,
            "raw_size": info.size, **self.given, **given,
        }  # fmt: skip
        return preview(**asked)


@pytest.fixture
def question(organisation: Organisation, request: pytest.FixtureRequest) -> Question:
    own_layout()
    key = f"layouts/1/{request.node.name}/shop.csv"
    storage().put_bytes(key, SALES)
    return Question(organisation.pk, key, {"layout_set": published_set(organisation.pk)})


def jobs() -> int:
    return Job.objects.unscoped().filter(module="preview").count()


def test_the_same_question_is_one_job_and_its_answer_stays_in_the_store(question: Question, glider: Glider) -> None:
    assert [question.ask(), question.ask()] == [None, None]
    glider.work()
    found = question.ask()
    assert found is not None
    assert (found.cause, [part.layout for part in found.parts]) == (None, ["our_shop"])
    job = Job.objects.unscoped().get()
    assert (job.state, job.result, found.job) == ("SUCCEEDED", None, job.pk)


@pytest.mark.parametrize(
    "change",
    [
        lambda other: {"organisation": other.pk},
        lambda other: {"raw_etag": '"other"'},
        lambda other: {"layout_set": published_set(other.pk)[::-1]},
        lambda other: {"file": EXAMPLE.model_copy(update={"uuid": "layout-2"})},
        lambda other: {"file": EXAMPLE.model_copy(update={"reporting_period": "2025-07"})},
        lambda other: {"answers": Answers(day_first=True)},
    ],
)
def test_whatever_could_change_the_answer_is_another_question(
    question: Question,
    glider: Glider,
    other_organisation: Organisation,
    change: Callable[[Organisation], dict[str, Any]],
) -> None:
    question.ask()
    question.ask(**change(other_organisation))
    assert jobs() == 2


def test_answers_of_a_person_need_a_worker_that_knows_them(question: Question, glider: Glider) -> None:
    """A worker of an earlier release would leave them out, and must refuse the message instead."""
    question.ask()
    question.ask(answers=Answers(layout="our_shop"))
    versions = sorted(job.message["version"] for job in Job.objects.unscoped())
    assert (versions[0], versions[1] > 1) == (1, True)


def test_an_object_that_is_gone_is_for_glider_to_tell(question: Question, glider: Glider) -> None:
    question.ask(raw_key="layouts/1/gone/shop.csv.gz")
    glider.work()
    found = question.ask(raw_key="layouts/1/gone/shop.csv.gz")
    assert found is not None
    assert (found.status, found.parts) == ("failed", [])


def test_content_of_many_bytes_makes_a_large_job(
    question: Question, glider: Glider, monkeypatch: pytest.MonkeyPatch
) -> None:
    lowered = config().model_copy(update={"heavy_bytes": 1000})
    monkeypatch.setattr(outbox, "config", lambda: lowered)
    question.ask(raw_size=999)
    question.ask(raw_size=1000, answers=Answers(day_first=True))
    assert sorted(Job.objects.unscoped().values_list("large", flat=True)) == [False, True]


def test_a_failure_of_the_database_is_not_taken_for_another_request(
    question: Question, glider: Glider, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise IntegrityError("another constraint")

    monkeypatch.setattr(previews, "open_job", refuse)
    with pytest.raises(IntegrityError):
        question.ask()


def test_a_job_that_another_request_opened_meanwhile_is_waited_for(
    question: Question, glider: Glider, monkeypatch: pytest.MonkeyPatch
) -> None:
    question.ask()

    class Blind:
        """The look before the insert, of a request that came a moment too early."""

        def filter(self, **_: Any) -> Blind:
            return self

        def first(self) -> None:
            return None

        def exists(self) -> bool:
            return bool(jobs())

    class Jobs:
        class objects:
            unscoped = staticmethod(Blind)

    monkeypatch.setattr(previews, "Job", Jobs)
    assert question.ask() is None
    assert jobs() == 1


def test_a_result_is_applied_once_and_a_failure_goes_into_the_row(question: Question, glider: Glider) -> None:
    question.ask()
    job = Job.objects.unscoped().get()
    failed = failure(job, "No worker finished it.")
    assert [handle(job.pk, failed), handle(job.pk, failed)] == [True, False]
    job.refresh_from_db()
    assert (job.state, job.result and job.result["message"]) == ("FAILED", "No worker finished it.")
