"""Exchange rates, as the European Central Bank publishes them: the units of a currency that one euro buys."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from oas.kernel.amounts import format_amount
from oas.kernel.periods import PERIOD

BASE = "EUR"
validate_period = RegexValidator(PERIOD, "A period is a year and a month: YYYY-MM.")
validate_code = RegexValidator(r"^[A-Z]{3}$", "A currency is three capital letters (ISO 4217): USD.")


class Rate(models.Model):
    """The rate of a day (loaded from a reference file), or of a whole month (`day` empty, entered by hand).

    The rate of a month counts instead of those of its days. Rates are the same for all organisations.
    """

    currency = models.CharField(max_length=3, validators=[validate_code])
    period = models.CharField(max_length=7, validators=[validate_period], help_text="The month: YYYY-MM.")
    day = models.DateField(null=True, blank=True, help_text="Empty: the rate is that of the whole month.")
    units = models.DecimalField(
        max_digits=38,
        decimal_places=18,
        validators=[MinValueValidator(Decimal("1e-18"))],
        help_text=f"Of the currency for one {BASE}: 1.0815 for USD.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-period", "-day", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_per_currency_and_day"),
            models.UniqueConstraint(
                fields=["currency", "period"], condition=Q(day=None), name="one_rate_per_currency_and_month"
            ),
            models.CheckConstraint(condition=Q(units__gt=0), name="rate_is_positive"),
            models.CheckConstraint(condition=~Q(currency=BASE), name="base_currency_has_no_rate"),
        ]
        indexes = [models.Index(fields=["currency", "period"], name="rates_by_month")]

    def __str__(self) -> str:
        return f"1 {BASE} = {format_amount(self.units)} {self.currency} ({self.day or self.period})"
