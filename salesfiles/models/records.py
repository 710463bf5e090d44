"""What is recorded of sales files: the changes of their status, and which of them hold the same lines."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.scope import OrganisationModel
from jobs.models import Job
from oas.model_fields import amount_field
from salesfiles.status import Status


class StatusChange(OrganisationModel):
    """A change of a sales file's status, or of why it waits. Only `SalesFile.move_to` and `hold` write these rows."""

    file = models.ForeignKey("salesfiles.SalesFile", on_delete=models.CASCADE, related_name="history")
    from_status = models.CharField(max_length=11, choices=Status.choices)
    to_status = models.CharField(max_length=11, choices=Status.choices)
    cause = models.CharField(max_length=64, blank=True)
    message = models.TextField(blank=True)
    actor = models.CharField(max_length=150, blank=True)
    job = models.ForeignKey(Job, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.from_status} → {self.to_status}"


class Overlap(OrganisationModel):
    """Lines of the import `job` of `file` that the import `other_job` of another file holds as well.

    A pair of imports has two rows, one for each side. `lines` and `money` are what both hold, `file_…` all of `file`:
    revenue without signs, of lines that have money. `named`: a person who looks at `file` was told of it; `accepted`:
    and took both.
    """

    # Without constraints: checking them would lock the row of the other file, and two that end at once would wait for
    # each other.
    file = models.ForeignKey(
        "salesfiles.SalesFile", on_delete=models.CASCADE, db_constraint=False, related_name="overlaps"
    )
    other = models.ForeignKey("salesfiles.SalesFile", on_delete=models.CASCADE, db_constraint=False, related_name="+")
    job = models.UUIDField()
    other_job = models.UUIDField()
    periods = ArrayField(models.CharField(max_length=7))
    lines = models.BigIntegerField()
    money = amount_field()
    file_lines = models.BigIntegerField()
    file_money = amount_field()
    named = models.BooleanField(default=False, db_default=False)
    accepted = models.BooleanField(default=False, db_default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-money", "id"]
        constraints = [models.UniqueConstraint(fields=["job", "other_job"], name="one_overlap_per_pair_of_imports")]

    def __str__(self) -> str:
        return f"{self.file_id} and {self.other_id}"
