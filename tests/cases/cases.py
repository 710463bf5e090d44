"""The inputs of this folder: each `NAME.json` states what has to come of the file beside it.

`expected` has the keys that are compared; amounts are decimal texts. `or_else` is another right end, compared instead.
`send_first` names a file that is sent before. `open.toml` lists the cases that do not come out right yet.
"""

from __future__ import annotations

import json
import tomllib
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from accounts.models import Organisation
from glider.contract import ImporterResult
from jobs.services.results import read_result
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from tests.salesfiles.glider_stand_in import cleaning_file
from tests.totals.driving import answer, run_job

FOLDER = Path(__file__).parent
NAMES_OF = {
    "artists": "artist",
    "tracks": "track",
    "releases": "release",
    "dsps": "dsp",
    "territories": "territory",
}  # key of a case → dimension


@dataclass(frozen=True)
class Case:
    """One input. `file` is its name in this folder."""

    name: str
    file: str
    kind: str
    why: str
    expected: dict[str, Any]
    or_else: dict[str, Any] = field(default_factory=dict)
    send_first: str = ""


def every_case() -> list[Case]:
    paths = sorted(FOLDER.glob("*.json"))
    return [Case(name=path.stem, **json.loads(path.read_text(encoding="utf-8"))) for path in paths]


def open_cases() -> dict[str, str]:
    """Name of each case that does not come out right yet → what comes instead."""
    opened: dict[str, str] = tomllib.loads((FOLDER / "open.toml").read_text(encoding="utf-8"))
    return opened


def outcome_of(case: Case, organisation: Organisation) -> dict[str, Any]:
    """Send the case's files with an exchange rate of 1; returns what came of the last, by the keys of `expected`."""
    if case.send_first:
        _sent(case.send_first, organisation)
    return _outcome(_sent(case.file, organisation), organisation)


def differences(found: dict[str, Any], expected: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Key → (found, expected), of the keys in `expected` whose values differ."""
    pairs = {key: (found.get(key), _typed(key, value)) for key, value in expected.items()}
    return {key: pair for key, pair in pairs.items() if not _fits(key, *pair)}


def _fits(key: str, found: Any, expected: Any) -> bool:
    return expected in (found or "") if key == "message" else bool(found == expected)


def _typed(key: str, value: Any) -> Any:
    if key in ("net_total", "summary_of_both"):
        return Decimal(value)
    return {name: Decimal(net) for name, net in value.items()} if isinstance(value, dict) else value


def _sent(name: str, organisation: Organisation) -> SalesFile:
    kind = name.rpartition(".")[2].upper()
    content = (FOLDER / name).read_bytes()
    file = cleaning_file(organisation, content=content, filename=name, filetype=kind, exchange_rate=Decimal(1))
    while file.status in ("CLEANING", "PROCESSING"):
        run_job(file)
    finalise(file.pk)
    file.refresh_from_db()
    return file


def _outcome(file: SalesFile, organisation: Organisation) -> dict[str, Any]:
    return {
        "status": file.status,
        "status_cause": file.status_cause,
        "message": file.error_message,
        "layout": file.source_format,
        "rows_accepted": file.accepted_rows,
        "rows_rejected": file.rejected_rows,
        "rows_skipped": file.skipped_rows,
        "currency": file.currency,
        "net_total": file.total_local,
        "summary_of_both": Decimal(answer(organisation)["total_gross_exact"]),
        **_breakdown(file),
    }


def _breakdown(file: SalesFile) -> dict[str, Any]:
    """The months of `file`, its artists and tracks, and the net of each release, DSP and territory."""
    if file.status not in ("PROCESSED", "FINALIZED"):
        return {}
    totals = _totals(file)
    names = {key: _nets(totals, dimension) for key, dimension in NAMES_OF.items()}
    listed = {key: sorted(names[key]) for key in ("artists", "tracks")}
    return {"periods": sorted(set(totals["period"])), **names, **listed}


def _totals(file: SalesFile) -> pl.DataFrame:
    result = read_result(file.jobs.get(module="importer"))
    assert isinstance(result, ImporterResult)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "totals.parquet"
        storage().download(result.totals_key, path)
        return pl.read_parquet(path)


def _nets(totals: pl.DataFrame, dimension: str) -> dict[str, Decimal]:
    lines = totals.filter(pl.col("dimension") == dimension, pl.col("name").is_not_null())
    return dict(lines.group_by("name").agg(pl.col("net").sum()).iter_rows())
