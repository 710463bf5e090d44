"""The same report as CSV, Parquet and a workbook."""

from __future__ import annotations

import gzip
import io
import json
from decimal import Decimal
from typing import Any

import openpyxl
import polars as pl
import pyarrow.parquet as pq
import pytest

from glider.contract import Cause, ReportFormat
from glider.errors import JobFailed
from glider.reporting import write
from tests.glider.reporting.driving import Lake, Made, columns, isrc, line, some_catalogue, track

ISRC = "DEA123456789"
AMOUNT = "123456789012.123456789012345678"


def lines(lake: Lake) -> None:
    lake.catalogue(track(1, ISRC, "=Night Bus"))
    sold = [line(isrc=ISRC, territory=code, net=net) for code, net in (("DE", AMOUNT), ("FR", "-0.1"), ("US", "2"))]
    lake.put("2025-01", sold)


def workbook(made: Made) -> Any:
    return openpyxl.load_workbook(io.BytesIO(made.content))


def test_parquet_has_the_lines_of_the_csv_typed_and_exact(lake: Lake) -> None:
    lines(lake)
    made, csv = lake.monthly(format=ReportFormat.PARQUET), lake.monthly()
    frame = pl.read_parquet(io.BytesIO(made.content))
    assert frame.columns == list(csv.rows[0])
    assert frame["net"].to_list() == [Decimal(row["net"]) for row in csv.rows] == [Decimal(AMOUNT), Decimal("-0.1"), 2]
    assert frame.schema["quantity"] == pl.Int64
    assert frame["gross"].to_list() == [None] * 3
    assert frame["track"].to_list() == ["=Night Bus"] * 3  # typed text is not run


def test_a_long_csv_is_compressed_in_chunks_and_has_the_same_content(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines(lake)
    whole = lake.monthly()
    monkeypatch.setattr(write, "CHUNK", 1)
    chunks = lake.monthly()
    assert gzip.decompress(chunks.content) == gzip.decompress(whole.content)
    assert (chunks.content.count(b"\x1f\x8b\x08"), len(chunks.rows)) == (3, 3)
    assert chunks.result.size == len(chunks.content)


def test_the_metadata_of_parquet_have_the_header_of_the_report(lake: Lake) -> None:
    lines(lake)
    metadata = pq.read_metadata(io.BytesIO(lake.monthly(format=ReportFormat.PARQUET).content)).metadata
    about = json.loads(metadata[b"report"])
    assert about["sold, sale lines"] == "3"
    assert (
        about["sold, revenue in EUR"] == about["in the catalogue, revenue in EUR"] == "123456789014.023456789012345678"
    )
    assert about["not in the catalogue, revenue in EUR"] == "0"


def test_a_workbook_has_numbers_to_add_up_and_every_digit_beside_them(lake: Lake) -> None:
    lines(lake)
    sheets = workbook(lake.monthly(format=ReportFormat.XLSX))
    assert sheets.sheetnames == ["About", "Report"]
    header, *rows = sheets["Report"].iter_rows(values_only=True)
    found = [dict(zip(header, row, strict=True)) for row in rows]
    assert [row["net"] for row in found] == [123456789012.1235, -0.1, 2]
    assert [row["net_exact"] for row in found] == [AMOUNT, "-0.1", "2"]
    assert [row["gross"] for row in found] == [None] * 3


def test_text_in_a_workbook_is_text_whatever_it_looks_like(lake: Lake) -> None:
    lines(lake)
    cell = workbook(lake.monthly(format=ReportFormat.XLSX))["Report"]["F2"]
    assert (cell.value, cell.data_type) == ("=Night Bus", "s")


def test_a_workbook_has_the_header_of_the_report_on_a_sheet_of_its_own(lake: Lake) -> None:
    lines(lake)
    made = lake.monthly(format=ReportFormat.XLSX)
    about = dict(workbook(made)["About"].iter_rows(values_only=True))
    assert about["report"] == f"MONTHLY {made.message.report}"
    assert (about["sold, sale lines"], about["not in the catalogue, sale lines"]) == ("3", "0")


def test_lines_that_do_not_fit_on_a_sheet_go_on_to_the_next(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "SHEET_ROWS", 3)
    lines(lake)
    sheets = workbook(lake.monthly(format=ReportFormat.XLSX))
    heights = {sheet.title: sheet.max_row for sheet in sheets}
    assert {name: heights[name] for name in ("Report", "Report 2")} == {"Report": 3, "Report 2": 2}
    assert sheets["Report"]["A1"].value == sheets["Report 2"]["A1"].value == "period"


def test_an_empty_workbook_has_its_header(lake: Lake) -> None:
    lake.catalogue()
    sheets = workbook(lake.unmatched(format=ReportFormat.XLSX))
    assert [row[0] for row in sheets["Report"].iter_rows(values_only=True)] == ["period"]


def test_a_workbook_that_is_too_long_is_refused(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "MOST_XLSX_LINES", 2)
    lines(lake)
    with pytest.raises(JobFailed, match="CSV or Parquet") as failed:
        lake.monthly(format=ReportFormat.XLSX)
    assert failed.value.cause is Cause.TOO_LARGE


# --- cells of a CSV ---


@pytest.mark.parametrize("evil", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", " =1", "\uff1d1", "\r=1", "\n=1"])
def test_text_that_a_spreadsheet_would_run_is_harmless(lake: Lake, evil: str) -> None:
    lake.catalogue(track(1, isrc(1), evil))
    lake.put("2025-01", [line(isrc=isrc(1), dsp=evil, net="-0.5"), line(track=evil)])
    row = lake.monthly().rows[0]
    assert (row["track"], row["dsp"], row["net"]) == (f"'{evil}", f"'{evil}", "-0.5")
    assert lake.unmatched().rows[0]["track"] == f"'{evil}"


def test_texts_are_in_quotes_and_numbers_are_not(lake: Lake) -> None:
    lake.catalogue(track(1, isrc(1), 'Say "Hi", you\x00'))
    lake.put("2025-01", [line(isrc=isrc(1), quantity=-2, gross="10", net="-1.50", revenue="0.000000000000000001")])
    made = lake.monthly().text.splitlines()[1]
    assert made == (
        '"2025-01","Spotify","DE","stream","Aurora Lane","Say ""Hi"", you","","DEA120000001","","","T1",1,-2,10,-1.5,'
        '"EUR",0.000000000000000001,"EUR","aaaaaaaa"'
    )


def test_amounts_are_exact_beyond_what_a_float_holds(lake: Lake) -> None:
    some_catalogue(lake)
    lake.put("2025-01", [line(isrc=isrc(1), net="12345678901234567.123456789012345678")] * 3)
    assert columns(lake.monthly().rows, "net") == [("37037036703703701.370370367037037034",)]


def test_an_unmatched_report_begins_with_the_columns_of_a_monthly_one() -> None:
    monthly, unmatched = (tuple(column[0] for column in columns) for columns in write.COLUMNS.values())
    assert unmatched[: len(monthly)] == monthly
