"""Partners: streaming and download services that are built on a label's catalogue, and the keys they sign with."""

from __future__ import annotations

from decimal import Decimal

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models

from accounts.scope import OrganisationModel
from partners.choices import SameSale

PARTNER_ID = RegexValidator(r"^[1-9][0-9]{0,17}$", "Digits, without a zero in front.")
COUNTRY = RegexValidator(r"^[A-Z]{2}$", "A code of ISO 3166-1 in capitals.")
CONSUMER_KEY = RegexValidator(r"^[!-~]{1,255}$", "Printable ASCII without spaces.")


class Partner(OrganisationModel):
    """A service on the catalogue of one organisation. `partner_id` is its number towards the outside.

    It is served in `countries` only. `share` is the label's part of a sale, 0 to 1.
    """

    name = models.CharField(max_length=200)
    partner_id = models.CharField(max_length=18, unique=True, validators=[PARTNER_ID])
    countries = ArrayField(models.CharField(max_length=2, validators=[COUNTRY]), default=list)
    contacts = ArrayField(models.EmailField(), default=list, blank=True, help_text="Who is told of refused drops.")
    share = models.DecimalField(
        max_digits=9,
        decimal_places=8,
        default=Decimal(1),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(1))],
        help_text="The part of a sale that is the label's, 0 to 1.",
    )
    same_sale = models.CharField(max_length=6, choices=SameSale.choices, default=SameSale.AGAIN)
    error_hosts = ArrayField(
        models.CharField(max_length=255), default=list, blank=True, help_text="Hosts that an errorUrl may name."
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="one_partner_per_name")]

    def __str__(self) -> str:
        return self.name


class ConsumerKey(models.Model):
    """A key that requests of a partner are signed with.

    The secret is kept encrypted, not hashed: checking an HMAC needs it in clear. It is shown once, when it is made.
    """

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT, related_name="keys")
    name = models.CharField(max_length=100, help_text="Where the key is used, so that it can be recognised.")
    key = models.CharField(max_length=255, unique=True, validators=[CONSUMER_KEY])
    encrypted_secret = models.TextField(editable=False)
    single_use = models.BooleanField(default=False, help_text="A signed media link of it starts one time only.")
    created_at = models.DateTimeField(auto_now_add=True)
    disabled_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.name} ({self.key})"
