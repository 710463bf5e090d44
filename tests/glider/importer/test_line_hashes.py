"""Hashes of sale lines: equal for equal sales, whatever file they are in and however they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glider.canonical.interning import text_kind
from glider.canonical.schema import IMPORTED
from glider.importer.line_hashes import LINE, MONEY, line_hashes

SALE: dict[str, Any] = {
    "source_row": 2,
    "period": date(2025, 7, 1),
    "dsp": "Spotify",
    "store": "Spotify",
    "territory": "DE",
    "artist": "Aurora Lane",
    "release": "Night",
    "track": "Night Bus",
    "isrc": "QZAAA2500001",
    "upc": "036000291452",
    "usage": "stream",
    "monetisation": "subscription",
    "level": "track",
    "quantity": 3,
    "currency": "EUR",
    "net": Decimal("0.412500000000000001"),
    "revenue": Decimal("0.5"),
}
WITHOUT_ISRC = {**SALE, "isrc": None}


def frame(*lines: Mapping[str, Any], interned: bool = False) -> pl.LazyFrame:
    made = pl.LazyFrame([{name: line.get(name) for name in IMPORTED} for line in lines], schema=IMPORTED)
    return made.cast({pl.String: text_kind()}) if interned else made


def hash_of(line: Mapping[str, Any], **others: Any) -> int:
    found: int = line_hashes(frame({**line, **others})).collect()[LINE].item()
    return found


def by_hand(line: Mapping[str, Any]) -> int:
    """The hash by whole numbers of Python's, one line at a time."""
    units = int(line["net"].scaleb(18)) % 2**128
    texts = [line[name] for name in ("dsp", "territory", "isrc", "artist", "track", "usage", "currency")]
    texts += [None if line["isrc"] else line.get(name) for name in ("release", "catalogue_number")]
    upper = mixed_by_hand([line["quantity"], units % 2**64, units >> 64])
    lower = mixed_by_hand([text_by_hand(line["upc"].lstrip("0")), *map(text_by_hand, texts)])
    return upper >> 32 << 32 | lower % 2**32


def mixed_by_hand(parts: Sequence[int]) -> int:
    mixed = 0
    for part in parts:
        mixed = ((mixed ^ part) + 0x9E3779B97F4A7C15) % 2**64
        mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB % 2**64
        mixed ^= mixed >> 31
    return mixed


def text_by_hand(text: str | None) -> int:
    return int.from_bytes(hashlib.blake2b(text.casefold().encode(), digest_size=8).digest(), "little") if text else 0


def test_the_hash_of_a_line_stays_the_same() -> None:
    """It is stored: another would not be compared with those that are there."""
    assert hash_of(SALE) == by_hand(SALE) == 10704546249427541250
    assert hash_of(WITHOUT_ISRC) == by_hand(WITHOUT_ISRC)
    refund = {**SALE, "quantity": 0, "net": Decimal("-99999999999.5")}
    assert hash_of(refund) == by_hand(refund)


@pytest.mark.parametrize(
    "others",
    [
        {"source_row": 9, "source_part": "b.csv"},
        {"artist": "AURORA LANE", "track": " night bus", "release": None, "catalogue_number": "X-1"},
        {"upc": "00036000291452"},
        {"store": "spotify premium", "monetisation": "unknown", "gross": Decimal(9)},
        {"revenue": Decimal(9)},  # at another rate
    ],
)
def test_the_same_sale_in_another_spelling_has_the_same_hash(others: dict[str, Any]) -> None:
    assert hash_of(SALE, **others) == hash_of(SALE)


@pytest.mark.parametrize(
    "others",
    [
        {"dsp": "Deezer"},
        {"territory": "FR"},
        {"isrc": "QZAAA2500002"},
        {"artist": "Other"},
        {"track": "Other"},
        {"upc": None},
        {"usage": "download"},
        {"quantity": 4},
        {"quantity": -3},
        {"currency": "USD"},
        {"net": Decimal("0.4125")},
        {"net": Decimal("-0.412500000000000001")},
    ],
)
def test_another_sale_has_another_hash(others: dict[str, Any]) -> None:
    assert hash_of(SALE, **others) != hash_of(SALE)
    assert hash_of(WITHOUT_ISRC, **others) != hash_of(WITHOUT_ISRC) or "isrc" in others


@pytest.mark.parametrize("name", ["artist", "track", "release", "catalogue_number"])
def test_without_an_isrc_names_of_the_release_tell_sales_apart_too(name: str) -> None:
    assert hash_of(WITHOUT_ISRC, **{name: "Other"}) != hash_of(WITHOUT_ISRC)


def test_record_shops_that_are_no_services_are_told_apart() -> None:
    assert hash_of(SALE, dsp=None, store="Shop A") != hash_of(SALE, dsp=None, store="Shop B")


def test_lines_without_money_are_left_out_and_money_has_no_sign() -> None:
    found = line_hashes(frame({**SALE, "net": Decimal(0)}, {**SALE, "net": Decimal(-1), "revenue": Decimal("-1.25")}))
    assert found.collect()[MONEY].to_list() == [Decimal("1.25")]


def test_texts_that_are_interned_hash_like_strings(tmp_path: Path) -> None:
    lines = [{**SALE, "track": f"Song {n}", "isrc": None, "quantity": n} for n in range(1000)]
    frame(*lines).collect().write_parquet(tmp_path / "strings.parquet", row_group_size=100)
    hashes = [
        line_hashes(each).collect(engine="streaming")[LINE].sort().to_list()
        for each in (frame(*lines, interned=True), pl.scan_parquet(tmp_path / "strings.parquet"))
    ]
    assert hashes[0] == hashes[1]
    assert len(set(hashes[0])) == 1000


def test_lines_that_are_not_wanted_are_left_out_by_their_numbers() -> None:
    lines = [{**SALE, "quantity": n} for n in range(100)]
    every = line_hashes(frame(*lines)).collect()[LINE]
    half = line_hashes(frame(*lines), pl.col(LINE) < 2**63).collect()[LINE]
    assert 0 < len(half) < 100
    assert half.sort().to_list() == every.filter(every < 2**63).sort().to_list()
