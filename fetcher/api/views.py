"""Routes of links: views parse and authorise, services do the work."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import actor_of, organisation_of
from fetcher.api import docs
from fetcher.api.serializers import (
    BatchSerializer,
    LinkInSerializer,
    WatchedSerializer,
    accepted,
    shown,
    shown_item,
)
from fetcher.models import Batch, WatchedFolder
from fetcher.services import batches, watched_folders
from fetcher.services.progress import counts_of
from idempotency.views import IdempotentPosts
from oas.api.refusals import Refused, answer_to


class LinkViewSet(IdempotentPosts, viewsets.GenericViewSet[Any]):
    """A view set in which a refusal of a service becomes the response for it."""

    lookup_value_regex = "[0-9]{1,18}"

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(answer_to(exc) if isinstance(exc, Refused) else exc)


@docs.batches
class BatchViewSet(LinkViewSet):
    serializer_class = BatchSerializer
    queryset = Batch.everything.none()
    filterset_fields = ("status", "kind")
    ordering_fields = ("id", "created_at", "finished_at")
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[Batch]:
        if getattr(self, "swagger_fake_view", False):
            return Batch.everything.none()
        return Batch.objects.of(organisation_of(self.request))

    def list(self, request: Request) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        counts = counts_of(page or [])
        return self.get_paginated_response([shown(batch, counts[batch.pk]) for batch in page or []])

    def create(self, request: Request) -> Response:
        organisation = organisation_of(request)
        batch = batches.start(organisation=organisation, url=_url(request), actor=actor_of(request))
        place = self.reverse_action("detail", [batch.pk])
        return Response(accepted(batch), status=202, headers={"Location": place})

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._whole(self.get_object())

    @action(detail=True, methods=["post"], url_path="cancel")
    def cancel(self, request: Request, pk: str) -> Response:
        return self._whole(batches.cancel(batch=self.get_object(), actor=actor_of(request)))

    @action(detail=True, methods=["post"], url_path="retry")
    def retry(self, request: Request, pk: str) -> Response:
        return self._whole(batches.retry(batch=self.get_object(), actor=actor_of(request)), 202)

    def _whole(self, batch: Batch, status: int = 200) -> Response:
        items = batch.items.select_related("sales_file").order_by("path", "pk")
        body = shown(batch, counts_of([batch])[batch.pk])
        return Response(body | {"items": [shown_item(item) for item in items]}, status=status)


@docs.watched_folders
class WatchedFolderViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, LinkViewSet):
    serializer_class = WatchedSerializer
    queryset = WatchedFolder.everything.none()
    ordering_fields = ("id", "last_seen_at")
    ordering = ("-id",)

    def get_queryset(self) -> QuerySet[WatchedFolder]:
        if getattr(self, "swagger_fake_view", False):
            return WatchedFolder.everything.none()
        return WatchedFolder.objects.of(organisation_of(self.request))

    def create(self, request: Request) -> Response:
        organisation = organisation_of(request)
        folder = watched_folders.watch(organisation=organisation, url=_url(request), actor=actor_of(request))
        return Response(self.get_serializer(folder).data, status=201)

    def destroy(self, request: Request, pk: str) -> Response:
        self.get_object().delete()
        return Response(status=204)


def _url(request: Request) -> str:
    given = LinkInSerializer(data=request.data)
    given.is_valid(raise_exception=True)
    return str(given.validated_data["url"])
