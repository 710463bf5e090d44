"""Links that files are fetched from: the batch of one link, its items, and folders that are watched every hour."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.scope import OrganisationModel
from fetcher.discard_reasons import REASON_OF_CAUSE, Reason
from fetcher.sources.links import Kind, drive_address, masked
from salesfiles.choices import FileType
from salesfiles.models import SalesFile
from salesfiles.status import Status


class BatchStatus(models.TextChoices):
    """How far fetching a batch is; the sales files of its items go on by themselves."""

    LISTING = "LISTING", "Listing: what is there is being found out"
    FETCHING = "FETCHING", "Fetching"
    DONE = "DONE", "Done: every file is a sales file, or has a reason why not"
    CANCELLED = "CANCELLED", "Cancelled"
    FAILED = "FAILED", "Failed: nothing could be listed"


OPEN_BATCHES = (BatchStatus.LISTING, BatchStatus.FETCHING)


class ItemStatus(models.TextChoices):
    """How far fetching one item is."""

    WAITING = "WAITING", "Waiting"
    QUEUED = "QUEUED", "Given to a worker"
    FETCHING = "FETCHING", "Being fetched"
    FETCHED = "FETCHED", "A sales file"
    UNPACKED = "UNPACKED", "An archive; its members are items of their own"
    DISCARDED = "DISCARDED", "Not taken"
    FAILED = "FAILED", "Could not be fetched; may be tried again"
    CANCELLED = "CANCELLED", "Cancelled"


AT_WORK = (ItemStatus.QUEUED, ItemStatus.FETCHING)
OPEN_ITEMS = (ItemStatus.WAITING, *AT_WORK)


class LinkFields(OrganisationModel):
    """The fields of a link. `url` is stored as it was given, because it gives access; users see `shown_url` only."""

    url = models.CharField(max_length=4096, editable=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    link_id = models.CharField(max_length=128, blank=True, help_text="Of Google Drive.")
    resource_key = models.CharField(max_length=64, blank=True, editable=False)
    requested_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta(OrganisationModel.Meta):
        abstract = True

    @property
    def shown_url(self) -> str:
        return drive_address(self.link_id) if self.kind == Kind.DRIVE else masked(self.url)


class WatchedFolder(LinkFields):
    """A Drive folder that is looked at every hour."""

    active = models.BooleanField(default=True)
    next_look_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True, blank=True, help_text="When the folder was last listed.")
    last_result = models.CharField(max_length=500, blank=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["organisation", "link_id"], name="one_watch_per_folder")]

    def __str__(self) -> str:
        return self.shown_url


class Batch(LinkFields):
    """One link with all files that it leads to, as items.

    `due_at`: until when no other worker lists it. `known`: files of a watched folder that were fetched before.
    """

    status = models.CharField(max_length=9, choices=BatchStatus.choices, default=BatchStatus.LISTING)
    cause = models.CharField(max_length=64, blank=True)
    message = models.CharField(max_length=500, blank=True)
    watched = models.ForeignKey(WatchedFolder, null=True, blank=True, on_delete=models.SET_NULL, related_name="batches")
    known = models.PositiveIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True, blank=True)
    served_at = models.DateTimeField(null=True, blank=True, help_text="When a file of it was last given to a worker.")
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        verbose_name_plural = "batches"
        indexes = [
            models.Index(fields=["organisation", "-id"], name="batches_newest"),
            models.Index(fields=["served_at"], condition=Q(status__in=["LISTING", "FETCHING"]), name="batches_open"),
        ]

    def __str__(self) -> str:
        return f"batch {self.pk}"


class BatchItem(OrganisationModel):
    """One file that a link leads to.

    `key` is unique within the batch. `fingerprint` is its Drive id and content; `claim` is the same while this item is
    the one of the whole organisation that takes it in. `due_at`: of a waiting item, the time before which it is not
    fetched; of one at work, the end of the lease that `token` renews.
    """

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="items")
    archive = models.ForeignKey("self", null=True, blank=True, on_delete=models.CASCADE, related_name="members")
    key = models.CharField(max_length=64, editable=False)
    name = models.CharField(max_length=255)
    path = models.CharField(max_length=2000, help_text="In the folder.")
    filetype = models.CharField(max_length=4, choices=FileType.choices, blank=True)
    size = models.BigIntegerField(null=True, blank=True, help_text="In bytes; empty while it is not known.")
    drive_id = models.CharField(max_length=128, blank=True)
    resource_key = models.CharField(max_length=64, blank=True, editable=False)
    export = models.BooleanField(default=False, help_text="A native Sheet, which comes as XLSX.")
    md5 = models.CharField(max_length=32, blank=True)
    fingerprint = models.CharField(max_length=250, blank=True)
    claim = models.CharField(max_length=250, null=True, blank=True, editable=False)
    status = models.CharField(max_length=9, choices=ItemStatus.choices, default=ItemStatus.WAITING)
    reason = models.CharField(max_length=64, blank=True)
    text = models.CharField(max_length=500, blank=True)
    sales_file = models.OneToOneField(
        SalesFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="batch_item"
    )
    done_bytes = models.BigIntegerField(default=0)
    attempts = models.PositiveIntegerField(default=0)
    token = models.UUIDField(null=True, blank=True, editable=False)
    due_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta(OrganisationModel.Meta):
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["batch", "key"], name="one_item_per_file"),
            models.UniqueConstraint(fields=["organisation", "claim"], name="one_item_takes_it_in"),
        ]
        indexes = [
            models.Index(fields=["batch", "status"], name="items_by_status"),
            models.Index(fields=["organisation", "fingerprint"], name="items_by_fingerprint"),
            models.Index(
                fields=["organisation", "id"], condition=Q(status="WAITING"), name="items_waiting"
            ),
            models.Index(
                fields=["due_at"], condition=Q(status__in=["QUEUED", "FETCHING"]), name="items_at_work"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.path

    @property
    def shown_status(self) -> str:
        """The status of its sales file where it has one, else its own."""
        return self.sales_file.status if self.sales_file is not None else self.status

    @property
    def percent(self) -> int | None:
        """The share of bytes fetched; None while the size is unknown."""
        if self.status in (ItemStatus.FETCHED, ItemStatus.UNPACKED):
            return 100
        return min(100, 100 * self.done_bytes // self.size) if self.size else None

    @property
    def why(self) -> tuple[str, str]:
        """The reason why it is no sales file, or why that failed, and its sentence; both empty when all is well."""
        file = self.sales_file
        if self.reason or file is None or file.status != Status.FAILED:
            return self.reason, self.text or (str(Reason(self.reason).label) if self.reason else "")
        return str(REASON_OF_CAUSE.get(file.status_cause, file.status_cause)), file.error_message
