"""Reports, the requests for them, and the schedule by which they are made every month."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.scope import OrganisationModel
from reports.choices import OPEN, SUFFIXES, Format, Kind, Status


class Report(OrganisationModel):
    """The sales of the months from `period_from` to `period_to` (YYYY-MM), matched against the catalogue, in one file.

    A report that is READY never changes. `basis` names the state of sales and catalogue that it was requested for:
    while a report is open, a request for the same kind, months, format and basis is added to it.
    """

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    period_from = models.CharField(max_length=7)
    period_to = models.CharField(max_length=7)
    format = models.CharField(max_length=7, choices=Format.choices, default=Format.CSV)
    basis = models.CharField(max_length=100, editable=False)
    status = models.CharField(max_length=7, choices=Status.choices, default=Status.QUEUED, editable=False)
    cause = models.CharField(max_length=64, blank=True, default="")
    error_message = models.TextField(blank=True, default="")
    job = models.ForeignKey("jobs.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False, help_text="How often a start was tried.")
    tried_at = models.DateTimeField(null=True, blank=True, editable=False)

    catalogue_version = models.CharField(max_length=40, blank=True, default="")
    currency = models.CharField(max_length=3, help_text="What revenue is in.")
    rows = models.BigIntegerField(null=True, blank=True, help_text="Lines of the report.")
    total = models.DecimalField(max_digits=38, decimal_places=18, null=True, blank=True, help_text="Revenue.")
    totals = models.JSONField(default=dict, blank=True, help_text="matched + unmatched = everything.")
    checks = models.JSONField(default=list, blank=True)
    files = models.PositiveIntegerField(null=True, blank=True, help_text="Sales files that it is made of.")
    groups = models.PositiveIntegerField(null=True, blank=True, help_text="Groups of what is not in the catalogue.")
    suggested = models.PositiveIntegerField(null=True, blank=True, help_text="Groups with a suggestion.")
    key = models.CharField(max_length=512, blank=True, default="", editable=False)
    size = models.BigIntegerField(null=True, blank=True, help_text="In bytes.")
    url = models.TextField(blank=True, default="", editable=False)
    url_expires_at = models.DateTimeField(null=True, blank=True, editable=False)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "period_from", "period_to", "format", "basis"],
                condition=Q(status__in=["QUEUED", "RUNNING"]),
                name="one_open_report_of_the_same",
            ),
            models.CheckConstraint(condition=Q(period_from__lte=models.F("period_to")), name="report_has_a_span"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="reports_newest"),
            models.Index(fields=["organisation", "kind", "status", "-id"], name="reports_by_kind"),
            models.Index(fields=["created_at"], condition=Q(status="QUEUED"), name="reports_to_start"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.span}"

    @property
    def span(self) -> str:
        """Return the months for people: `2025-01`, or `2025-01 to 2025-03`."""
        return self.period_from if self.period_from == self.period_to else f"{self.period_from} to {self.period_to}"

    @property
    def filename(self) -> str:
        """Return the name under which a browser saves the report."""
        months = self.span.replace(" ", "-")
        return f"{self.kind.lower()}-{months}.{SUFFIXES[Format(self.format)]}"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    def link(self, now: datetime | None = None) -> str:
        """Return the last link that was made, while it works at `now`; else an empty string."""
        works = self.url_expires_at is not None and self.url_expires_at > (now or timezone.now())
        return self.url if works else ""

    @classmethod
    def lock(cls, id: int) -> Report:
        """Read the row as it is now and lock it until the transaction ends. Raises DoesNotExist."""
        return cls.everything.select_for_update(of=("self",)).get(pk=id)

    def move_to(self, status: Status, **fields: Any) -> bool:
        """Change the status and `fields`. Returns False if another process has changed the status since it was read."""
        # A conditional UPDATE instead of a lock: of several processes that read the old status, one changes the row.
        rows = Report.everything.filter(pk=self.pk, status=self.status)
        if rows.update(status=status, **fields) != 1:
            return False
        for name, value in {"status": status, **fields}.items():
            setattr(self, name, value)
        return True


class ReportRequest(OrganisationModel):
    """A request for a report by `actor`, and the mail that goes to `user` when the report has ended.

    The mail is sent once: a process claims it by setting `taken_at` before it sends.
    """

    report = models.ForeignKey(Report, on_delete=models.CASCADE, related_name="requests")
    actor = models.CharField(max_length=150)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    wants_mail = models.BooleanField(default=False)
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    mailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)

    class Meta(OrganisationModel.Meta):
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["report", "actor"], name="one_request_per_actor")]
        indexes = [
            models.Index(
                fields=["report"], condition=Q(wants_mail=True, mailed_at=None), name="report_requests_to_mail"
            )
        ]

    def __str__(self) -> str:
        return self.actor


class ReportSchedule(OrganisationModel):
    """The day of the month on which both reports of the month before are made for the owners of the organisation."""

    day = models.PositiveSmallIntegerField(
        validators=[MinValueValidator(1), MaxValueValidator(28)], help_text="Of the month, 1 to 28 (UTC)."
    )
    format = models.CharField(max_length=7, choices=Format.choices, default=Format.CSV)
    active = models.BooleanField(default=True)
    last_period = models.CharField(max_length=7, blank=True, default="", editable=False, help_text="The last one made.")

    class Meta(OrganisationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="one_schedule_per_organisation"),
            models.CheckConstraint(condition=Q(day__gte=1, day__lte=28), name="schedule_day_is_in_every_month"),
        ]

    def __str__(self) -> str:
        return f"on day {self.day}"
