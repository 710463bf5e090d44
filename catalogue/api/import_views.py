"""Routes of imports: views parse and authorise, services do the work."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from rest_framework import mixins
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import actor_of, organisation_of
from catalogue.api import import_docs
from catalogue.api.filters import ImportFilter
from catalogue.api.import_serializers import (
    ImportInputSerializer,
    ImportPreviewSerializer,
    ImportProblemSerializer,
    ImportSerializer,
    PreviewQuerySerializer,
    StartedImportSerializer,
)
from catalogue.api.views import ScopedViewSet, valid
from catalogue.models import CatalogueImport
from catalogue.services.imports import staged_rows, start_import
from catalogue.services.imports.rejects import as_csv
from oas.kernel.config import config
from oas.kernel.workspace import workspace

SHOWN_ROWS = 20


@import_docs.imports
class ImportViewSet(mixins.RetrieveModelMixin, mixins.ListModelMixin, ScopedViewSet[CatalogueImport]):
    model = CatalogueImport
    queryset = CatalogueImport.everything.none()
    serializer_class = ImportSerializer
    filterset_class = ImportFilter
    search_fields = ("filename",)
    ordering_fields = ("id", "filename", "status", "created_at", "updated_at")

    def create(self, request: Request) -> Response:
        given = valid(ImportInputSerializer(data=request.data))
        preview = given["preview"] or valid(PreviewQuerySerializer(data=request.query_params))["preview"]
        begun = {"organisation": organisation_of(request), "actor": actor_of(request), "preview": preview}
        if "file" in given:
            row, url = _take_over(given["file"], begun), None
        else:
            row, url = start_import.expect_file(filename=given["filename"], filesize=given["filesize"], **begun)
        row.presigned_url = url  # type: ignore[attr-defined]
        headers = {"Location": self.reverse_action("detail", [row.pk])}
        return Response(StartedImportSerializer(row).data, status=202, headers=headers)

    def destroy(self, request: Request, pk: str) -> Response:
        start_import.delete_import(row=self.get_object())
        return Response(status=204)

    @action(detail=True, methods=["post"])
    def apply(self, request: Request, pk: str) -> Response:
        row = start_import.apply(row=self.get_object())
        return Response(self.get_serializer(row).data, status=202)

    @action(detail=True)
    def preview(self, request: Request, pk: str) -> Response:
        row = self.get_object()
        body = {"columns": row.columns, "ignored": row.ignored, "counts": row.counts}
        return Response(ImportPreviewSerializer({**body, "rows": staged_rows.sample(row.pk, SHOWN_ROWS)}).data)

    @action(detail=True, filterset_class=None, search_fields=(), ordering_fields=())
    def errors(self, request: Request, pk: str) -> HttpResponseBase:
        row = self.get_object()
        if request.query_params.get("format") == "csv":
            headers = {"Content-Disposition": f'attachment; filename="import-{row.pk}-errors.csv"'}
            return StreamingHttpResponse(as_csv(row), content_type="text/csv; charset=utf-8", headers=headers)
        page: Any = self.paginate_queryset(row.problems.order_by("row", "id"))  # type: ignore[arg-type]
        return self.get_paginated_response(ImportProblemSerializer(page, many=True).data)


def _take_over(file: UploadedFile[Any], begun: dict[str, Any]) -> CatalogueImport:
    with workspace(config().work_dir) as folder:
        path = folder / "content"
        with path.open("wb") as target:
            for chunk in file.chunks():
                target.write(chunk)
        return start_import.import_file(path=path, filename=file.name or "catalogue.csv", **begun)
