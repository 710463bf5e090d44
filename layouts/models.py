"""Layouts (shipped ones and those of the installation), their switches, names of stores, published sets."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from accounts.scope import OrganisationModel


class Origin(models.TextChoices):
    """Where a layout comes from."""

    SHIPPED = "SHIPPED", "comes with OAS"
    OWN = "OWN", "of this installation"


class State(models.TextChoices):
    """Whether files are read with a layout. RETIRED: shipped by an earlier version of OAS."""

    DRAFT = "DRAFT", "draft: not in use"
    LIVE = "LIVE", "live"
    RETIRED = "RETIRED", "retired"


class Layout(models.Model):
    """A layout as TOML. Of two live ones of a name the one of this installation is used.

    `content` is the checked layout as Glider reads it, `version` its hash; both are made from `text`.
    """

    name = models.SlugField(max_length=64)
    origin = models.CharField(max_length=7, choices=Origin.choices, default=Origin.OWN, editable=False)
    state = models.CharField(max_length=7, choices=State.choices, default=State.DRAFT, editable=False)
    title = models.CharField(max_length=200, editable=False)
    source = models.TextField(editable=False)
    evidence = models.CharField(max_length=1, editable=False)
    text = models.TextField(help_text="TOML; docs/layout-keys.md describes every key.")
    content: models.JSONField[Any, Any] = models.JSONField(editable=False)
    version = models.CharField(max_length=16, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    updated_by = models.CharField(max_length=150, blank=True, editable=False)

    example_key = models.CharField(max_length=512, blank=True, editable=False)
    example_name = models.CharField(max_length=255, blank=True, editable=False)
    tried_version = models.CharField(max_length=16, blank=True, editable=False, help_text="Of the last dry run.")
    tried: models.JSONField[Any, Any] = models.JSONField(null=True, editable=False)

    class Meta:
        ordering = ["name", "origin"]
        constraints = [models.UniqueConstraint(fields=["name", "origin"], name="one_layout_per_name_and_origin")]
        indexes = [models.Index(fields=["name"], condition=Q(state="LIVE"), name="layouts_in_use")]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_origin_display()})"

    @property
    def recognised_own_example(self) -> bool:
        """Whether the last dry run was of this version, and read at least one table of the example with this layout."""
        tried = self.tried or {}
        same = self.tried_version == self.version and not tried.get("cause")
        return same and any(part["layout"] == self.name for part in tried.get("parts", []))


class LayoutSwitch(OrganisationModel):
    """Whether an organisation uses the layouts of this name; without a switch it does."""

    name = models.SlugField(max_length=64, help_text="Of the layout.")
    enabled = models.BooleanField(default=True)

    class Meta(OrganisationModel.Meta):
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="one_switch_per_layout")]
        verbose_name_plural = "layout switches"

    def __str__(self) -> str:
        return f"{self.name}: {'on' if self.enabled else 'off'}"


class StoreName(models.Model):
    """A store as sales files write it, and the DSP it belongs to. Overrides the table that comes with OAS."""

    store = models.CharField(max_length=200, unique=True, help_text="Without regard to case and spaces.")
    dsp = models.CharField(max_length=200)

    class Meta:
        ordering = ["store"]
        verbose_name = "name of a store"
        verbose_name_plural = "names of stores"

    def __str__(self) -> str:
        return f"{self.store} → {self.dsp}"

    def save(self, *args: Any, **options: Any) -> None:
        self.store = " ".join(self.store.casefold().split())
        super().save(*args, **options)


class NameKind(models.TextChoices):
    """What a name in a sales file names."""

    STORE = "store", "store"
    TERRITORY = "territory", "territory"


class KnownName(OrganisationModel):
    """What a store or a territory, as sales files write it, means to an organisation. It counts before what OAS knows.

    `meaning` is the DSP of a store, and the code of a territory (ISO 3166-1 alpha-2, or XW for the whole world).
    """

    kind = models.CharField(max_length=9, choices=NameKind.choices)
    written = models.CharField(max_length=200, help_text="As sales files write it; case and spaces do not count.")
    key = models.CharField(max_length=600, editable=False)  # a letter can become three when its case is folded
    meaning = models.CharField(max_length=200, help_text="The DSP of a store, the code of a territory.")
    created_by = models.CharField(max_length=150, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "key"], name="one_meaning_per_name_and_kind")
        ]

    def __str__(self) -> str:
        return f"{self.written} → {self.meaning}"


class PublishedSet(models.Model):
    """A layout set that is in MongoDB under `hash`, for Glider to read."""

    hash = models.CharField(max_length=32, primary_key=True)
    published_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.hash
