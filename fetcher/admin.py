"""Batches and watched folders in the admin site, without the secrets of their links."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html

from fetcher.models import Batch, BatchItem, WatchedFolder
from fetcher.services.batches import cancel, retry
from fetcher.services.progress import Counts, counts_of, shown_status
from oas.admin_pages import FewWords
from oas.api.refusals import Refused
from oas.words import words_of
from salesfiles.admin.files import NOTHING, ReadOnly

if TYPE_CHECKING:  # Django's own classes take no type parameters
    ItemBase = admin.TabularInline[BatchItem, Batch]
    BatchBase = admin.ModelAdmin[Batch]
    WatchedBase = admin.ModelAdmin[WatchedFolder]
else:
    ItemBase = admin.TabularInline
    BatchBase = WatchedBase = FewWords

SHOWN = 1000  # items of one page


class ItemInline(ReadOnly, ItemBase):
    model = BatchItem
    fk_name = "batch"
    fields = readonly_fields = ("path", "size", "shown", "file", "why", "fetched", "attempts")
    extra = 0
    verbose_name_plural = f"Files (the first {SHOWN})"
    can_delete = False

    def get_queryset(self, request: HttpRequest) -> QuerySet[BatchItem]:
        """Return the first items of the batch."""
        # Django filters the queryset of an inline itself, which a sliced one refuses: the ids are looked up before.
        match = request.resolver_match
        batch = match.kwargs.get("object_id") if match else None
        first = BatchItem.everything.filter(batch=batch).order_by("pk").values_list("pk", flat=True)[:SHOWN]
        return BatchItem.everything.filter(pk__in=list(first)).select_related("sales_file").order_by("path")

    @admin.display(description="Status")
    def shown(self, item: BatchItem) -> str:
        return item.shown_status

    @admin.display(description="Sales file")
    def file(self, item: BatchItem) -> str:
        if item.sales_file_id is None:
            return NOTHING
        address = reverse("admin:salesfiles_salesfile_change", args=[item.sales_file_id])
        return format_html('<a href="{}">{}</a>', address, item.sales_file)

    @admin.display(description="Reason")
    def why(self, item: BatchItem) -> str:
        reason, text = item.why
        return f"{reason}: {text}" if reason else text or NOTHING

    @admin.display(description="Fetched")
    def fetched(self, item: BatchItem) -> str:
        return NOTHING if item.percent is None else f"{item.percent} %"


@admin.register(Batch)
class BatchAdmin(ReadOnly, BatchBase):
    list_display = ("id", "organisation", "link", "shown", "progress", "files", "requested_by", "created_at")
    list_filter = ("status", "kind", "organisation")
    search_fields = ("link_id", "path of an item")  # what `get_search_results` looks at
    list_select_related = ("organisation",)
    list_per_page = 50
    show_full_result_count = False
    date_hierarchy = "created_at"
    inlines = (ItemInline,)
    actions = ("cancel", "retry")
    fields = readonly_fields = (
        "organisation", "link", "kind", "shown", "progress", "files", "cause", "message", "known", "watched",
        "requested_by", "attempts", "created_at", "finished_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Batch]:
        return Batch.objects.unscoped().select_related("organisation")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Batch], search_term: str
    ) -> tuple[QuerySet[Batch], bool]:
        # Batches by the ids of their items: a join has a row for each of ten thousand items.
        for word in words_of(search_term):
            items = BatchItem.objects.unscoped().filter(path__icontains=word).values("batch")
            queryset = queryset.filter(Q(link_id__icontains=word) | Q(pk__in=items))
        return queryset, False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Count the files of all batches of the page in one query."""
        page = super().get_changelist_instance(request)
        _attach_counts(list(page.result_list))
        return page

    def get_object(self, *args: Any, **options: Any) -> Batch | None:
        batch = super().get_object(*args, **options)
        if batch is not None:
            _attach_counts([batch])
        return batch

    def has_operate_permission(self, request: HttpRequest) -> bool:
        """Allow the actions to users who may change batches, though no one edits them here."""
        return request.user.has_perm("fetcher.change_batch")

    @admin.display(description="Link")
    def link(self, batch: Batch) -> str:
        return batch.shown_url

    @admin.display(description="Status")
    def shown(self, batch: Batch) -> str:
        return shown_status(batch, _counts(batch))

    @admin.display(description="Progress")
    def progress(self, batch: Batch) -> str:
        found = _counts(batch)
        return f"{found.percent} % ({found.finalized} finalized, {found.failed} failed, {found.discarded} discarded)"

    @admin.display(description="Files")
    def files(self, batch: Batch) -> int:
        return _counts(batch).files

    @admin.action(permissions=["operate"], description="Cancel")
    def cancel(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        self._each(request, batches, cancel, "is cancelled")

    @admin.action(permissions=["operate"], description="Try again what failed")
    def retry(self, request: HttpRequest, batches: QuerySet[Batch]) -> None:
        self._each(request, batches, retry, "is being fetched again")

    def _each(
        self, request: HttpRequest, batches: QuerySet[Batch], service: Callable[..., object], done: str
    ) -> None:  # fmt: skip
        """Call `service` for each batch and report each result; one that refuses does not stop the others."""
        for batch in batches.order_by("pk"):
            try:
                service(batch=batch, actor=request.user.get_username())
            except Refused as refused:
                self.message_user(request, f"{batch}: {refused}", messages.ERROR)
            else:
                self.message_user(request, f"{batch} {done}.", messages.SUCCESS)


@admin.register(WatchedFolder)
class WatchedFolderAdmin(ReadOnly, WatchedBase):
    list_display = ("link", "organisation", "active", "last_seen_at", "last_result", "next_look_at")
    list_filter = ("active", "organisation")
    search_fields = ("link_id",)
    list_select_related = ("organisation",)
    actions = ("look_now", "stop", "resume")
    fields = readonly_fields = (
        "organisation", "link", "active", "last_seen_at", "last_result", "next_look_at", "requested_by", "created_at",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[WatchedFolder]:
        return WatchedFolder.objects.unscoped().select_related("organisation")

    def has_operate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("fetcher.change_watchedfolder")

    @admin.display(description="Folder")
    def link(self, folder: WatchedFolder) -> str:
        return folder.shown_url

    @admin.action(permissions=["operate"], description="Look at it now")
    def look_now(self, request: HttpRequest, folders: QuerySet[WatchedFolder]) -> None:
        """Make folders due now: the task that runs every minute lists them."""
        folders.update(next_look_at=timezone.now())

    @admin.action(permissions=["operate"], description="Look at it no more")
    def stop(self, request: HttpRequest, folders: QuerySet[WatchedFolder]) -> None:
        folders.update(active=False)

    @admin.action(permissions=["operate"], description="Look at it again")
    def resume(self, request: HttpRequest, folders: QuerySet[WatchedFolder]) -> None:
        folders.update(active=True)


def _attach_counts(batches: list[Batch]) -> None:
    found = counts_of(batches)
    for batch in batches:
        batch.shown_counts = found[batch.pk]  # type: ignore[attr-defined]


def _counts(batch: Batch) -> Counts:
    found = getattr(batch, "shown_counts", None)
    return found if isinstance(found, Counts) else counts_of([batch])[batch.pk]
