"""The workbench of the admin site: a person looks through unmatched sales and assigns tracks and releases to them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from accounts.models import Organisation
from catalogue.models import Release, Track
from catalogue.services.aliases import Outcome
from glider.contract import UNMATCHED_REASONS
from oas.kernel.documents import Document
from reports.choices import Kind, Status
from reports.models import Report
from reports.services import unmatched
from reports.services.report_mail import two_places

PAGE = 50
MAKES_ALIASES = "catalogue.add_alias"


def organisations(request: HttpRequest) -> HttpResponse:
    """List the organisations, with links to the workbench and the charts of each. Raises PermissionDenied."""
    _refuse(request, "reports.view_report")
    facts = {"title": "Unmatched sales and revenue", "organisations": Organisation.objects.all()}
    return render(request, "admin/reports/organisations.html", {**admin.site.each_context(request), **facts})


def groups(request: HttpRequest, organisation_id: int) -> HttpResponse:
    """Show the groups of one report, the newest unless another is named; POST makes aliases from them.

    Raises PermissionDenied, Http404.
    """
    _refuse(request, "reports.view_report")
    organisation = get_object_or_404(Organisation, pk=organisation_id)
    report = _report(organisation, request.POST.get("report") or request.GET.get("report"))
    if request.method != "POST":
        return _page(request, organisation, report)
    _refuse(request, MAKES_ALIASES)
    if report is not None:
        _act(request, report)
    return redirect(_back(request, organisation, report))


def _refuse(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied


def _report(organisation: Organisation, id: str | None) -> Report | None:
    if not id or not id.isascii() or not id.isdigit() or len(id) > 18:
        return unmatched.latest_unmatched(organisation)
    ready = Report.objects.of(organisation).filter(kind=Kind.UNMATCHED, status=Status.READY)
    return get_object_or_404(ready, pk=int(id))


def _back(request: HttpRequest, organisation: Organisation, report: Report | None) -> str:
    address = reverse("admin:reports_workbench", args=[organisation.pk])
    return f"{address}?report={report.pk if report else ''}&p={_number(request.POST.get('p'), 1)}"


def _number(text: str | None, otherwise: int) -> int:
    # `isdigit` alone takes digits of other scripts, and a number without bounds would not fit the database.
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else otherwise


# --- showing ---


def _page(request: HttpRequest, organisation: Organisation, report: Report | None) -> HttpResponse:
    facts: dict[str, Any] = {
        "title": f"Unmatched sales of {organisation}",
        "organisation": organisation,
        "report": report,
        "may_act": request.user.has_perm(MAKES_ALIASES),
    }
    if report is not None:
        facts |= _groups(request, organisation, report)
    return render(request, "admin/reports/workbench.html", {**admin.site.each_context(request), **facts})


def _groups(request: HttpRequest, organisation: Organisation, report: Report) -> dict[str, Any]:
    found = unmatched.groups_of(report)
    pages: Any = Paginator(found, PAGE)  # type: ignore[arg-type]
    page = pages.get_page(_number(request.GET.get("p"), 1))
    rows = [_row_of(group) for group in unmatched.with_aliases(organisation, list(page.object_list))]
    return {"page": page, "groups": rows, "kept": len(found), **_chosen(request, organisation, found)}


def _row_of(group: Document) -> Document:
    """Return `group` for the template: with every name, the reason as a sentence, and revenue to two places."""
    names = ("artist", "title", "release", "isrc", "upc", "catalogue_number", "kind", "score")
    why = UNMATCHED_REASONS.get(group["reason"], group["reason"])
    return {**dict.fromkeys(names), **group, "why": why, "shown_revenue": two_places(Decimal(group["revenue"]))}


def _chosen(request: HttpRequest, organisation: Organisation, found: unmatched.Groups) -> dict[str, Any]:
    """Return the group named by `find`, and the tracks and releases that the search text finds for it."""
    position = _number(request.GET.get("find"), -1)
    wanted = found.at([position])
    if not wanted:
        return {}
    group = _row_of(wanted[0])
    text = request.GET.get("q", group["title"] or "")[:200]
    works = unmatched.candidates(organisation, text)
    return {"wanted": group, "text": text, "candidates": [_candidate(work) for work in works]}


def _candidate(work: Track | Release) -> dict[str, str]:
    kind = "track" if isinstance(work, Track) else "release"
    return {"value": f"{kind}:{work.pk}", "label": f"{kind} {work.reference}, {work.artist}: {work}"}


# --- acting ---


def _act(request: HttpRequest, report: Report) -> None:
    if "target" in request.POST:
        kind, _, id = request.POST["target"].partition(":")
        target = {"track" if kind == "track" else "release": _number(id, -1)}
        made = unmatched.assign(
            report=report, position=_number(request.POST.get("find"), -1), actor=request.user.get_username(), **target
        )
    else:
        positions = [_number(text, -1) for text in request.POST.getlist("group")]
        made = unmatched.accept(report=report, positions=positions, actor=request.user.get_username())
    _show_messages(request, made)


def _show_messages(request: HttpRequest, made: list[tuple[Document, Outcome | None]]) -> None:
    done = sum(outcome is not None and outcome.alias is not None for _, outcome in made)
    if done:
        text = f"{done} remembered: the next report matches {'it' if done == 1 else 'them'}."
        messages.success(request, text)
    for group, outcome in made:
        if outcome is None or outcome.refused is not None:
            why = outcome.refused.text if outcome and outcome.refused else "There is nothing to accept."
            messages.error(request, f"{group.get('title') or group['key']}: {why}")
    if not made:
        messages.warning(request, "Nothing was chosen.")
