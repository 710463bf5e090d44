"""Requesting a report: a request for one that is under way already is added to it."""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Sum

from accounts.models import Organisation
from catalogue.models import CatalogueState
from oas.tasks import send_on_commit
from oas.transactions import broken_constraint
from reports.choices import OPEN, Format, Kind, Task
from reports.models import Report, ReportRequest
from reports.periods import check_span
from salesfiles.models import SalesFile

ATTEMPTS = 5


def request_report(
    *,
    organisation: Organisation,
    kind: Kind,
    period_from: str,
    period_to: str,
    format: Format = Format.CSV,
    actor: str,
    people: Iterable[User] = (),
) -> Report:
    """Return an open report of these months: the one that is under way, or a new one.

    `actor` is noted as having requested it; `people` get a mail when it has ended. Raises `BadPeriod`.
    """
    check_span(period_from, period_to)
    wanted = {
        "kind": kind,
        "period_from": period_from,
        "period_to": period_to,
        "format": format,
        "basis": basis_of(organisation),
    }
    # The one that is under way may end between the two steps; then the next attempt creates a new one.
    for _ in range(ATTEMPTS):
        report = _create(organisation, wanted) or _find_open(organisation, wanted)
        if report is not None:
            _add_requests(report, actor, list(people))
            return report
    raise RuntimeError(f"No report could be opened or found in {ATTEMPTS} attempts.")


def basis_of(organisation: Organisation) -> str:
    """Return a text that changes when a sales file is finalised, reimported or deleted, or the catalogue changes."""
    # Ids and revisions only grow, so files that were deleted and others that came cannot make the same text.
    change = CatalogueState.objects.filter(pk=organisation.pk).values_list("change", flat=True).first()
    files = SalesFile.objects.of(organisation).filter(live_revision__isnull=False)
    found = files.aggregate(count=Count("pk"), newest=Max("pk"), revisions=Sum("live_revision"))
    return f"{change or 0}/{found['count']}-{found['newest'] or 0}-{found['revisions'] or 0}"


def _create(organisation: Organisation, wanted: dict[str, str]) -> Report | None:
    """Create the report; None when the same is open already, as a unique constraint finds."""
    try:
        with transaction.atomic():
            report = Report.objects.unscoped().create(
                organisation=organisation, currency=organisation.currency, **wanted
            )
            send_on_commit(Task.START, report.pk)
    except IntegrityError as error:
        if broken_constraint(error) != "one_open_report_of_the_same":
            raise
        return None
    return report


def _find_open(organisation: Organisation, wanted: dict[str, str]) -> Report | None:
    return Report.objects.of(organisation).filter(**wanted, status__in=OPEN).first()


@transaction.atomic
def _add_requests(report: Report, actor: str, people: list[User]) -> None:
    # The end of a report takes this lock too: a request is written before the mails are sent, or finds the report
    # ended and has its own mail sent.
    now = Report.lock(report.pk)
    known = {user.get_username(): user for user in people}
    for name in dict.fromkeys((actor, *known)):
        user = known.get(name)
        wants_mail = bool(user and user.email)
        ReportRequest.everything.get_or_create(
            report=now,
            actor=name,
            defaults={"organisation_id": now.organisation_id, "user": user, "wants_mail": wants_mail},
        )
    if not now.is_open:
        send_on_commit(Task.MAIL, now.pk)
