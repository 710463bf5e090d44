"""The keys of objects in S3: the only place where a key is put together (design.md, "Where things are kept")."""

from __future__ import annotations

import re
from uuid import UUID

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")


def organisation(organisation: int) -> str:
    return f"organisation={organisation}/"


def raw(organisation_id: int, uuid: str, filename: str, revision: int = 1) -> str:
    """Content that is sent again has a key of its own, so that an old link cannot overwrite it."""
    again = f"r{revision}/" if revision > 1 else ""
    return f"{raw_folder(organisation_id, uuid)}{again}{safe_name(filename)}"


def raw_folder(organisation_id: int, uuid: str) -> str:
    return f"{organisation(organisation_id)}raw/{uuid}/"


def cleaned_folder(organisation_id: int, uuid: str) -> str:
    return f"{organisation(organisation_id)}cleaned/{uuid}/"


def cleaned(organisation_id: int, uuid: str, revision: int, job: UUID) -> str:
    return f"{cleaned_folder(organisation_id, uuid)}r{revision}/{job}.parquet"


def rejects(organisation_id: int, uuid: str, revision: int, job: UUID) -> str:
    return f"{cleaned_folder(organisation_id, uuid)}r{revision}/{job}.rejects.csv.gz"


def sales_folder(organisation_id: int) -> str:
    return f"{organisation(organisation_id)}sales/"


def sales(organisation_id: int, period: str, uuid: str, revision: int, job: UUID) -> str:
    """`period` is YYYY-MM; the folder names make the lake readable by any engine that knows Hive partitions."""
    return f"{sales_folder(organisation_id)}period={period}/{uuid}-r{revision}-{job}.parquet"


def totals_folder(organisation_id: int) -> str:
    return f"{organisation(organisation_id)}totals/"


def totals(organisation_id: int, uuid: str, revision: int, job: UUID) -> str:
    """A file's totals by period and dimension."""
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
    """What Glider saw in a file before anything was imported; goes with the file's cleaned lines."""
    return f"{cleaned_folder(organisation_id, uuid)}previews/{job}.json"


def layout_example(layout: int, upload: UUID, filename: str) -> str:
    """The file that an administrator's layout is tried on; it belongs to no organisation."""
    return f"layouts/{layout}/{upload}/{safe_name(filename)}"


def safe_name(filename: str) -> str:
    """A file name as the last part of a key: the original is kept as data, never trusted as a path."""
    name = _UNSAFE.sub("_", filename.replace("\\", "/").rsplit("/", 1)[-1])
    return name.strip("._")[-100:] or "file"
