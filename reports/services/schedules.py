"""Schedules: both reports of last month, on the day that an organisation has set. Missed months are made up for."""

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
MOST_AT_ONCE = 12  # missed months that are made up for


def run_schedules(today: date | None = None) -> list[Report]:
    """Request the reports that are due at `today` (UTC), and return them. Idempotent."""
    today = today or timezone.now().date()
    due = ReportSchedule.objects.unscoped().filter(active=True, organisation__isnull=False)
    # Those that have the newest period of any day have nothing due; `due_periods` decides about the rest.
    found = due.exclude(last_period__gte=newest_due_period(today, 1)).select_related("organisation")
    return [report for schedule in found for report in _run(schedule, today)]


def newest_due_period(today: date, day: int) -> str:
    """Return the newest period whose reports should exist at `today`, made on `day` of the month after it."""
    newest = month_before(this_month(today))
    return newest if today.day >= day else month_before(newest)


def _run(schedule: ReportSchedule, today: date) -> list[Report]:
    periods = due_periods(schedule, today)
    return [report for period in periods for report in _run_period(schedule, period)]


def due_periods(schedule: ReportSchedule, today: date) -> list[str]:
    """Return the periods of `schedule` that are due at `today`, oldest first, at most `MOST_AT_ONCE`.

    A new schedule begins with the newest period and makes none from before it.
    """
    newest = newest_due_period(today, schedule.day)
    first = shifted(schedule.last_period, 1) if schedule.last_period else newest
    periods = [shifted(newest, -back) for back in range(MOST_AT_ONCE - 1, -1, -1)]
    return [period for period in periods if period >= first]


@transaction.atomic
def _run_period(schedule: ReportSchedule, period: str) -> list[Report]:
    # However many workers find the period due, the conditional UPDATE lets one of them request its reports.
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
    """Return the active owners of `organisation`."""
    memberships = Membership.objects.filter(organisation=organisation, role=Role.OWNER, user__is_active=True)
    return [membership.user for membership in memberships.select_related("user").order_by("pk")]


def set_schedule(*, organisation: Organisation, day: int, format: Format, active: bool) -> ReportSchedule:
    """Create or change the schedule of `organisation`. `day`: 1 to 28."""
    values = {"day": day, "format": format, "active": active}
    schedule, _ = ReportSchedule.everything.update_or_create(organisation=organisation, defaults=values)
    return schedule
