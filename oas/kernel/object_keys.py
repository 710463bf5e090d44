"""The keys of objects in S3, built and taken apart: no other module does.

Every key of an organisation begins with `organisation={id}/`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def organisation(organisation: int) -> str:
    """The folder of an organisation."""
    return f"organisation={organisation}/"


def raw(organisation_id: int, uuid: str, filename: str, revision: int = 1) -> str:
    """The content of a sales file where links for it lead to."""
    # Each revision has a key of its own, so that an old link cannot overwrite content that is sent again.
    again = f"r{revision}/" if revision > 1 else ""
    return f"{raw_folder(organisation_id, uuid)}{again}{safe_name(filename)}"


def pinned(organisation_id: int, uuid: str, filename: str, revision: int, token: UUID) -> str:
    """The content of a sales file where no link can write: what OAS has fetched, or copied from where a client sent it.

    Each attempt at it has a `token` of its own, so that attempts at the same time never write to one place.
    """
    again = f"r{revision}/" if revision > 1 else ""
    return f"{raw_folder(organisation_id, uuid)}{again}pinned/{token}/{safe_name(filename)}"


def is_pinned(key: str) -> bool:
    """Whether `key` is one that no link can write to."""
    return _PINNED.fullmatch(key) is not None


def raw_folder(organisation_id: int, uuid: str) -> str:
    return f"{organisation(organisation_id)}raw/{uuid}/"


def cleaned_folder(organisation_id: int, uuid: str) -> str:
    return f"{organisation(organisation_id)}cleaned/{uuid}/"


def cleaned(organisation_id: int, uuid: str, revision: int, job: UUID) -> str:
    return f"{cleaned_folder(organisation_id, uuid)}r{revision}/{job}.parquet"


def cleaned_period(organisation_id: int, uuid: str, revision: int, job: UUID, period: str) -> str:
    """The accepted lines of one `period` (YYYY-MM), as they will be in the lake."""
    return f"{cleaned_folder(organisation_id, uuid)}r{revision}/{job}/{period}.parquet"


def rejects(organisation_id: int, uuid: str, revision: int, job: UUID) -> str:
    return f"{cleaned_folder(organisation_id, uuid)}r{revision}/{job}.rejects.csv.gz"


def sales_folder(organisation_id: int) -> str:
    return f"{organisation(organisation_id)}sales/"


def sales(organisation_id: int, period: str, uuid: str, revision: int, job: UUID) -> str:
    """The sales of one `period` (YYYY-MM); any engine that knows Hive partitions can read the lake."""
    # The folder has the name of no column: engines make a column of it, which may not collide with one of the lines.
    return f"{sales_folder(organisation_id)}month={period}/{uuid}-r{revision}-{job}.parquet"


def totals_folder(organisation_id: int) -> str:
    return f"{organisation(organisation_id)}totals/"


def totals(organisation_id: int, uuid: str, revision: int, job: UUID) -> str:
    """The totals of a sales file by period and dimension."""
    return f"{totals_folder(organisation_id)}{uuid}-r{revision}-{job}.parquet"


def report(organisation_id: int, report: str, suffix: str) -> str:
    return f"{organisation(organisation_id)}reports/{report}.{suffix}"


def catalogue_folder(organisation_id: int) -> str:
    return f"{organisation(organisation_id)}catalogue/"


def catalogue(organisation_id: int, version: str) -> str:
    return f"{catalogue_folder(organisation_id)}{version}.parquet"


def catalogue_aliases(organisation_id: int, version: str) -> str:
    return f"{catalogue_folder(organisation_id)}{version}.aliases.parquet"


def catalogue_import(organisation_id: int, uuid: UUID, filename: str) -> str:
    return f"{organisation(organisation_id)}imports/{uuid}/{safe_name(filename)}"


def job_folder(organisation_id: int, job: UUID) -> str:
    return f"{organisation(organisation_id)}jobs/{job}/"


def result(organisation_id: int, job: UUID) -> str:
    return f"{job_folder(organisation_id, job)}result.json"


def preview(organisation_id: int, uuid: str, job: UUID) -> str:
    """What Glider saw in a file before it was imported; in the folder of cleaned lines, to be removed with them."""
    return f"{cleaned_folder(organisation_id, uuid)}previews/{job}.json"


def layout_example(layout: int, upload: UUID, filename: str) -> str:
    """The file on which a layout of this installation is tried; it belongs to no organisation."""
    return f"layouts/{layout}/{upload}/{safe_name(filename)}"


def safe_name(filename: str) -> str:
    """`filename` as the last part of a key. A name from outside is data, and never trusted as a path."""
    name = _UNSAFE.sub("_", filename.replace("\\", "/").rsplit("/", 1)[-1])
    return name.strip("._")[-100:] or "file"


# --- taking apart ---


class Kind(StrEnum):
    """What an object is, in words for lists."""

    RAW = "raw content"
    CLEANED = "cleaned lines"
    PREVIEW = "preview"
    SALES = "sale lines"
    TOTALS = "totals"
    REPORT = "report"
    CATALOGUE = "copy of a catalogue"
    IMPORT = "catalogue import"
    JOB = "result of a job"
    EXAMPLE = "example of a layout"


@dataclass(frozen=True)
class Name:
    """What a key says about its object.

    `owner`: the uuid of a sales file, report or import, a version, or the number of a layout. `organisation`: 0 for
    an object that belongs to none.
    """

    kind: str
    organisation: int
    owner: str = ""
    revision: int = 0
    job: str = ""


_FILE, _ID = "(?P<owner>[0-9a-f]{8})", "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_JOB = f"(?P<job>{_ID})"
_PINNED = re.compile(rf"organisation=\d+/raw/[0-9a-f]{{8}}/(?:r\d+/)?pinned/{_ID}/[^/]+")
_FORMS: dict[Kind, str] = {
    Kind.RAW: f"raw/{_FILE}/.+",
    Kind.PREVIEW: rf"cleaned/(?P<owner>[a-z0-9-]+)/previews/{_JOB}\.json",
    Kind.CLEANED: rf"cleaned/{_FILE}/r(?P<revision>\d+)/{_JOB}\W.+",
    Kind.SALES: rf"sales/month=[^/]+/{_FILE}-r(?P<revision>\d+)-{_JOB}\W.+",
    Kind.TOTALS: rf"totals/{_FILE}-r(?P<revision>\d+)-{_JOB}\W.+",
    Kind.REPORT: rf"reports/(?P<owner>{_ID})\..+",
    Kind.CATALOGUE: r"catalogue/(?P<owner>[0-9a-f-]+)(?:\.aliases)?\.parquet",
    Kind.IMPORT: f"imports/(?P<owner>{_ID})/.+",
    Kind.JOB: f"jobs/{_JOB}/.+",
}
_NAMES = {kind: re.compile(rf"organisation=(?P<organisation>\d+)/{form}") for kind, form in _FORMS.items()}
_NAMES[Kind.EXAMPLE] = re.compile(r"layouts/(?P<owner>\d+)/.+")


def read(key: str) -> Name | None:
    """What `key` says about its object; None for a key that no function of this module makes."""
    for kind, form in _NAMES.items():
        if found := form.fullmatch(key):
            parts = found.groupdict()
            return Name(
                kind=kind,
                organisation=int(parts.get("organisation", 0)),
                owner=parts.get("owner", ""),
                revision=int(parts.get("revision", 0)),
                job=parts.get("job", ""),
            )
    return None
