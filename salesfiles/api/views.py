"""The routes of sales files: views parse and authorise, services change."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import APIException, NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts.access import actor_of, organisation_of
from idempotency.views import IdempotentPosts
from oas.api.etags import etag_for, unchanged, with_etag
from oas.api.refusals import Refused, StaleVersion, answer_to
from salesfiles.api import docs, previews
from salesfiles.api.filters import SalesFileFilter
from salesfiles.api.serializers import (
    BulkSerializer,
    ChangeSerializer,
    CreateSerializer,
    ProcessSerializer,
    SalesFileDetailSerializer,
    SalesFileSerializer,
    SnapshotQuerySerializer,
    UpdateSerializer,
)
from salesfiles.models import SalesFile, StatusChange
from salesfiles.services import snapshots
from salesfiles.services.files import change_details, create_file, delete_file
from salesfiles.services.processing import Outcome, process, processed_together
from salesfiles.services.progress import progress_of
from salesfiles.services.snapshots import rejects_link
from salesfiles.status import Action

ORDERING = (
    "id", "created_at", "updated_at", "filename", "filesize", "status", "reporting_period", "total_rows", "total_local",
)  # fmt: skip
# Files of the bulk action whose jobs are dispatched together. More would save statements, but the first of them would
# reach Glider later.
TOGETHER = 10
# Part of a snapshot's ETag. It grows when the answer gets another form, so that no client keeps the old one.
SNAPSHOT_FORM = 2


@docs.sales_files
class SalesFileViewSet(IdempotentPosts, mixins.ListModelMixin, viewsets.GenericViewSet[SalesFile]):
    """The routes below /api/files/salesfiles/, described in `docs`."""

    serializer_class = SalesFileSerializer
    filterset_class = SalesFileFilter
    search_fields = ("filename", "mongo_db_id", "uuid")
    ordering_fields = ORDERING
    ordering = ("-id",)
    lookup_value_regex = "[0-9]+"
    queryset = SalesFile.everything.none()

    def get_queryset(self) -> QuerySet[SalesFile]:
        if getattr(self, "swagger_fake_view", False):
            return SalesFile.everything.none()
        files = SalesFile.objects.of(organisation_of(self.request)).select_related("current_job")
        # They are long: no answer needs the job's, and no list the warnings.
        long = ("warnings", "checks") if self.action == "list" else ()
        return files.defer("current_job__message", "current_job__result", *long)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        return SalesFileSerializer if self.action == "list" else SalesFileDetailSerializer

    def get_object(self) -> SalesFile:
        file = super().get_object()
        # The request has read its organisation already, so the services need not read it again.
        file.organisation = organisation_of(self.request)
        return file

    def handle_exception(self, exc: Exception) -> Response:
        if isinstance(exc, Refused):
            exc = answer_to(exc)
        elif isinstance(exc, SalesFile.DoesNotExist):  # deleted since it was read
            exc = NotFound()
        return super().handle_exception(exc)

    def get_serializer(self, *args: Any, **options: Any) -> BaseSerializer[Any]:
        """Return the serializer of one sales file or a page of them, having asked for their progress once."""
        files = args[0] if options.get("many") else args[:1]
        for file in files:
            # The request has read its organisation already, so no file has to.
            file.organisation = organisation_of(self.request)
        options["context"] = {**self.get_serializer_context(), "progress": progress_of(files)}
        return super().get_serializer(*args, **options)

    def create(self, request: Request) -> Response:
        organisation = organisation_of(request)
        given = _valid(CreateSerializer(data=request.data))
        if given.pop("organisation", organisation.pk) != organisation.pk:
            raise NotFound("There is no such organisation.", code="organisation_not_found")
        file = create_file(organisation=organisation, **given)
        response = self._answer(file, status=201)
        response["Location"] = self.reverse_action("detail", [file.pk])
        return response

    def retrieve(self, request: Request, pk: str) -> Response:
        return self._answer(self.get_object())

    def partial_update(self, request: Request, pk: str) -> Response:
        file = self.get_object()
        version = _wanted_version(request, file)
        details = _valid(UpdateSerializer(data=request.data, partial=True))
        return self._answer(change_details(file=file, details=details, version=version))  # type: ignore[arg-type]

    def destroy(self, request: Request, pk: str) -> Response:
        file = self.get_object()
        delete_file(file=file, version=_wanted_version(request, file))
        return Response(status=204)

    @action(detail=True, filterset_class=None, search_fields=(), ordering_fields=())
    def history(self, request: Request, pk: str) -> Response:
        changes = StatusChange.objects.of(organisation_of(request)).filter(file=self.get_object())
        page: Any = self.paginate_queryset(changes)  # type: ignore[arg-type]
        return self.get_paginated_response(ChangeSerializer(page, many=True).data)

    @action(detail=True)
    def rejects(self, request: Request, pk: str) -> Response:
        return Response({"url": rejects_link(self.get_object())})

    @previews.describe
    @action(detail=True)
    def preview(self, request: Request, pk: str) -> Response:
        return previews.answer(self.get_object())

    @action(detail=True)
    def snapshot(self, request: Request, pk: str) -> HttpResponseBase:
        wanted = _valid(SnapshotQuerySerializer(data=request.query_params))
        file = self.get_object()
        etag = etag_for(
            f"{file.pk}-{file.version}",
            SNAPSHOT_FORM,
            list(wanted.get("only", ())),
            wanted.get("limit"),
            wanted["format"],
        )
        # Without totals the answer is 404, whatever the client has kept; with them, 304 needs no look at MongoDB.
        same = unchanged(request, etag) if snapshots.visible_revision(file) else None
        return same or with_etag(_streamed(snapshots.find_snapshot(file), wanted), etag)

    @action(detail=True, methods=["post"], url_path="process")
    def process(self, request: Request, pk: str) -> Response:
        file = self.get_object()
        given = _valid(ProcessSerializer(data=request.data))
        wanted = Action(given.pop("action"))
        outcome = process(file=file, action=wanted, actor=actor_of(request), **given)
        return Response(_processed(outcome), status=202)

    @action(detail=False, methods=["post"], url_path="process")
    def process_several(self, request: Request) -> Response:
        given = _valid(BulkSerializer(data=request.data))
        ids = list(dict.fromkeys(given["ids"]))
        files = self.get_queryset().select_related("organisation").in_bulk(ids)
        wanted, actor, results = Action(given["action"]), actor_of(request), []
        for start in range(0, len(ids), TOGETHER):
            with processed_together():
                results += [_one_of_several(id, files.get(id), wanted, actor) for id in ids[start : start + TOGETHER]]
        return Response({"results": results}, status=202)

    def _answer(self, file: SalesFile, status: int = 200) -> Response:
        return Response(self.get_serializer(file).data, status=status, headers={"ETag": etag_of(file)})


def _streamed(found: snapshots.Snapshot, wanted: dict[str, Any]) -> HttpResponseBase:
    names = wanted.get("only") or list(snapshots.LISTS)
    if wanted["format"] == "csv":
        pieces = snapshots.as_csv(found, names, wanted.get("limit"))
        headers = {"Content-Disposition": f'attachment; filename="{found.file.uuid}-r{found.revision}.csv"'}
        return StreamingHttpResponse(pieces, content_type="text/csv; charset=utf-8", headers=headers)
    pieces = snapshots.as_json(found, names, wanted.get("limit"))
    return StreamingHttpResponse(pieces, content_type="application/json")


def etag_of(file: SalesFile) -> str:
    """Return the ETag of `file`, which changes with every change of the row."""
    return f'"{file.pk}-{file.version}"'


def _wanted_version(request: Request, file: SalesFile) -> int | None:
    """Return the version that If-Match requires; None when there is no such condition. Raises `StaleVersion`."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return None
    if etag_of(file) not in [tag.strip() for tag in wanted.split(",")]:
        raise StaleVersion("The sales file has changed since it was read.")
    return file.version


