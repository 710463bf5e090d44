"""Last month's reports, on the day an organisation has set; a day that was missed is made up for."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from accounts.models import Membership, Organisation, Role
from oas.kernel.periods import shifted
from reports.choices import Format, Kind
from reports.models import Report, ReportSchedule
from reports.periods import month_before, this_month
from reports.services.requesting import request_report

ACTOR = "schedule"
MOST_AT_ONCE = 12  # months made up for in one go


def run_schedules(today: date | None = None) -> list[Report]:
    """Ask for what is due."""
    today = today or timezone.now().date()
    due = ReportSchedule.objects.unscoped().filter(active=True, organisation__isnull=False)
    found = due.exclude(last_period__gte=last_due_day(today, 1)).select_related("organisation")
    return [report for schedule in found for report in _run(schedule, today)]


def last_due_day(today: date, day: int) -> str:
    """The newest period whose reports should exist when they are made on `day` of the month after it."""
    newest = month_before(this_month(today))
    return newest if today.day >= day else month_before(newest)


def _run(schedule: ReportSchedule, today: date) -> list[Report]:
    periods = due_periods(schedule, today)
    return [report for period in periods for report in _run_period(schedule, period)]


def due_periods(schedule: ReportSchedule, today: date) -> list[str]:
    """Oldest first. A new schedule begins with the newest, and does not ask for what was before it."""
    newest = last_due_day(today, schedule.day)
    first = shifted(schedule.last_period, 1) if schedule.last_period else newest
    periods = [shifted(newest, -back) for back in range(MOST_AT_ONCE - 1, -1, -1)]
    return [period for period in periods if period >= first]


@transaction.atomic
def _run_period(schedule: ReportSchedule, period: str) -> list[Report]:
    """Once, however many workers find it due."""
    same = ReportSchedule.everything.filter(pk=schedule.pk, active=True, last_period=schedule.last_period)
    if same.update(last_period=period) != 1:
        return []
    schedule.last_period = period
    owners = owners_of(schedule.organisation)
    return [
        request_report(
            organisation=schedule.organisation, kind=kind, period_from=period, period_to=period,
            format=Format(schedule.format), actor=ACTOR, people=owners,
        )
        for kind in (Kind.MONTHLY, Kind.UNMATCHED)
    ]  # fmt: skip


def owners_of(organisation: Organisation) -> list[User]:
    memberships = Membership.objects.filter(organisation=organisation, role=Role.OWNER, user__is_active=True)
    return [membership.user for membership in memberships.select_related("user").order_by("pk")]


def set_schedule(*, organisation: Organisation, day: int, format: Format, active: bool) -> ReportSchedule:
    values = {"day": day, "format": format, "active": active}
    schedule, _ = ReportSchedule.everything.update_or_create(organisation=organisation, defaults=values)
    return schedule
