"""Sale lines of records that have amounts: each use counts once."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.glider.cleaning.readers.ddex.reports import (
    financial,
    licensor,
    royalties,
)
from tests.glider.driving import drive, not_tied


def test_uses_of_a_transaction_count_once_however_many_share_it(tmp_path: Path) -> None:
    driven = drive(royalties(), tmp_path)
    assert driven.accepted.select("net", "quantity", "label").rows() == [
        (Decimal("3.5"), 40, "PUB_1"),
        (Decimal("1.25"), 0, "PUB_2"),
    ]
    assert not_tied(driven) == []


def test_the_licensors_own_uses_go_before_those_of_the_transaction(tmp_path: Path) -> None:
    line = licensor("1", "PUB_1", "3.5").split("\t")
    line[10] = "7"
    content = royalties().replace(licensor("1", "PUB_1", "3.5"), "\t".join(line))
    assert drive(content, tmp_path).accepted["quantity"].to_list() == [7, 0]


def test_a_financial_report_is_read_in_the_currency_of_accounting(tmp_path: Path) -> None:
    driven = drive(financial(), tmp_path)
    assert driven.figures.net_by_currency == {"EUR": Decimal("11.20")}
    lines = driven.accepted.sort("source_row")
    assert lines["net"].to_list() == [Decimal("10.00"), Decimal("1.25"), Decimal("-0.05")]
    assert lines["usage"].to_list() == ["adjustment", "stream", "stream"]
    assert lines["level"].to_list() == ["track", "track", "release"]
    assert lines["quantity"].to_list() == [0, 10, -1]
    assert [str(day) for day in lines["period"]] == ["2025-06-01", "2025-07-01", "2025-07-01"]
    assert lines["artist"].to_list() == [None, "Enya, Clannad", "Enya, Clannad"]
    assert not_tied(driven) == []
