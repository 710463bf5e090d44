"""Responses to requests that carried an Idempotency-Key."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from accounts.scope import OrganisationModel
from oas.api.idempotency_key import KEY_LENGTH


class StoredResponse(OrganisationModel):
    """The response to a request, which is under way while `status` is empty.

    `claim` is of the request that is being done: no other may write the response.
    """

    caller = models.CharField(max_length=150)  # `key:abcd1234`, or the id of a person
    key = models.CharField(max_length=KEY_LENGTH)
    method = models.CharField(max_length=7)
    path = models.CharField(max_length=500)
    fingerprint = models.CharField(max_length=64)  # SHA-256 of what was sent, in hex
    claim = models.UUIDField(default=uuid4)
    claimed_at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="")

    class Meta(OrganisationModel.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "caller", "key", "method", "path"], name="one_answer_per_idempotency_key"
            )
        ]
        indexes = [models.Index(fields=["claimed_at"], name="stored_responses_oldest")]

    def __str__(self) -> str:
        return f"{self.method} {self.path} ({self.key})"
