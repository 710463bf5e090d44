"""Tables of the ledger: totals over all sales files.

Only `totals.services.ledger` writes them, with the scope locked. Reading them takes as long for ten files as for ten
thousand. A period is a number, 202503 for March 2025; `ALL` (0) is all of them together.
"""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from accounts.models import Organisation
from accounts.scope import OrganisationModel
from oas.kernel.totals import unnamed_of

ALL = 0


class Dimension(models.IntegerChoices):
    """The dimensions by which lines are added up. WHOLE has one key, FILE one key per sales file."""

    WHOLE = 0
    FILE = 1
    ARTIST = 2
    DSP = 3
    TERRITORY = 4
    TRACK = 5
    RELEASE = 6


class SummaryScope(OrganisationModel):
    """What is added up: all sales files of an organisation, or those of one `batch`."""

    batch = models.BigIntegerField(null=True)
    files = models.PositiveIntegerField(default=0, help_text="Live sales files, also those without a line.")
    version = models.PositiveBigIntegerField(default=0, help_text="Grows with every change.")
    changed_at = models.DateTimeField(null=True)

    class Meta(OrganisationModel.Meta):
        constraints = [
            models.UniqueConstraint(fields=["organisation", "batch"], nulls_distinct=False, name="one_summary_scope")
        ]

    def __str__(self) -> str:
        return f"upload {self.batch}" if self.batch else "everything"


class SummaryKey(models.Model):
    """An artist, DSP, territory, track, release or file that a live line names, and the texts that show it.

    `digest`: of the key by which lines belong together (`oas.kernel.totals`), which may be long.
    """

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    dimension = models.PositiveSmallIntegerField(choices=Dimension.choices)
    digest = models.BinaryField(max_length=16)
    stated = models.BooleanField(help_text="False: the lines that name none. It is not counted as one.")
    name = models.TextField(null=True, help_text="Empty: no line has one, its code is shown.")
    artist = models.TextField(null=True)
    isrc = models.TextField(null=True)
    upc = models.TextField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "dimension", "digest"], name="one_summary_key"),
        ]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        """The name, else the code; for lines that name none, words of ours."""
        if not self.stated:
            return unnamed_of(Dimension(self.dimension).name.lower())
        return self.name or self.isrc or self.upc or ""


class SummaryEntry(models.Model):
    """The sums of one key in one period, or in all. `files`: the number of live sales files with lines of it.

    A row without files is deleted.
    """

    # Foreign keys without a constraint: checking them would cost more than writing the row.

    pk = models.CompositePrimaryKey("key", "scope", "period")
    key = models.ForeignKey(SummaryKey, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    scope = models.ForeignKey(SummaryScope, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    dimension = models.PositiveSmallIntegerField(choices=Dimension.choices)
    period = models.IntegerField()
    files = models.PositiveIntegerField()
    rows = models.BigIntegerField()
    quantity = models.BigIntegerField()
    # Wider than what may be added, so that any file can be taken off again (`services.sql`).
    revenue = models.DecimalField(max_digits=58, decimal_places=18)

    class Meta:
        indexes = [
            models.Index(fields=["scope", "dimension", "period", "-revenue", "key"], name="summary_largest_first"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} in {self.period}"


class SummaryGap(models.Model):
    """The number of keys of a dimension with sales in `period` whose sales before that were in `previous` (0: none).

    Counts distinct artists, tracks … over any span exactly, without reading them: a key is counted at its first sale
    in the span, whose predecessor is before the span. `WHERE period BETWEEN first AND last AND previous < first`.
    """

    pk = models.CompositePrimaryKey("scope", "dimension", "previous", "period")
    scope = models.ForeignKey(SummaryScope, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    dimension = models.PositiveSmallIntegerField(choices=Dimension.choices)
    previous = models.IntegerField()
    period = models.IntegerField()
    keys = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.keys} from {self.previous} to {self.period}"


class SummarySource(models.Model):
    """A month for which a source (a layout) has reported, and how many live files did."""

    scope = models.ForeignKey(SummaryScope, on_delete=models.CASCADE, related_name="sources")
    source = models.CharField(max_length=64)
    period = models.IntegerField()
    files = models.PositiveIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["scope", "source", "period"], name="one_summary_source")]

    def __str__(self) -> str:
        return f"{self.source} in {self.period}"


class CountedFile(OrganisationModel):
    """What these tables contain of a sales file: its revision, the importer job and the object with its totals."""

    file = models.OneToOneField("salesfiles.SalesFile", on_delete=models.PROTECT, related_name="counted")
    batch = models.BigIntegerField(null=True)
    revision = models.PositiveIntegerField()
    job = models.UUIDField()
    totals_key = models.CharField(max_length=512, blank=True, help_text="Empty: added up from its sales objects.")
    source = models.CharField(max_length=64, blank=True)
    reported = ArrayField(models.IntegerField(), default=list, help_text="The months it reports.")
    counted_at = models.DateTimeField(auto_now=True)

    class Meta(OrganisationModel.Meta):
        constraints = [models.CheckConstraint(condition=Q(revision__gte=1), name="counted_file_has_a_revision")]

    def __str__(self) -> str:
        return f"{self.file_id}, revision {self.revision}"
