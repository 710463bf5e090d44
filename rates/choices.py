"""Where an exchange rate comes from."""

from __future__ import annotations

from django.db import models


class Origin(models.TextChoices):
    """Where the rate of a currency against that of the books comes from. The values are public."""

    GIVEN = "given", "given with the file"
    REFERENCE = "reference", "reference rate of a month"
    FIXED = "fixed", "fixed rate of a currency that became the euro"
    SAME = "same_currency", "the currency of the books"
