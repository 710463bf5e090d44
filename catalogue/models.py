"""Artists, releases and tracks; aliases that sales files use for them; versions of the published copy; imports."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from accounts.scope import OrganisationModel
from catalogue.validators import (
    clean_isrc,
    clean_upc,
    validate_isrc,
    validate_name,
    validate_territory,
    validate_upc,
)
from oas.kernel import object_keys
from oas.kernel.match_keys import normal_name

NAME_LENGTH = 300
TITLE_LENGTH = 500
CODE_LENGTH = 100
KEY_LENGTH = 600  # an entry of a PostgreSQL index has at most 2,704 bytes
MOST_SECONDS = 24 * 3600


class Role(models.TextChoices):
    MAIN = "main", "Main"
    FEATURED = "featured", "Featured"
    REMIXER = "remixer", "Remixer"
    COMPOSER = "composer", "Composer"
    PRODUCER = "producer", "Producer"


class Stamped(OrganisationModel):
    """A row that records when it was made and last changed."""

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(OrganisationModel.Meta):
        abstract = True


class Artist(Stamped):
    """An artist of one organisation. Spellings that differ in case and spacing only are the same artist."""

    name = models.CharField(max_length=NAME_LENGTH, validators=[validate_name])
    normal_name = models.CharField(max_length=KEY_LENGTH, editable=False)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "normal_name"], name="one_artist_per_name")]

    def __str__(self) -> str:
        return self.name

    def clean_fields(self, exclude: Any = None) -> None:
        self.normal_name = normal_name(self.name) or ""
        super().clean_fields(exclude=exclude)

    def save(self, *args: Any, **options: Any) -> None:
        self.normal_name = normal_name(self.name) or ""
        super().save(*args, **options)


def shown_artist(names: list[str]) -> str:
    return ", ".join(names)


class Release(Stamped):
    """An album, EP or single. `upc` is empty when it has none, `territories` when it is for the whole world."""

    upc = models.CharField(
        "UPC", max_length=14, blank=True, default="", validators=[validate_upc], help_text="UPC, EAN or GTIN."
    )
    title = models.CharField(max_length=TITLE_LENGTH, validators=[validate_name])
    version = models.CharField(max_length=TITLE_LENGTH, blank=True, default="", help_text="Deluxe, Remastered …")
    catalogue_number = models.CharField(max_length=CODE_LENGTH, blank=True, default="")
    label = models.CharField(max_length=NAME_LENGTH, blank=True, default="")
    date = models.DateField(null=True, blank=True, help_text="When it is or was first released.")
    territories = ArrayField(
        models.CharField(max_length=2, validators=[validate_territory]),
        default=list,
        blank=True,
        help_text="ISO 3166-1 alpha-2; empty: the whole world.",
    )
    artists = models.ManyToManyField(Artist, through="ReleaseArtist", related_name="releases")

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "upc"], condition=Q(upc__gt=""), name="one_release_per_upc")
        ]
        indexes = [models.Index(fields=["organisation", "title"], name="releases_by_title")]

    def __str__(self) -> str:
        return f"{self.title} ({self.upc})" if self.upc else self.title

    @property
    def reference(self) -> str:
        """The number under which reports list the release."""
        return f"R{self.pk}"

    @property
    def artist(self) -> str:
        return shown_artist([credit.artist.name for credit in self.credits.all()])

    def clean_fields(self, exclude: Any = None) -> None:
        self.upc = _cleaned("upc", clean_upc, self.upc)
        super().clean_fields(exclude=exclude)


class ReleaseArtist(models.Model):
    """An artist credited on a release, in the order of `position`."""

    # No index of its own: the unique constraint begins with this column, and an import writes millions of these rows.
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="credits", db_index=False)
    artist = models.ForeignKey(Artist, on_delete=models.PROTECT, related_name="release_credits")
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["release", "artist"], name="one_credit_per_release_artist")]

    def __str__(self) -> str:
        return str(self.artist)

    def clean(self) -> None:
        refuse_foreign(self, "artist", "release")


class Track(Stamped):
    """A recording. `isrc` is empty when it has none."""

    isrc = models.CharField("ISRC", max_length=12, blank=True, default="", validators=[validate_isrc])
    title = models.CharField(max_length=TITLE_LENGTH, validators=[validate_name])
    version = models.CharField(max_length=TITLE_LENGTH, blank=True, default="", help_text="Radio Edit, Live …")
    duration = models.PositiveIntegerField(null=True, blank=True, help_text="In seconds.")
    artists = models.ManyToManyField(Artist, through="TrackArtist", related_name="tracks")
    releases = models.ManyToManyField(Release, through="ReleaseTrack", related_name="tracks")

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "isrc"], condition=Q(isrc__gt=""), name="one_track_per_isrc"
            )
        ]
        indexes = [models.Index(fields=["organisation", "title"], name="tracks_by_title")]

    def __str__(self) -> str:
        return f"{self.title} ({self.isrc})" if self.isrc else self.title

    @property
    def reference(self) -> str:
        """The number under which reports list the track."""
        return f"T{self.pk}"

    @property
    def artist(self) -> str:
        """The main artists, as one text."""
        return shown_artist([credit.artist.name for credit in self.credits.all() if credit.role == Role.MAIN])

    def clean_fields(self, exclude: Any = None) -> None:
        self.isrc = _cleaned("isrc", clean_isrc, self.isrc)
        super().clean_fields(exclude=exclude)


class TrackArtist(models.Model):
    """An artist credited on a track in one role, in the order of `position`."""

    # No index of its own: the unique constraint begins with this column, and an import writes millions of these rows.
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="credits", db_index=False)
    artist = models.ForeignKey(Artist, on_delete=models.PROTECT, related_name="track_credits")
    role = models.CharField(max_length=8, choices=Role.choices, default=Role.MAIN)
    position = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["track", "artist", "role"], name="one_credit_per_role")]

    def __str__(self) -> str:
        return f"{self.artist} ({self.role})"

    def clean(self) -> None:
        refuse_foreign(self, "artist", "track")


class ReleaseTrack(models.Model):
    """The place of a track on a release. `position` counts from 1 within the disc, None when it is unknown."""

    # No index of its own: the unique constraint begins with this column, and an import writes millions of these rows.
    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="places", db_index=False)
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="places")
    disc = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    position = models.PositiveSmallIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])

    class Meta:
        ordering = ["disc", "position", "id"]
        constraints = [models.UniqueConstraint(fields=["release", "track"], name="a_track_is_once_on_a_release")]

    def __str__(self) -> str:
        return f"{self.track} on {self.release}"

    def clean(self) -> None:
        refuse_foreign(self, "release", "track")


class AliasKind(models.TextChoices):
    ISRC = "isrc", "ISRC"
    UPC = "upc", "UPC"
    ARTIST_TITLE = "artist_title", "Artist and title"


class Alias(OrganisationModel):
    """An identifier, or artist and title, that sales files use for a track or a release.

    `key` is the normal form that sales are matched by (oas.kernel.match_keys), `text` is as it was written.
    """

    kind = models.CharField(max_length=12, choices=AliasKind.choices)
    key = models.CharField(max_length=KEY_LENGTH, editable=False)
    text = models.CharField(max_length=KEY_LENGTH)
    track = models.ForeignKey(Track, null=True, blank=True, on_delete=models.CASCADE, related_name="aliases")
    release = models.ForeignKey(Release, null=True, blank=True, on_delete=models.CASCADE, related_name="aliases")
    created_by = models.CharField(max_length=150, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        verbose_name_plural = "aliases"
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind", "key"], name="one_alias_per_key"),
            models.CheckConstraint(
                condition=Q(track=None, release__isnull=False) | Q(track__isnull=False, release=None),
                name="an_alias_is_of_a_track_or_a_release",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.text}"


class CatalogueState(models.Model):
    """The count of changes to an organisation's catalogue, and the last change that its published copy contains."""

    organisation = models.OneToOneField(Organisation, primary_key=True, on_delete=models.CASCADE, related_name="+")
    change = models.PositiveBigIntegerField(default=0)
    changed_at = models.DateTimeField(null=True)
    published_change = models.BigIntegerField(default=-1)
    queued_at = models.DateTimeField(null=True, help_text="When a copy was last requested and not yet begun.")

    class Meta:
        indexes = [
            models.Index(
                fields=["changed_at"],
                condition=Q(change__gt=models.F("published_change")),
                name="catalogues_to_publish",
            )
        ]

    def __str__(self) -> str:
        return f"change {self.change}, published {self.published_change}"


