"""The work of every engine: which columns of a file it reads, and as what type."""

from __future__ import annotations

from typing import Final, NamedTuple

from benchmarks.files import DIMENSIONS, KINDS, Kind


class Wanted(NamedTuple):
    """Columns of a kind of file by type. `upper`: texts that are upper-cased too; `groups`: dimension → column."""

    kind: Kind
    months: dict[str, str]  # column → its notation
    texts: tuple[str, ...]
    upper: frozenset[str]
    amounts: tuple[str, ...]
    quantity: str
    net: str
    groups: dict[str, str]


WANTED: Final = {
    "distrokid": Wanted(
        kind=KINDS["distrokid"],
        months={"Reporting Date": "%Y-%m-%d", "Sale Month": "%Y-%m"},
        texts=("Store", "Artist", "Title", "ISRC", "UPC", "Song/Album", "Country of Sale"),
        upper=frozenset({"ISRC", "Country of Sale"}),
        amounts=("Earnings (USD)",),
        quantity="Quantity",
        net="Earnings (USD)",
        groups=dict(zip(DIMENSIONS, ("Artist", "Store", "Country of Sale", "ISRC", "UPC"), strict=True)),
    ),
    "believe": Wanted(
        kind=KINDS["believe"],
        months={"Reporting month": "%Y/%m/%d", "Sales Month": "%Y/%m/%d"},
        texts=(
            "Platform", "Country / Region", "Label Name", "Artist Name", "Release title", "Track title", "UPC", "ISRC",
            "Release Catalog nb", "Streaming Subscription Type", "Sales Type", "Client Payment Currency",
        ),
        upper=frozenset({"ISRC", "Country / Region"}),
        amounts=("Gross Revenue", "Net Revenue"),
        quantity="Quantity",
        net="Net Revenue",
        groups=dict(zip(DIMENSIONS, ("Artist Name", "Platform", "Country / Region", "ISRC", "UPC"), strict=True)),
    ),
}  # fmt: skip
