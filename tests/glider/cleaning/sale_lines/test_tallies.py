"""Tallies: the figures of a file follow from its lines, by reason and currency."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tests.glider.driving import believe, distrokid, drive

GOOD = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"


def test_net_that_was_rejected_is_counted_where_it_can_be_read(tmp_path: Path) -> None:
    figures = drive(distrokid(GOOD, "|Spotify|S|||1|2.25", "2025-07|Spotify|S|||1|x"), tmp_path).figures
    assert (figures.net_read, figures.net_accepted, figures.net_rejected) == (
        Decimal("2.75"),
        Decimal("0.5"),
        Decimal("2.25"),
    )
    assert all(check.tied for check in figures.checks)


def test_a_refund_lowers_the_total(tmp_path: Path) -> None:
    driven = drive(distrokid(GOOD, "2025-07|iTunes|S|||-1|-0.69"), tmp_path)
    assert driven.figures.net_accepted == Decimal("-0.19")
    assert driven.accepted["quantity"].sum() == 2


def test_net_is_added_up_by_currency(tmp_path: Path) -> None:
    content = believe(("1", "0,5"), ("1", "0,25")).replace("EUR", "USD", 1)
    assert drive(content, tmp_path).figures.net_by_currency == {"EUR": Decimal("0.25"), "USD": Decimal("0.5")}
