"""Hashes of sale lines: a number of 64 bits for each line, which is equal for equal sales of any file and layout.

A sale is what was sold, by whom, where, in which month, and for how much. What was sold is told by codes, artist and
title; by the release only where there is no ISRC, as not every layout of a sender has one. Lines without money are left
out: they are alike in every statement, and cost nothing when they count twice. Hashes are stored, so they depend on
nothing but the text of a line: not on the processor, nor on the version of a library.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from glider.canonical.interning import text_kind

RULE: Final = 1  # grows when equal lines get another hash: hashes of different rules are not compared
LINE: Final = "line"
MONEY: Final = "money"
_TEXTS: Final = ("territory", "isrc", "artist", "track", "usage", "currency")
_OF_RELEASE: Final = ("release", "catalogue_number")
_STEP: Final = np.uint64(0x9E3779B97F4A7C15)
_LOWER: Final = np.uint64(2**32 - 1)
Hashes = np.ndarray[Any, np.dtype[np.uint64]]


def line_hashes(lines: pl.LazyFrame, wanted: pl.Expr | None = None) -> pl.LazyFrame:
    """Return `period`, `LINE` (the hash) and `MONEY` (revenue without its sign) of the sale `lines` that have money.

    The upper half of a hash is of the numbers, the lower half of the texts, which take longer. `wanted`: a condition on
    `LINE`, which has only its upper half then, for lines that are to be hashed at all.
    """
    numbers = pl.map_batches(["quantity", "net"], _of_numbers, pl.UInt64, is_elementwise=True).alias(LINE)
    with_money = lines.filter(pl.col("net") != 0).with_columns(numbers)
    chosen = with_money if wanted is None else with_money.filter(wanted)
    return chosen.select("period", pl.col(LINE) | _texts_hashed(), pl.col("revenue").abs().alias(MONEY))


def _of_numbers(batch: Sequence[pl.Series]) -> pl.Series:
    quantity, net = batch
    return pl.Series(LINE, _mixed([_of_quantity(quantity), *_of_amount(net)]) & ~_LOWER)


def _texts_hashed() -> pl.Expr:
    texts, codes = _TextHashes(lambda text: text), _TextHashes(lambda text: text.lstrip("0"))
    # A store that is no service, such as a record shop, stands for itself.
    service = pl.coalesce(pl.col("dsp").cast(text_kind()), pl.col("store").cast(text_kind())).alias("service")
    without_isrc = pl.col("isrc").is_null()
    of_release = [pl.when(without_isrc).then(pl.col(name).cast(text_kind())).alias(name) for name in _OF_RELEASE]
    columns = [pl.col("upc").cast(text_kind()), service, *(pl.col(name).cast(text_kind()) for name in _TEXTS)]

    def hashed(batch: Sequence[pl.Series]) -> pl.Series:
        upc, *others = batch
        return pl.Series(LINE, _mixed([codes.of(upc), *map(texts.of, others)]) & _LOWER)

    return pl.map_batches([*columns, *of_release], hashed, pl.UInt64, is_elementwise=True)


class _TextHashes:
    """The hash of each different text, computed once; a null and a blank have the hash 0."""

    def __init__(self, tidy: Callable[[str], str]) -> None:
        self._tidy = tidy
        self._lock = threading.Lock()
        self._hashes: Hashes = np.zeros(0, dtype=np.uint64)
        self._seen = np.zeros(0, dtype=np.bool_)

    def of(self, texts: pl.Series) -> Hashes:
        """Return the hash of each of `texts`, a column of interned texts."""
        numbers, nulls = texts.to_physical().fill_null(0).to_numpy(), texts.is_null().to_numpy()
        with self._lock:
            self._learn(texts, numbers, nulls)
            found: Hashes = self._hashes[numbers]
        found[nulls] = 0
        return found

    def _learn(self, texts: pl.Series, numbers: Any, nulls: Any) -> None:
        if (more := int(numbers.max(initial=0)) + 1 - len(self._seen)) > 0:
            self._hashes = np.concatenate([self._hashes, np.zeros(more + len(self._seen), dtype=np.uint64)])
            self._seen = np.concatenate([self._seen, np.zeros(more + len(self._seen), dtype=np.bool_)])
        new = ~self._seen[numbers] & ~nulls
        if not new.any():
            return
        different = texts.filter(pl.Series(new)).unique()
        places = different.to_physical().to_numpy()
        self._hashes[places] = [_of_text(self._tidy(text)) for text in different.cast(pl.String)]
        self._seen[places] = True


def _of_text(text: str) -> int:
    plain = text.strip().casefold()
    return int.from_bytes(hashlib.blake2b(plain.encode(), digest_size=8).digest(), "little") if plain else 0


def _of_quantity(quantity: pl.Series) -> Hashes:
    return quantity.fill_null(0).to_numpy().astype(np.int64).view(np.uint64)


def _of_amount(amounts: pl.Series) -> tuple[Hashes, Hashes]:
    """The two halves of each amount, which Arrow holds as a whole number of 128 bits."""
    found = amounts.to_arrow()
    halves = np.frombuffer(found.buffers()[1], dtype=np.uint64)
    halves = halves[2 * found.offset : 2 * (found.offset + len(found))]
    return halves[0::2].copy(), halves[1::2].copy()


def _mixed(parts: Sequence[Hashes]) -> Hashes:
    """One hash of each line's `parts`, by the mixing steps of SplitMix64."""
    line = np.zeros(len(parts[0]), dtype=np.uint64)
    for part in parts:
        line = (line ^ part) + _STEP
        line = (line ^ (line >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        line = (line ^ (line >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        line ^= line >> np.uint64(31)
    return line
