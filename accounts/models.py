"""Organisations, their members, and the secrets that give access."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pycountry
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from accounts.scope import OrganisationModel


class Role(models.TextChoices):
    """The role of a person in an organisation."""

    OWNER = "owner", "Owner"
    MEMBER = "member", "Member"
    VIEWER = "viewer", "Viewer"


class Scope(models.TextChoices):
    """What a key or a role may do."""

    READ = "read", "Read"
    WRITE = "write", "Write"


SCOPES_BY_ROLE = {
    Role.OWNER: frozenset({Scope.READ, Scope.WRITE}),
    Role.MEMBER: frozenset({Scope.READ, Scope.WRITE}),
    Role.VIEWER: frozenset({Scope.READ}),
}


def validate_currency(code: str) -> None:
    """Raise ValidationError unless `code` is a currency of ISO 4217, in upper case."""
    if len(code) != 3 or code != code.upper() or pycountry.currencies.get(alpha_3=code) is None:
        raise ValidationError(f"{code} is not a currency of ISO 4217 (EUR, USD …).", code="currency")


def all_scopes() -> list[str]:
    return [Scope.READ, Scope.WRITE]


class Organisation(models.Model):
    """A label. Everything that is stored belongs to one, and nothing is visible to another."""

    name = models.CharField(max_length=200, unique=True)
    currency = models.CharField(
        max_length=3, default="EUR", validators=[validate_currency], help_text="What it keeps its books in (ISO 4217)."
    )
    most_files_in_flight = models.PositiveIntegerField(
        null=True, blank=True, help_text="At the same time. Empty: the limit is OAS_FILES_IN_FLIGHT."
    )
    most_bytes_a_day = models.PositiveBigIntegerField(
        null=True, blank=True, help_text="Sent or fetched. Empty: the limit is OAS_BYTES_A_DAY."
    )
    most_requests_a_minute = models.PositiveIntegerField(
        null=True, blank=True, help_text="Empty: the limit is OAS_ORGANISATION_REQUESTS_PER_MINUTE."
    )
    most_rejected = models.DecimalField(
        max_digits=7,
        decimal_places=4,
        default=Decimal(1),
        db_default=Decimal(1),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text="Percent of a sales file's lines, and of its money, that may be rejected before the file waits for a "
        "person. 0: any rejected line makes it wait.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(most_rejected__gte=0) & models.Q(most_rejected__lte=100),
                name="most_rejected_is_a_percentage",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A person in an organisation. A request that names no organisation is for that of the person's first one."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} in {self.organisation}"

    @property
    def scopes(self) -> frozenset[Scope]:
        return SCOPES_BY_ROLE[Role(self.role)]


class ApiKey(OrganisationModel):
    """A key `<prefix>.<secret>` of an organisation. The secret is shown once; only its SHA-256 is stored."""

    name = models.CharField(max_length=100, help_text="Where the key is used, so that it can be recognised.")
    prefix = models.CharField(max_length=8, unique=True, editable=False)
    secret_hash = models.CharField(max_length=64, editable=False)
    scopes = ArrayField(models.CharField(max_length=10, choices=Scope.choices), default=all_scopes)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="Empty: never.")
    revoked_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        verbose_name = "API key"
        verbose_name_plural = "API keys"

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix})"

    def is_valid(self, now: datetime | None = None) -> bool:
        """Whether the key is neither revoked nor, at the time `now`, expired."""
        now = now or timezone.now()
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


class LoginToken(models.Model):
    """A bearer token of a person, from the login route. It ends with the password that it was got with."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="login_tokens")
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    password_mark = models.CharField(max_length=128, editable=False)  # the user's session auth hash at login
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.user}, until {self.expires_at:%Y-%m-%d %H:%M}"


class BytesOfDay(OrganisationModel):
    """The bytes that an organisation has sent on the last day (UTC) that it sent any; see `accounts.quotas`."""

    day = models.DateField()
    bytes = models.BigIntegerField(default=0)

    class Meta(OrganisationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation"], name="one_day_of_bytes_per_organisation")]

    def __str__(self) -> str:
        return f"{self.bytes} on {self.day}"
