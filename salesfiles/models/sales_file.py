"""The sales file, and the rules about one row."""

from __future__ import annotations

import re
import secrets
from decimal import Decimal
from typing import Any, ClassVar, NoReturn
from uuid import UUID

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from accounts.scope import OrganisationManager, OrganisationModel
from glider.contract import Answers
from jobs.models import Job
from oas.kernel import object_keys
from oas.kernel.amounts import format_amount
from oas.kernel.periods import PERIOD
from oas.model_fields import amount_field, found_field
from oas.transactions import all_or_nothing
from salesfiles.choices import DecimalMark, FileType, UploadMode, Waiting
from salesfiles.errors import InvalidTransition, LostRace
from salesfiles.models.records import StatusChange
from salesfiles.status import ACTIONS, ALLOWED, Action, Status

MESSAGE_LENGTH = 2000
ANSWERS = tuple(Answers.model_fields)  # the fields of a sales file that are a person's answers
DOCUMENT_ID = re.compile(r"^[0-9a-f]{24}$")
validate_period = RegexValidator(PERIOD, "A period is a year and a month: YYYY-MM.", code="period")
validate_document_id = RegexValidator(DOCUMENT_ID, "24 hexadecimal digits.", code="mongo_db_id")


def new_uuid() -> str:
    """Draw eight hexadecimal digits. They may be taken: the unique constraint decides."""
    return secrets.token_hex(4)


class SalesFileManager(OrganisationManager["SalesFile"]):
    """Queries of sales files that name their organisation."""

    def of(self, organisation: models.Model | int) -> models.QuerySet[SalesFile]:
        """Return the sales files of `organisation`, without those that are being deleted."""
        return super().of(organisation).filter(deleted_at=None)


