"""Reports in which only summary records have amounts: which of them are lines, and what they add up to."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.glider.cleaning.readers.ddex.reports import (
    basic_audio,
    financial,
    head,
    report,
    summary,
)
from tests.glider.driving import drive, not_tied


def test_a_report_whose_uses_have_no_amounts_gives_its_summaries(tmp_path: Path) -> None:
    driven = drive(basic_audio(), tmp_path)
    assert driven.accepted.select("net", "quantity", "currency", "territory", "track").rows() == [
        (Decimal("50.25"), 128, "GBP", "GB", None)
    ]
    assert driven.figures.reasons == {"usage_line": 2}
    assert any("no amounts" in text for text in driven.figures.warnings)
    assert not_tied(driven) == []


def test_an_allocated_amount_goes_before_the_revenue_of_the_service(tmp_path: Path) -> None:
    allocated = {"AllocatedRevenue": "7.5", "AllocatedNetRevenue": "10"}
    content = report(
        head("BasicAudioProfile"),
        summary("SY04.01", TotalUsages="900", CurrencyOfReporting="EUR", NetRevenue="1000"),
        summary("SY05.02", "S2", AllocatedUsages="9", CurrencyOfReporting="EUR", **allocated),
        summaries=2,
    )
    driven = drive(content, tmp_path)
    assert driven.accepted.select("source_row", "net", "gross", "quantity").rows() == [
        (3, Decimal("7.5"), Decimal(10), 9)
    ]
    assert driven.figures.reasons == {"summary_line": 1}


def test_fees_of_several_kinds_are_added_up(tmp_path: Path) -> None:
    driven = drive(financial(fee="6.00|4.00"), tmp_path)
    assert driven.accepted.filter(driven.accepted["usage"] == "adjustment")["net"].to_list() == [Decimal("10.00")]


def test_a_final_total_that_differs_from_the_lines_is_an_untied_check(tmp_path: Path) -> None:
    driven = drive(financial(total="11.21"), tmp_path)
    assert not_tied(driven) == ["net read = final totals of the summary records in EUR"]
