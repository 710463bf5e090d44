"""Owners: the rows of the database that need an object or a document, looked up for many names at a time.

What no row needs now, no row will need later: a job that has ended does not begin again, and a revision that is neither
the newest nor the live one does not come back. So names are listed first and rows are looked up after, never the other
way round.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F

from catalogue.models import CatalogueImport, CatalogueVersion
from glider.contract import Module
from jobs.choices import OPEN_STATES, JobState
from jobs.models import Job
from layouts.models import Layout, PublishedSet
from oas.kernel.object_keys import Kind, Name
from reports.choices import Status as ReportStatus
from reports.models import Report
from salesfiles.models import SalesFile

INFORMATION, SNAPSHOT, ROWS, FORMATS = "first information", "snapshot", "snapshot rows", "formats"  # kinds of documents
LAYOUT = "layout-"  # how the owner of a preview begins when it is a layout's example and no sales file
_OF_JOBS = (Kind.CLEANED, Kind.SALES, Kind.TOTALS, ROWS)
_USEFUL = (*OPEN_STATES, JobState.SUCCEEDED)

Row = Mapping[str, Any]
Rows = dict[str, Row]


@dataclass(frozen=True)
class Owners:
    """The rows that own things in S3 and MongoDB, by the uuid, id, name or hash that a `Name` has of them."""

    files: Rows
    jobs: Rows
    reports: Rows
    versions: set[tuple[int, str]]
    imports: Rows
    layouts: Rows
    formats: set[str]
    contents: dict[str, set[str]]  # uuid of a sales file → keys of the raw content of its live revision

    @classmethod
    def find(cls, names: Iterable[Name]) -> Owners:
        """Look up the owners of all `names`, with one query for each kind of row."""
        named = list(names)
        files, jobs = _files(named), _jobs(named)
        return cls(
            files=files,
            jobs=jobs,
            reports=_reports(named),
            versions=_versions(named),
            imports=_imports(named),
            layouts=_layouts(named),
            formats=_formats(named),
            contents=_contents(files),
        )

    def why_unneeded(self, name: Name, key: str = "") -> str:
        """Return why no row needs what `name` names; empty when one does. `key`: that of an object."""
        if name.kind in _OF_JOBS:
            return self._of_job(name, key)
        if name.kind == Kind.PREVIEW and name.owner.startswith(LAYOUT):
            return self._of_preview(name)
        rules: dict[str, Callable[[], str]] = {
            Kind.RAW: lambda: self._of_raw(name, key),
            Kind.JOB: lambda: self._of_result(name),
            SNAPSHOT: lambda: self._of_revision(name),
            Kind.REPORT: lambda: self._of_report(name),
            Kind.CATALOGUE: lambda: "" if (name.organisation, name.owner) in self.versions else "no such version",
            Kind.IMPORT: lambda: "" if self._own(self.imports, name) else "no such import",
            Kind.EXAMPLE: lambda: "" if self.layouts.get(name.owner, {}).get("example_key") == key else "no example",
            FORMATS: lambda: "" if name.owner in self.formats else "no such set",
        }
        rule = rules.get(name.kind, lambda: "" if self._own(self.files, name) else "no such sales file")
        return rule()

    @staticmethod
    def _own(rows: Rows, name: Name) -> Row | None:
        row = rows.get(name.owner)
        return row if row is not None and row["organisation_id"] == name.organisation else None

    def _of_raw(self, name: Name, key: str) -> str:
        file = self._own(self.files, name)
        if file is None:
            return "no such sales file"
        return "" if key == file["raw_key"] or key in self.contents[name.owner] else "an earlier upload"

    def _of_revision(self, name: Name) -> str:
        file = self._own(self.files, name)
        if file is None:
            return "no such sales file"
        return "" if name.revision in (file["revision"], file["live_revision"]) else "an older revision"

    def _of_job(self, name: Name, key: str) -> str:
        job = self.jobs.get(name.job)
        if job is None or job["file__uuid"] != name.owner or job["revision"] != name.revision:
            return "no such job"
        # A cleaning that failed may have left the rejected lines of its file, if those are all there are.
        useful = job["state"] in _USEFUL or (bool(key) and key == self.files.get(name.owner, {}).get("rejects_key"))
        return self._of_revision(name) or ("" if useful else "a job that failed")

    def _of_result(self, name: Name) -> str:
        job = self.jobs.get(name.job)
        if job is None or job["organisation_id"] != name.organisation:
            return "no such job"
        current = job["file__uuid"] is None or job["revision"] in (job["file__revision"], job["file__live_revision"])
        return "" if current else "an older revision"

    def _of_report(self, name: Name) -> str:
        report = self._own(self.reports, name)
        if report is None:
            return "no such report"
        return "a report that failed" if report["status"] == ReportStatus.FAILED else ""

    def _of_preview(self, name: Name) -> str:
        # The layout's row has the result of the last dry run; only that job's preview may still be read.
        layout = self.layouts.get(name.owner.removeprefix(LAYOUT))
        if layout is None:
            return "no such layout"
        return "" if (layout["tried"] or {}).get("job") == name.job else "an earlier dry run"


def _owners(names: list[Name], *kinds: str) -> set[str]:
    return {name.owner for name in names if name.kind in kinds}


def _files(names: list[Name]) -> Rows:
    kinds = (*_OF_JOBS, Kind.RAW, Kind.PREVIEW, SNAPSHOT, INFORMATION)
    found = SalesFile.objects.unscoped().filter(uuid__in=_owners(names, *kinds)).values(
        "pk", "uuid", "organisation_id", "raw_key", "revision", "live_revision", "rejects_key"
    )  # fmt: skip
    return {row["uuid"]: row for row in found}


def _contents(files: Rows) -> dict[str, set[str]]:
    # While a file waits for a new upload, its live revision is still made of the earlier one.
    keys: dict[str, set[str]] = {uuid: set() for uuid in files}
    jobs = Job.objects.unscoped().filter(file__uuid__in=keys, module=Module.CLEANING.value)
    jobs = jobs.filter(revision=F("file__live_revision"))
    for uuid, key in jobs.values_list("file__uuid", "message__raw_key"):
        keys[str(uuid)].add(key)
    return keys


def _jobs(names: list[Name]) -> Rows:
    ids = {name.job for name in names if name.job and name.kind in (*_OF_JOBS, Kind.JOB)}
    found = Job.objects.unscoped().filter(pk__in=ids).values(
        "pk", "organisation_id", "state", "revision", "file__uuid", "file__revision", "file__live_revision"
    )  # fmt: skip
    return {str(row["pk"]): row for row in found}


def _reports(names: list[Name]) -> Rows:
    found = Report.objects.unscoped().filter(uuid__in=_owners(names, Kind.REPORT))
    return {str(row["uuid"]): row for row in found.values("uuid", "organisation_id", "status")}


def _versions(names: list[Name]) -> set[tuple[int, str]]:
    found = CatalogueVersion.objects.unscoped().filter(name__in=_owners(names, Kind.CATALOGUE))
    return set(found.values_list("organisation_id", "name"))


def _imports(names: list[Name]) -> Rows:
    found = CatalogueImport.objects.unscoped().filter(uuid__in=_owners(names, Kind.IMPORT))
    return {str(row["uuid"]): row for row in found.values("uuid", "organisation_id")}


def _layouts(names: list[Name]) -> Rows:
    owners = {owner.removeprefix(LAYOUT) for owner in _owners(names, Kind.EXAMPLE, Kind.PREVIEW)}
    found = Layout.objects.filter(pk__in=[int(owner) for owner in owners if owner.isdecimal() and len(owner) < 19])
    return {str(row["pk"]): row for row in found.values("pk", "example_key", "tried")}


def _formats(names: list[Name]) -> set[str]:
    return set(PublishedSet.objects.filter(pk__in=_owners(names, FORMATS)).values_list("pk", flat=True))
