"""docs/reports.md: how reports work, and the worked example with the figures that the chain came to."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from pathlib import Path

from tests.reports.example.chain import FILES, FOLDER, Outcome, Row

PAGE = FOLDER.parent / "reports.md"
TEMPLATE = Path(__file__).with_name("reports.md")
SHOWN = (
    "period",
    "dsp",
    "territory",
    "usage",
    "artist",
    "track",
    "release",
    "reference",
    "quantity",
    "net",
    "currency",
)
REPORT = (*SHOWN, "revenue", "source_files")
UNMATCHED = (
    "period", "dsp", "territory", "usage", "artist", "track", "release", "isrc", "catalogue_number", "quantity", "net",
    "currency", "revenue", "source_files", "reason", "suggested_reference", "suggested_title", "score",
)  # fmt: skip
NUMBERS = {"quantity", "net", "revenue", "score", "sale lines", "rows"}


def page(outcome: Outcome) -> str:
    """The template, with each `{{name}}` replaced by what came out."""
    text = TEMPLATE.read_text(encoding="utf-8")
    for name, value in parts(outcome).items():
        text = text.replace("{{" + name + "}}", value)
    assert "{{" not in text
    return text


def parts(outcome: Outcome) -> dict[str, str]:
    files = {f"file {name}": content_of(name) for name in FILES}
    return {
        **files,
        "catalogue": table(list(csv.DictReader(io.StringIO((FOLDER / "catalogue.csv").read_text())))),
        "files": table([_file(name, outcome) for name in FILES]),
        "monthly": table(_only(outcome.rows["MONTHLY"], REPORT)),
        "unmatched": table(_only(outcome.rows["UNMATCHED"], UNMATCHED)),
        "totals": table(_totals(outcome, "MONTHLY")),
        "monthly again": table(_only([row for row in outcome.rows["MONTHLY again"] if _is_new(row, outcome)], REPORT)),
        "totals again": table(_totals(outcome, "MONTHLY again")),
        "by dsp": table(
            [{name: str(row[name]) for name in ("name", "revenue", "quantity", "rows")} for row in outcome.by_dsp]
        ),
        "total_gross": str(outcome.summary["total_gross"]),
        "total_gross_exact": outcome.summary["total_gross_exact"],
    }


def content_of(name: str) -> str:
    """As it is, but for the byte order mark and with tabs that can be seen."""
    text = (FOLDER / name).read_text(encoding="utf-8-sig").replace("\r\n", "\n").replace("\t", " ⇥ ")
    return f"```\n{text}```"


def _file(name: str, outcome: Outcome) -> Row:
    file = outcome.files[name]
    facts = {"file": name, "layout": file["source_format"], "currency": file["currency"]}
    return {
        **facts,
        "exchange rate": file["exchange_rate"],
        "sale lines": str(file["total_rows"]),
        "revenue": file["total_local"],
    }


def _totals(outcome: Outcome, report: str) -> list[Row]:
    labels = {"matched": "in the catalogue", "unmatched": "not in it", "everything": "sold"}
    totals = outcome.reports[report]["totals"]
    return [
        {"": label, "sale lines": str(totals[name]["rows"]), "revenue": totals[name]["revenue"]}
        for name, label in labels.items()
    ]


def _is_new(row: Row, outcome: Outcome) -> bool:
    return row not in outcome.rows["MONTHLY"]


def _only(rows: list[Row], names: tuple[str, ...]) -> list[Row]:
    return [{name: row[name] for name in names} for row in rows]


def table(rows: list[Row]) -> str:
    if not rows:
        return "(nothing)"
    names = list(rows[0])
    rule = ["---:" if name in NUMBERS else "---" for name in names]
    cells = [names, rule, *([_shown(row[name]) for name in names] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in cells)


def _shown(cell: str) -> str:
    return cell.replace("|", "\\|")


def revenue(rows: list[Row]) -> Decimal:
    return sum((Decimal(row["revenue"]) for row in rows), Decimal(0))
