"""Jobs: the pieces of work that Glider does. The table is the outbox."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts.scope import OrganisationModel
from glider.contract import Module
from jobs.choices import OPEN_STATES, JobState


class Job(OrganisationModel):
    """One piece of work for Glider. The row is the outbox: its `message` is published, and again if it is lost.

    `organisation` is empty only for work on the installation's own things (a layout that is tried on an example).
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    organisation = models.ForeignKey(  # type: ignore[assignment]
        "accounts.Organisation", null=True, blank=True, on_delete=models.PROTECT
    )
    file = models.ForeignKey(
        "salesfiles.SalesFile", null=True, blank=True, on_delete=models.CASCADE, related_name="jobs"
    )
    module = models.CharField(max_length=16, choices=[(module.value, module.value) for module in Module])
    revision = models.PositiveIntegerField(null=True, blank=True)
    message = models.JSONField()
    state = models.CharField(max_length=9, choices=JobState.choices, default=JobState.QUEUED)
    attempts = models.PositiveIntegerField(default=1, help_text="How often it was given to the broker.")
    large = models.BooleanField(default=False, db_default=False, help_text="Of a large file: few at a time.")
    published_at = models.DateTimeField(null=True, blank=True, help_text="When it was dispatched to the broker.")
    lease_until = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)

    # Whether a job that follows this one in the same transaction has taken over its place in the broker.
    is_followed: bool = False

    class Meta(OrganisationModel.Meta):
        ordering = ["-created_at"]
        indexes = [
            models.Index(
                fields=["swept_at", "created_at"],
                condition=Q(state__in=["QUEUED", "RUNNING"]),
                name="jobs_to_sweep",
            ),
            models.Index(
                fields=["organisation", "large", "published_at", "created_at"],
                condition=Q(state__in=["QUEUED", "RUNNING"]),
                name="jobs_to_dispatch",
            ),
            models.Index(fields=["organisation", "published_at"], condition=Q(large=True), name="large_jobs"),
        ]

    def __str__(self) -> str:
        return f"{self.module} {self.pk}"

    @classmethod
    def lock(cls, id: UUID) -> Job:
        """The row as it is now, locked until the transaction ends. Raises DoesNotExist."""
        return cls.everything.select_for_update(of=("self",)).get(pk=id)

    @property
    def owner_id(self) -> int:
        """The organisation as messages and object keys name it: its id, 0 for none."""
        return self.organisation_id or 0

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def close(self, state: JobState, *, result: dict[str, Any] | None = None) -> bool:
        """End the job. Idempotent: returns False when it had ended already, and changes nothing then."""
        values = {"state": state, "finished_at": timezone.now(), "result": result}
        open_rows = Job.everything.filter(pk=self.pk, state__in=OPEN_STATES)
        return open_rows.update(**values) == 1