class SalesFile(OrganisationModel):
    """A sales file: the object that a label sent, its status, and the figures of its revisions.

    Only `move_to` writes `status`. `revision` is the newest import, `live_revision` the one whose totals count (None
    until one is FINALIZED), `activated_revision` the live one once its sales are marked live and superseded ones are
    purged. `total_*` are those of the live revision, or of the newest processed one while there is none.
    """

    uuid = models.CharField(max_length=8, unique=True, default=new_uuid, editable=False)
    filename = models.CharField(max_length=255)
    filetype = models.CharField(max_length=4, choices=FileType.choices)
    filesize = models.BigIntegerField(validators=[MinValueValidator(1)], help_text="In bytes or in bits.")
    mongo_db_id = models.CharField(max_length=24, validators=[validate_document_id])
    reporting_period = models.CharField(max_length=7, blank=True, default="", validators=[validate_period])
    batch = models.ForeignKey(
        "fetcher.Batch", null=True, blank=True, on_delete=models.SET_NULL, related_name="sales_files", editable=False
    )
    upload_mode = models.CharField(max_length=13, choices=UploadMode.choices, default=UploadMode.MANUALLY)
    response_module = models.CharField(max_length=64, default="PENDING")
    exchange_rate = amount_field(
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("1e-18")), MaxValueValidator(Decimal("1e9"))],
        help_text="As given. Empty: the reference rate of the statement period is looked up.",
    )
    layout = models.CharField(
        max_length=64, null=True, blank=True, help_text="Answered by a person: the layout that the file is read by."
    )
    decimal_mark = models.CharField(
        max_length=1, null=True, blank=True, choices=DecimalMark.choices, help_text="Answered by a person."
    )
    day_first = models.BooleanField(
        null=True, blank=True, help_text="Answered by a person: whether 1/2/2026 is the first of February."
    )
    encoding = models.CharField(
        max_length=16, null=True, blank=True, help_text="Answered by a person: the encoding that the file is read in."
    )
    used_rate = amount_field(null=True, blank=True, editable=False, help_text="Where the file has one currency.")
    rates = found_field(help_text="Of the newest import: the rate of each currency, and its origin.")
    live_rates = found_field(help_text="Those by which the live revision counts.")

    status = models.CharField(max_length=11, choices=Status.choices, default=Status.INITIALIZED, editable=False)
    status_cause = models.CharField(max_length=64, blank=True, default="")
    error_message = models.TextField(blank=True, default="")
    module_response = models.CharField(max_length=64, blank=True, default="", help_text="The module last called.")
    current_job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    live_revision = models.PositiveIntegerField(null=True, blank=True)
    activated_revision = models.PositiveIntegerField(
        null=True, blank=True, help_text="The live revision for which older ones are gone from S3 and MongoDB."
    )

    raw_key = models.CharField(max_length=512, blank=True, default="")
    raw_etag = models.CharField(max_length=128, blank=True, default="", help_text="Pinned when the upload was seen.")
    raw_size = models.BigIntegerField(null=True, blank=True, help_text="In bytes.")
    link_until = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Until then a link may bring content."
    )
    upload_id = models.CharField(max_length=1024, blank=True, default="", help_text="Of a multipart upload.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    claim = models.CharField(max_length=64, null=True, blank=True, help_text="The content that is this file's alone.")

    source_format = models.CharField(max_length=64, blank=True, default="", help_text="The layout found.")
    layout_version = models.CharField(max_length=64, blank=True, default="")
    currency = models.CharField(max_length=3, blank=True, default="")
    accepted_rows = models.BigIntegerField(null=True, blank=True)
    rejected_rows = models.BigIntegerField(null=True, blank=True)
    skipped_rows = models.BigIntegerField(null=True, blank=True)
    rejects_key = models.CharField(max_length=512, blank=True, default="")
    total_rows = models.BigIntegerField(null=True, blank=True)
    total_artists = models.BigIntegerField(null=True, blank=True)
    total_local = amount_field(null=True, blank=True)
    checks = models.JSONField(default=list, blank=True)
    warnings = models.JSONField(
        default=list, db_default=models.Value([], models.JSONField()), blank=True, help_text="Of the newest cleaning."
    )

    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    swept_at = models.DateTimeField(null=True, blank=True, editable=False)
    version = models.PositiveBigIntegerField(default=1, editable=False, help_text="Grows with every change.")

    _read_status: str | None = None
    objects: ClassVar[SalesFileManager] = SalesFileManager()

    class Meta(OrganisationModel.Meta):
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "mongo_db_id"],
                condition=Q(deleted_at=None),
                name="one_sales_file_per_mongo_db_id",
            ),
            models.UniqueConstraint(fields=["organisation", "claim"], name="one_sales_file_per_content"),
            models.CheckConstraint(condition=Q(filesize__gte=1), name="sales_file_has_a_size"),
        ]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="sales_files_newest"),
            models.Index(
                # It holds every column that the count of a list needs, so PostgreSQL reads the index alone.
                fields=["organisation", "status"],
                condition=Q(deleted_at=None),
                name="sales_files_counted",
            ),
            models.Index(fields=["organisation", "reporting_period"], name="sales_files_by_period"),
            models.Index(fields=["organisation", "-total_local"], name="sales_files_largest"),
            models.Index(fields=["organisation", "raw_etag"], name="sales_files_by_etag"),
            models.Index(fields=["status", "updated_at"], name="sales_files_to_carry_on"),
            models.Index(
                fields=["live_revision"],
                condition=Q(live_revision__isnull=False)
                & (Q(activated_revision=None) | ~Q(activated_revision=F("live_revision"))),
                name="sales_files_to_activate",
            ),
            models.Index(
                fields=["link_until"], condition=Q(link_until__isnull=False), name="sales_files_with_open_links"
            ),
            models.Index(fields=["deleted_at"], condition=~Q(deleted_at=None), name="sales_files_to_erase"),
        ]

    def __str__(self) -> str:
        return f"{self.filename} ({self.uuid})"

    @classmethod
    def lock(cls, id: int) -> SalesFile:
        """Read the row as it is now and lock it until the transaction ends.

        Raises DoesNotExist, also for a file that is being deleted.
        """
        return cls.everything.select_for_update(of=("self",)).get(pk=id, deleted_at=None)

    @classmethod
    def from_db(cls, *args: Any, **options: Any) -> SalesFile:
        """Remember the status that was read, so that `save` can refuse another."""
        file = super().from_db(*args, **options)
        # From `__dict__`, as reading the attribute would query for a status that the query deferred.
        file._read_status = file.__dict__.get("status")
        return file

    def save(self, *args: Any, **options: Any) -> None:
        """Save a new row whole, a known one without `status` and `version`.

        Raises RuntimeError when the status was changed by hand.
        """
        if not self._state.adding:
            self._refuse_status(options.get("update_fields"))
            if options.get("update_fields") is None:
                # An object read before another process moved the file on must not write the old status back.
                names = {field.name for field in self._meta.concrete_fields}
                options["update_fields"] = names - {"id", "status", "version"}
        super().save(*args, **options)
        self._read_status = self.status

    def refresh_from_db(self, *args: Any, **options: Any) -> None:
        """Read the row again, and remember the status that was read."""
        super().refresh_from_db(*args, **options)
        self._read_status = self.__dict__.get("status")

    def _refuse_status(self, update_fields: Any) -> None:
        if self.status != self._read_status or "status" in (update_fields or ()):
            raise RuntimeError("The status of a sales file is changed with move_to, never saved.")

    @property
    def actions(self) -> list[Action]:
        """Return the actions that `process` takes now, in a fixed order."""
        actions = list(ACTIONS.get(Status(self.status), ()))
        if self.status == Status.UPLOADING and self.upload_id:
            actions += [Action.COMPLETE, Action.ABORT]
        if self.status == Status.PROCESSED:
            actions += self._ways_out
        if self.status == Status.FAILED and self.raw_etag:
            actions += [Action.IMPORT, Action.REIMPORT] if self.is_cleaned else [Action.REIMPORT]
        return actions

    @property
    def _ways_out(self) -> list[Action]:
        """Return the actions by which a person lets the PROCESSED file count that waits."""
        # Of the other causes, what is missing has to be given: accepting the file would not make it count.
        if self.status_cause not in (Waiting.CONTROL_TOTALS, Waiting.MANY_REJECTS, Waiting.OVERLAPS):
            return []
        return [Action.ACCEPT, *([Action.REPLACE] if self.status_cause == Waiting.OVERLAPS else [])]

    def refusal(self, wanted: str, kind: type[InvalidTransition] = InvalidTransition) -> InvalidTransition:
        """Return the error of type `kind` for `wanted`, with the status and the actions that it allows."""
        return kind.for_status(wanted, status=self.status, actions=[str(action) for action in self.actions])

    @property
    def answers(self) -> Answers:
        """Return what a person has answered where the file does not decide."""
        return Answers.model_validate({name: getattr(self, name) for name in ANSWERS})

    @property
    def live_rejects_key(self) -> str:
        """Return `rejects_key` if it is of the live revision, else nothing: what a new revision begins with."""
        folder = f"{object_keys.cleaned_folder(self.organisation_id, self.uuid)}r{self.live_revision}/"
        return self.rejects_key if self.rejects_key.startswith(folder) else ""

    @property
    def is_cleaned(self) -> bool:
        """Return whether the content now in S3 has been cleaned."""
        return bool(self.sha256)

    @property
    def has_several_currencies(self) -> bool:
        """Return whether cleaning found amounts in several currencies: `currency` is empty then."""
        return self.is_cleaned and not self.currency

    @property
    def rate(self) -> Decimal | None:
        """Return the rate by which net becomes revenue: `exchange_rate`, else `used_rate`.

        None while none is known, and when the file has several currencies, as each then has a rate of its own.
        """
        rate = self.used_rate if self.exchange_rate is None else self.exchange_rate
        return None if rate is None or self.has_several_currencies else Decimal(format_amount(rate))

    @property
    def declared_sizes(self) -> tuple[int, ...]:
        """Return the sizes in bytes that `filesize` may mean: bytes, and bits where they make whole bytes."""
        whole, rest = divmod(self.filesize, 8)
        return (self.filesize,) if rest else (self.filesize, whole)

    def move_to(
        self, status: Status, *, cause: str = "", message: str = "", actor: str = "", **fields: Any
    ) -> StatusChange:
        """Change the status to `status` and write `fields` and a row of history with it, in one transaction.

        `cause` is a code, `message` a sentence for the user (cut at 2,000 characters), `actor` who asked. Raises
        `InvalidTransition` when the machine has no such change, `LostRace` when another process was first.
        """
        old = Status(self.status)
        if status not in ALLOWED[old]:
            raise self.refusal(f"a change to {status}")
        if status is Status.FAILED and self.live_revision is None:
            # Nothing of this content counts, so the same content may be sent again.
            fields["claim"] = None
        text = self._with_what_counts(message) if status is Status.FAILED else message[:MESSAGE_LENGTH]
        values = {**fields, "status": status, "status_cause": cause, "error_message": text}
        with all_or_nothing():
            # A conditional UPDATE instead of a lock: of several processes that read `old`, one changes the row.
            if not self._write(values, status=old):
                self._raise_lost_race(f"a change to {status}")
            job = _id_of(fields.get("current_job", self.current_job_id))
            return self._record(old, status, cause, text, actor, job)

    def hold(self, *, cause: str, message: str, actor: str = "") -> bool:
        """Let the PROCESSED file wait for a person, with a row of history, unless it has changed since it was read.

        `cause` and `message` as for `move_to`. Returns whether it wrote.
        """
        text, status = message[:MESSAGE_LENGTH], Status.PROCESSED
        with all_or_nothing():
            held = self._write({"status_cause": cause, "error_message": text}, version=self.version, status=status)
            if held:
                self._record(status, status, cause, text, actor, self.current_job_id)
            return held

    def _with_what_counts(self, message: str) -> str:
        """Return `message`, cut at its length, with the revision that counts although the newest one failed."""
        if self.live_revision is None:
            return message[:MESSAGE_LENGTH]
        total = format_amount(self.total_local or 0)
        counts = f" Revision {self.live_revision} still counts: {total} {self.organisation.currency}."
        return message[: MESSAGE_LENGTH - len(counts)] + counts

    def change(self, **fields: Any) -> bool:
        """Write `fields` (never the status) unless the row has changed since it was read. Returns whether it wrote."""
        return self._write(fields, version=self.version)

    def _write(self, values: dict[str, Any], **old: Any) -> bool:
        stamped = {**values, "updated_at": timezone.now()}
        rows = SalesFile.everything.filter(pk=self.pk, deleted_at=None, **old)
        if rows.update(**stamped, version=F("version") + 1) != 1:
            return False
        for name, value in stamped.items():
            setattr(self, name, value)
        self.version += 1
        self._read_status = self.status
        return True

    def _record(self, old: Status, new: Status, cause: str, text: str, actor: str, job: UUID | None) -> StatusChange:
        return StatusChange.objects.unscoped().create(
            organisation_id=self.organisation_id, file=self, from_status=old, to_status=new,
            cause=cause, message=text, actor=actor, job_id=job,
        )  # fmt: skip

    def _raise_lost_race(self, wanted: str) -> NoReturn:
        now = SalesFile.everything.filter(pk=self.pk).first()
        raise (now or self).refusal(wanted, LostRace)


def _id_of(job: Job | UUID | None) -> UUID | None:
    return job.pk if isinstance(job, Job) else job
