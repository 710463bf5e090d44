"""The worked example added up without any of our code: the csv module, Decimal, and matching rules written out."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

TERRITORIES = {"Germany": "DE", "France": "FR"}
BY_ISRC = {"QZAAA2500001": "T1", "QZAAA2500002": "T2", "QZAAA2500003": "T3"}
BY_UPC = {"036000291452": "R1"}  # for lines without a track
BY_NUMBER_AND_TITLE = {("AL-001", "Night-Bus (feat. Bo Kasper)"): "T1"}
ACCEPTED = {"QZAAA2500009": "T3", "Bo Kasper, Summer": "R2"}  # the suggestions that were accepted
Row = dict[str, str]


class Key(NamedTuple):
    period: str
    dsp: str
    territory: str
    usage: str
    reference: str  # or, of what is not in the catalogue, its code or name
    currency: str


Line = tuple[Key, str, str]  # quantity and net as they are written


@dataclass(frozen=True)
class Sale:
    key: Key
    file: str
    quantity: int
    net: Decimal
    revenue: Decimal


def sales(folder: Path, rates: dict[str, str], *, accepted: bool = False) -> list[Sale]:
    readers: dict[str, Callable[[str], Iterator[Line]]] = {
        "distrokid.tsv": _distrokid, "believe.csv": _believe, "cd_baby.txt": _cd_baby,
    }  # fmt: skip
    found = []
    for name, reader in readers.items():
        for key, quantity, net in reader((folder / name).read_text(encoding="utf-8-sig")):
            code = ACCEPTED.get(key.reference, key.reference) if accepted else key.reference
            amount = Decimal(net)
            found.append(Sale(key._replace(reference=code), name, int(quantity), amount, amount * Decimal(rates[name])))
    return found


def _distrokid(text: str) -> Iterator[Line]:
    for row in _rows(text, "\t"):
        track = row["Song/Album"] == "Song"
        what = BY_ISRC.get(row["ISRC"], row["ISRC"]) if track else BY_UPC[row["UPC"]]
        key = Key(row["Sale Month"], row["Store"], row["Country of Sale"], "stream", what, "USD")
        yield key, row["Quantity"], row["Earnings (USD)"]


def _believe(text: str) -> Iterator[Line]:
    stores = {"Amazon": "Amazon Music"}
    for row in _rows(text, ";"):
        titled = BY_NUMBER_AND_TITLE.get((row["Release Catalog nb"], row["Track title"]), row["ISRC"])
        what = BY_ISRC.get(row["ISRC"], titled) or f"{row['Artist Name']}, {row['Release title']}"
        period = row["Sales Month"][:7].replace("/", "-")
        store, territory = row["Platform"], TERRITORIES[row["Country / Region"]]
        key = Key(period, stores.get(store, store), territory, row["Sales Type"].lower(), what, "EUR")
        yield key, row["Quantity"], row["Net Revenue"]


def _cd_baby(text: str) -> Iterator[Line]:
    usages = {"CD Sale": "physical", "Streaming": "stream", "Download": "download"}
    for row in _rows(text, "\t"):
        isrc = row["Isrc"].upper()
        what = BY_ISRC.get(isrc, isrc) or BY_UPC.get(row["Barcode"]) or f"{row['Artist Name']}, {row['Album Name']}"
        month, _, year = row["Sales Date"].split(" ")[0].split("/")
        key = Key(
            f"{year}-{month}",
            row["Partner Name"],
            row["Delivery Country"],
            usages[row["Transaction Type"]],
            what,
            "USD",
        )
        yield key, row["Quantity"], row["Subtotal"]


def _rows(text: str, delimiter: str) -> Iterator[Row]:
    yield from csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)


def is_matched(key: Key) -> bool:
    return key.reference in {*BY_ISRC.values(), *BY_UPC.values(), "R2"}


class Sums(NamedTuple):
    lines: int
    quantity: int
    net: Decimal
    revenue: Decimal
    files: str


def summed(found: list[Sale], matched: bool) -> dict[Key, Sums]:
    groups: dict[Key, list[Sale]] = defaultdict(list)
    for sale in found:
        if is_matched(sale.key) == matched:
            groups[sale.key].append(sale)
    return {key: _sums(each) for key, each in groups.items()}


def _sums(found: list[Sale]) -> Sums:
    return Sums(
        len(found),
        sum(sale.quantity for sale in found),
        sum((sale.net for sale in found), Decimal(0)),
        sum((sale.revenue for sale in found), Decimal(0)),
        " ".join(sorted({sale.file for sale in found})),
    )


def by_dsp(found: list[Sale]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for sale in found:
        sums[sale.key.dsp] += sale.revenue
    return dict(sums)