def _valid(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _processed(outcome: Outcome) -> dict[str, Any]:
    upload = outcome.upload
    return {
        "id": outcome.file.pk,
        "status": outcome.file.status,
        "presigned_url": outcome.presigned_url,
        "upload": upload
        and {
            "upload_id": upload.upload_id,
            "parts": [{"number": number, "url": url} for number, url in enumerate(upload.urls, start=1)],
        },
    }


def _one_of_several(id: int, file: SalesFile | None, wanted: Action, actor: str) -> dict[str, Any]:
    """Do `wanted` with one file of the bulk action: a refusal is its result, a service that is down stops them all."""
    if file is None:
        return _refused(id, None, NotFound())
    try:
        outcome = process(file=file, action=wanted, actor=actor)
    except Refused as refused:
        return _refused(id, file.status, answer_to(refused))
    except SalesFile.DoesNotExist:  # deleted since it was read
        return _refused(id, None, NotFound())
    answer = _processed(outcome)
    return {name: answer[name] for name in ("id", "status", "presigned_url")} | {"error": None}


def _refused(id: int, status: str | None, error: APIException) -> dict[str, Any]:
    problem = {"code": error.get_codes(), "detail": str(error.detail), **getattr(error, "fields", {})}
    return {"id": id, "status": problem.get("status", status), "presigned_url": None, "error": problem}
