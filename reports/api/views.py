"""The routes of reports: views parse and authorise, services change."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib.auth.models import User
from django.db.models import QuerySet
from rest_framework import mixins, viewsets
from rest_framework.decorators import action
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView

from accounts.access import OrganisationAccess, OwnerOnly, actor_of, organisation_of
from catalogue.models import Alias
from catalogue.services.aliases import Outcome
from idempotency.views import IdempotentPosts
from jobs.services.leases import progress_of_jobs
from oas.api.refusals import Refused, answer_to
from oas.kernel.amounts import format_amount
from oas.kernel.documents import Document
from reports.api import docs
from reports.api.filters import ReportFilter
from reports.api.serializers import (
    AcceptSerializer,
    GroupSerializer,
    ReportCreateSerializer,
    ReportSerializer,
    ScheduleSerializer,
)
from reports.choices import Format, Kind
from reports.models import Report, ReportSchedule
from reports.periods import check_span
from reports.services import unmatched
from reports.services.links import new_link
from reports.services.requesting import request_report
from reports.services.schedules import set_schedule


@docs.reports
class ReportViewSet(IdempotentPosts, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Report]):
    """The routes below /api/reports/, described in `docs`."""

    serializer_class = ReportSerializer
    filterset_class = ReportFilter
    search_fields = ()
    ordering_fields = ("id", "created_at", "finished_at", "period_from", "period_to", "rows", "total")
    ordering = ("-id",)
    lookup_value_regex = "[0-9]+"
    queryset = Report.everything.none()

    def get_queryset(self) -> QuerySet[Report]:
        if getattr(self, "swagger_fake_view", False):
            return Report.everything.none()
        return Report.objects.of(organisation_of(self.request)).prefetch_related("requests")

    def handle_exception(self, exc: Exception) -> Response:
        return super().handle_exception(answer_to(exc) if isinstance(exc, Refused) else exc)

    def get_serializer(self, *args: Any, **options: Any) -> BaseSerializer[Any]:
        """Return the serializer of one report or a page of them, having asked for their progress once."""
        reports = args[0] if options.get("many") else args[:1]
        jobs = [report.job_id for report in reports if report.is_open and report.job_id]
        options["context"] = {**self.get_serializer_context(), "progress": progress_of_jobs(jobs)}
        return super().get_serializer(*args, **options)

    def create(self, request: Request) -> Response:
        given = _valid(ReportCreateSerializer(data=request.data))
        first, last = check_span(given["from"], given["to"], names=_names(given))
        report = request_report(
            organisation=organisation_of(request),
            kind=Kind(given["type"]),
            period_from=first,
            period_to=last,
            format=Format(given["format"]),
            actor=actor_of(request),
            people=[request.user] if isinstance(request.user, User) else [],
        )
        return Response(self.get_serializer(report).data, status=202)

    @action(detail=True, methods=["post"])
    def link(self, request: Request, pk: str) -> Response:
        return Response(self.get_serializer(new_link(report=self.get_object())).data)

    @action(detail=True, filterset_class=None, ordering_fields=())
    def unmatched(self, request: Request, pk: str) -> Response:
        report = self.get_object()
        page: Any = self.paginate_queryset(unmatched.groups_of(report))  # type: ignore[arg-type]
        groups = unmatched.with_aliases(report.organisation_id, page)
        return self.get_paginated_response(GroupSerializer([_group(group) for group in groups], many=True).data)

    @action(detail=True, methods=["post"], url_path="unmatched/accept")
    def accept(self, request: Request, pk: str) -> Response:
        given = _valid(AcceptSerializer(data=request.data))
        made = unmatched.accept(report=self.get_object(), positions=given["groups"], actor=actor_of(request))
        found = {group["n"]: _accepted(group, outcome) for group, outcome in made}
        return Response({"results": [found.get(n) or _nothing(n) for n in dict.fromkeys(given["groups"])]})


class ScheduleView(APIView):
    """The schedule of the active organisation: members read it, owners set it."""

    def get_permissions(self) -> list[BasePermission]:
        """Return the permissions of the method: PUT is for owners."""
        return [OwnerOnly() if self.request.method == "PUT" else OrganisationAccess()]

    @docs.get_schedule
    def get(self, request: Request) -> Response:
        found = ReportSchedule.objects.of(organisation_of(request)).first()
        return Response(ScheduleSerializer(found or ReportSchedule(day=1, active=False)).data)

    @docs.put_schedule
    def put(self, request: Request) -> Response:
        given = _valid(ScheduleSerializer(data=request.data))
        schedule = set_schedule(
            organisation=organisation_of(request),
            day=given["day"],
            format=Format(given.get("format", Format.CSV)),
            active=given.get("active", True),
        )
        return Response(ScheduleSerializer(schedule).data)


def _names(given: dict[str, Any]) -> tuple[str, str]:
    """Return the names of the fields in which the client gave the two periods."""
    return ("period", "period") if given.get("period") else ("from", "to")


_GROUP_FIELDS = tuple(GroupSerializer().get_fields())


def _valid(serializer: BaseSerializer[Any]) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _group(group: Document) -> Document:
    fields = {name: group.get(name) for name in _GROUP_FIELDS}
    revenue = format_amount(Decimal(group["revenue"]))
    return {**fields, "revenue": revenue, "suggestion": _suggestion(group), "alias": _alias(group["alias"])}


def _suggestion(group: Document) -> Document | None:
    if group.get("score") is None:
        return None
    return {
        "reference": group["suggested_reference"],
        "track": group.get("track_id"),
        "release": group.get("release_id"),
        "artist": group.get("suggested_artist"),
        "title": group.get("suggested_title"),
        "score": group["score"],
    }


def _alias(alias: Alias | None) -> Document | None:
    return None if alias is None else {"id": alias.pk, "track": alias.track_id, "release": alias.release_id}


def _accepted(group: Document, outcome: Outcome | None) -> Document:
    if outcome is not None and outcome.alias is not None:
        return {"n": group["n"], "alias": _alias(outcome.alias), "error": None}
    if outcome is None or outcome.refused is None:
        return _nothing(group["n"], "no_suggestion", "There is no suggestion for this group.")
    return _nothing(group["n"], outcome.refused.code, outcome.refused.text)


def _nothing(n: int, code: str = "not_found", detail: str = "There is no such group.") -> Document:
    return {"n": n, "alias": None, "error": {"code": code, "detail": detail}}
