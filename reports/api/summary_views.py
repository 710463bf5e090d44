"""The route of the totals over all sales files."""

from __future__ import annotations

from typing import Any

from django.http.response import HttpResponseBase
from rest_framework.exceptions import NotFound
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.access import organisation_of
from accounts.models import Organisation
from fetcher.models import Batch
from oas.api.etags import etag_for, unchanged, with_etag
from reports.api import summary_docs
from reports.api.summary_serializers import SummaryQuerySerializer, question_of
from totals.models import SummaryScope
from totals.services.queries import find_scope, summary_of

# Part of the ETag. It grows when the answer gets another form, so that no client keeps the old one.
FORM = 1


class SummaryView(APIView):
    """Answers with the totals of the active organisation."""

    @summary_docs.summary
    def get(self, request: Request) -> HttpResponseBase:
        organisation = organisation_of(request)
        asked = SummaryQuerySerializer(data=request.query_params)
        asked.is_valid(raise_exception=True)
        scope = _scope(organisation, asked.validated_data.get("path"))
        etag = _etag(organisation, scope, asked.validated_data)
        same = unchanged(request, etag)
        if same is not None:
            return same
        scope, found = summary_of(scope, question_of(asked.validated_data))
        # The ETag of the scope as it was when the figures were read: it may have changed since the first look.
        answer = Response({**_head(organisation, asked.validated_data), **found})
        return with_etag(answer, _etag(organisation, scope, asked.validated_data))


def _scope(organisation: Organisation, path: int | None) -> SummaryScope | None:
    """Return the scope of all files, or of the upload `path`; None while nothing is counted.

    Raises NotFound for an upload that is not the organisation's.
    """
    scope = find_scope(organisation, path)
    if scope is None and path is not None and not Batch.objects.of(organisation).filter(pk=path).exists():
        raise NotFound("There is no such upload.", code="upload_not_found")
    return scope


def _etag(organisation: Organisation, scope: SummaryScope | None, asked: dict[str, Any]) -> str:
    version = f"{scope.pk}-{scope.version}" if scope else f"0-{organisation.pk}"
    return etag_for(version, FORM, organisation.currency, sorted(asked.items()))


def _head(organisation: Organisation, asked: dict[str, Any]) -> dict[str, Any]:
    names = ("path", "from", "to")
    return {
        "organisation": organisation.pk,
        "currency": organisation.currency,
        **{name: asked.get(name) for name in names},
    }
