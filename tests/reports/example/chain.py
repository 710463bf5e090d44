"""Three files, a catalogue and four reports, as a client would go about it; Glider and the worker in this process."""

from __future__ import annotations

import csv
import gzip
import io
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.models import Release, Track
from glider import runner
from glider.contract import MESSAGE
from jobs.models import Job
from jobs.services import finishing
from jobs.services.results import read_result
from reports.models import Report
from reports.services.start_report import start
from salesfiles.models import SalesFile
from salesfiles.services.activation import activate
from salesfiles.services.finalising import finalise
from tests.catalogue.importing import import_text

FOLDER = Path(__file__).resolve().parents[3] / "docs" / "example"
FILES = {"distrokid.tsv": "0.92", "believe.csv": "1", "cd_baby.txt": "0.92"}  # exchange rate to EUR, as it is given
ROUTE = "/api/files/salesfiles/"
Row = dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """What came of it. Rows name files by their name, and tracks and releases by their place in the catalogue."""

    files: dict[str, dict[str, Any]]
    reports: dict[str, dict[str, Any]]
    rows: dict[str, list[Row]]
    groups: list[dict[str, Any]]
    accepted: list[dict[str, Any]]
    summary: dict[str, Any]
    by_dsp: list[dict[str, Any]]


def play(api: APIClient, organisation: Organisation, folder: Path) -> Outcome:
    import_text(organisation, folder, (FOLDER / "catalogue.csv").read_text())
    files = {name: send(api, name, rate) for name, rate in FILES.items()}
    reports = {kind: report(api, kind) for kind in ("MONTHLY", "UNMATCHED")}
    groups = api.get(f"/api/reports/{reports['UNMATCHED']['id']}/unmatched/").json()["results"]
    accepted = accept(api, reports["UNMATCHED"]["id"], [group["n"] for group in groups if group["suggestion"]])
    reports |= {f"{kind} again": report(api, kind) for kind in ("MONTHLY", "UNMATCHED")}
    places = names_of(files, organisation)
    return Outcome(
        files=files,
        reports=reports,
        rows={name: [named(row, places) for row in lines_of(found)] for name, found in reports.items()},
        groups=groups,
        accepted=accepted,
        summary=api.get("/api/sales/summary/").json(),
        by_dsp=api.get("/api/sales/summary/?by=dsp").json()["results"],
    )


def send(api: APIClient, name: str, rate: str) -> dict[str, Any]:
    """From the first call to FINALIZED."""
    content = (FOLDER / name).read_bytes()
    fields = {
        "filename": name,
        "filetype": name[-3:].upper(),
        "filesize": len(content),
        "mongo_db_id": secrets.token_hex(12),
    }
    file = api.post(ROUTE, {**fields, "exchange_rate": rate}).json()
    link = api.post(f"{ROUTE}{file['id']}/process/", {"action": "upload"}).json()["presigned_url"]
    assert httpx.put(link, content=content).status_code == 200
    assert api.post(f"{ROUTE}{file['id']}/process/", {"action": "clean"}).status_code == 202
    for _ in ("cleaning", "importer"):
        job = SalesFile.everything.get(pk=file["id"]).current_job
        assert job is not None
        work(job)
    finalise(file["id"])
    activate(file["id"])
    found: dict[str, Any] = api.get(f"{ROUTE}{file['id']}/").json()
    assert found["status"] == "FINALIZED", found
    return found


def report(api: APIClient, kind: str) -> dict[str, Any]:
    made = api.post("/api/reports/", {"type": kind, "from": "2025-01", "to": "2025-02"}).json()
    assert start(made["id"])
    job = Report.everything.get(pk=made["id"]).job
    assert job is not None
    work(job)
    found: dict[str, Any] = api.get(f"/api/reports/{made['id']}/").json()
    assert found["status"] == "READY", found
    return found


def work(job: Job) -> None:
    runner.run_job(MESSAGE.validate_python(job.message))
    finishing.apply(job, read_result(job))


def accept(api: APIClient, report: int, groups: list[int]) -> list[dict[str, Any]]:
    answer = api.post(f"/api/reports/{report}/unmatched/accept/", {"groups": groups})
    results: list[dict[str, Any]] = answer.json()["results"]
    return results


def lines_of(report: dict[str, Any]) -> list[Row]:
    """Through the link."""
    text = gzip.decompress(httpx.get(report["url"]).content).decode()
    return list(csv.DictReader(io.StringIO(text, newline="")))


def names_of(files: dict[str, dict[str, Any]], organisation: Organisation) -> dict[str, str]:
    """Numbers and uuids differ from run to run: files are called by their name, tracks by their place."""
    names = {file["uuid"]: name for name, file in files.items()}
    tracks = Track.objects.of(organisation).order_by("isrc")
    releases = Release.objects.of(organisation).order_by("upc")
    names |= {track.reference: f"T{n}" for n, track in enumerate(tracks, start=1)}
    return names | {release.reference: f"R{n}" for n, release in enumerate(releases, start=1)}


def named(row: Row, names: dict[str, str]) -> Row:
    sources = " ".join(sorted(names[uuid] for uuid in row["source_files"].split()))
    references = {name: names[row[name]] for name in ("reference", "suggested_reference") if row.get(name)}
    return {**row, "source_files": sources, **references}
