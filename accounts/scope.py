"""The scope of an organisation, which fails closed: a query that names no organisation does not run.

    SalesFile.objects.of(organisation)   # what this organisation may see
    SalesFile.objects.unscoped()         # everything: admin, sweeps, migrations
    SalesFile.objects.all()              # raises UnscopedQuery

Django itself (refresh_from_db, cascades, related managers, the admin) goes through `everything`.
"""

from __future__ import annotations

from typing import TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class UnscopedQuery(RuntimeError):
    """A query over rows of organisations named none."""


class OrganisationManager(models.Manager[M]):
    """The manager `objects` of rows that belong to an organisation."""

    def get_queryset(self) -> models.QuerySet[M]:
        name = self.model.__name__
        raise UnscopedQuery(f"{name}.objects needs an organisation: use {name}.objects.of(organisation)")

    def of(self, organisation: models.Model | int) -> models.QuerySet[M]:
        """The rows of `organisation`, an Organisation or its id."""
        return super().get_queryset().filter(organisation=organisation)

    def none(self) -> models.QuerySet[M]:
        """No row, for tools that only ask for the model."""
        return super().get_queryset().none()

    def unscoped(self) -> models.QuerySet[M]:
        """The rows of all organisations."""
        return super().get_queryset()


class OrganisationModel(models.Model):
    """Rows that belong to an organisation. A Meta of its own must inherit from `OrganisationModel.Meta`."""

    organisation = models.ForeignKey("accounts.Organisation", on_delete=models.PROTECT)

    objects = OrganisationManager()
    everything = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "everything"
        default_manager_name = "everything"