class CatalogueVersion(OrganisationModel):
    """A published copy of the catalogue in S3. `name` is its `number` (of the last change) and SHA-256."""

    number = models.PositiveBigIntegerField()
    name = models.CharField(max_length=40)
    rows = models.PositiveBigIntegerField()
    aliases = models.PositiveBigIntegerField()
    published_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["organisation", "number"], name="one_version_per_change")]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        return object_keys.catalogue(self.organisation_id, self.name)

    @property
    def aliases_key(self) -> str:
        return object_keys.catalogue_aliases(self.organisation_id, self.name)


class ImportStatus(models.TextChoices):
    WAITING = "WAITING", "Waiting for the content"
    CHECKING = "CHECKING", "Being checked"
    PREVIEWED = "PREVIEWED", "Checked, waits for apply"
    APPLYING = "APPLYING", "Being applied"
    DONE = "DONE", "Done"
    FAILED = "FAILED", "Failed"


BUSY = (ImportStatus.CHECKING, ImportStatus.APPLYING)


class CatalogueImport(OrganisationModel):
    """A CSV on its way into the catalogue. Its checked rows are in the staging tables (imports/staged_rows.py)."""

    uuid = models.UUIDField(default=uuid4, unique=True, editable=False)
    filename = models.CharField(max_length=255)
    key = models.CharField(max_length=512, editable=False)
    etag = models.CharField(max_length=128, blank=True, default="", help_text="Pinned when the content was seen.")
    preview = models.BooleanField(default=False, help_text="Wait for apply after the check.")
    status = models.CharField(max_length=9, choices=ImportStatus.choices, default=ImportStatus.WAITING)
    cause = models.CharField(max_length=64, blank=True, default="")
    message = models.TextField(blank=True, default="")
    columns = models.JSONField(default=dict, blank=True, help_text="Our column: the header it was found under.")
    ignored = models.JSONField(default=list, blank=True, help_text="Headers that mean nothing to us.")
    total_rows = models.PositiveIntegerField(null=True, blank=True)
    valid_rows = models.PositiveIntegerField(null=True, blank=True)
    error_rows = models.PositiveIntegerField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    step = models.PositiveSmallIntegerField(default=0, editable=False)
    applied_to = models.PositiveIntegerField(default=0, editable=False, help_text="The last row of the step done.")
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    created_by = models.CharField(max_length=150, blank=True, default="", editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        indexes = [models.Index(fields=["status", "updated_at"], name="imports_to_carry_on")]

    def __str__(self) -> str:
        return f"{self.filename} ({self.pk})"


class ImportProblem(models.Model):
    """One reason why a row of an import was left out. `column` is empty when the reason is not in one cell."""

    catalogue_import = models.ForeignKey(CatalogueImport, on_delete=models.CASCADE, related_name="problems")
    row = models.PositiveIntegerField(help_text="As a spreadsheet counts: the header is row 1.")
    column = models.CharField(max_length=32)
    code = models.CharField(max_length=32)
    value = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        ordering = ["row", "id"]
        indexes = [models.Index(fields=["catalogue_import", "row"], name="problems_by_row")]

    def __str__(self) -> str:
        return f"row {self.row}, {self.column}: {self.code}"


def refuse_foreign(link: models.Model, *names: str) -> None:
    """Raise ValidationError when the rows that `link` refers to by `names` belong to different organisations."""
    rows = [getattr(link, name, None) for name in names]
    if None not in rows and len({getattr(row, "organisation_id", None) for row in rows}) > 1:
        raise ValidationError(f"The {' and the '.join(names)} are of different organisations.", code="foreign")


def _cleaned(field: str, clean: Any, text: str) -> str:
    try:
        return str(clean(text))
    except ValidationError as error:
        raise ValidationError({field: error}) from None
