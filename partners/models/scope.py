"""The scope of a partner, which fails closed: a query that names no partner does not run.

PartnerUser.objects.of(partner)   # what this partner may see
PartnerUser.objects.unscoped()    # everything: admin, sweeps, migrations
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models

from accounts.scope import UnscopedQuery
from partners.models.partners import Partner

M = TypeVar("M", bound=models.Model)


class PartnerManager(models.Manager[M]):
    """The manager `objects` of rows that belong to a partner."""

    def get_queryset(self) -> models.QuerySet[M]:
        name = self.model.__name__
        raise UnscopedQuery(f"{name}.objects needs a partner: use {name}.objects.of(partner)")

    def of(self, partner: Partner | int) -> models.QuerySet[M]:
        """The rows of `partner`, a Partner or its id."""
        return super().get_queryset().filter(partner=partner)

    def unscoped(self) -> models.QuerySet[M]:
        """The rows of all partners."""
        return super().get_queryset()


class PartnerModel(models.Model):
    """Rows that belong to a partner. A Meta of its own must inherit from `PartnerModel.Meta`."""

    partner = models.ForeignKey(Partner, on_delete=models.PROTECT)

    objects = PartnerManager()
    everything = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "everything"
        default_manager_name = "everything"
