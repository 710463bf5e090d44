"""Last month's reports, on the day an organisation has set; once, and made up for after a time without beat."""

from __future__ import annotations

from datetime import date

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage

from accounts.models import Organisation
from reports.models import Report, ReportSchedule
from reports.services.schedules import due_periods, run_schedules, set_schedule


def on_the(day: int, organisation: Organisation, **fields: object) -> ReportSchedule:
    schedule = set_schedule(organisation=organisation, day=day, format="csv", active=True)  # type: ignore[arg-type]
    ReportSchedule.everything.filter(pk=schedule.pk).update(**fields)
    schedule.refresh_from_db()
    return schedule


def made(organisation: Organisation) -> list[tuple[str, str]]:
    return sorted(Report.objects.of(organisation).values_list("period_from", "kind"))


def test_on_the_day_both_reports_of_last_month_are_made_for_the_owners(
    organisation: Organisation, alice: User, bob: User, charlie: User
) -> None:
    on_the(5, organisation)
    assert run_schedules(date(2025, 3, 4)) != []  # the day of last month was missed: January is made up for
    assert made(organisation) == [("2025-01", "MONTHLY"), ("2025-01", "UNMATCHED")]
    run_schedules(date(2025, 3, 5))
    assert made(organisation)[2:] == [("2025-02", "MONTHLY"), ("2025-02", "UNMATCHED")]
    for report in Report.objects.of(organisation):
        assert [(each.actor, each.wants_mail) for each in report.requests.all()] == [
            ("schedule", False),
            ("alice", True),
        ]


def test_a_month_is_made_once(organisation: Organisation) -> None:
    on_the(1, organisation)
    assert [len(run_schedules(date(2025, 2, day))) for day in (1, 1, 2, 28)] == [2, 0, 0, 0]


def test_two_workers_at_once_make_it_once(organisation: Organisation, monkeypatch: pytest.MonkeyPatch) -> None:
    from reports.services import schedules

    first, second = on_the(1, organisation), on_the(1, organisation)
    assert [len(schedules._run(each, date(2025, 2, 1))) for each in (first, second)] == [2, 0]


@pytest.mark.parametrize(
    ("last", "today", "due"),
    [
        ("", date(2025, 6, 10), ["2025-05"]),
        ("", date(2025, 6, 4), ["2025-04"]),
        ("2025-05", date(2025, 6, 10), []),
        ("2025-02", date(2025, 6, 10), ["2025-03", "2025-04", "2025-05"]),
        ("2025-02", date(2025, 6, 4), ["2025-03", "2025-04"]),
        ("2024-11", date(2025, 1, 10), ["2024-12"]),
        ("2000-01", date(2025, 1, 10), [f"2024-{month:02}" for month in range(1, 13)]),
    ],
)
def test_months_that_were_missed_are_made_up_for(last: str, today: date, due: list[str]) -> None:
    assert due_periods(ReportSchedule(day=5, last_period=last), today) == due


def test_months_that_were_missed_are_made_in_one_go(organisation: Organisation) -> None:
    on_the(5, organisation, last_period="2025-01")
    run_schedules(date(2025, 4, 20))
    assert [period for period, kind in made(organisation) if kind == "MONTHLY"] == ["2025-02", "2025-03"]
    assert ReportSchedule.objects.of(organisation).get().last_period == "2025-03"


def test_a_schedule_that_is_off_makes_nothing(organisation: Organisation) -> None:
    on_the(1, organisation, active=False)
    assert run_schedules(date(2025, 2, 1)) == []


def test_a_changed_day_makes_no_month_again(organisation: Organisation) -> None:
    on_the(1, organisation)
    run_schedules(date(2025, 2, 1))
    on_the(10, organisation)
    assert run_schedules(date(2025, 2, 10)) == []


def test_the_day_is_in_every_month(organisation: Organisation, mailoutbox: list[EmailMessage]) -> None:
    with pytest.raises(ValidationError):
        ReportSchedule(organisation=organisation, day=29).full_clean()
