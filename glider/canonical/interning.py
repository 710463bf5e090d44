"""Interned texts: each different text is stored once, and a column of texts is a column of small numbers.

Columns of names, codes and months repeat. What follows from a text is computed once for each different text, not once
for each row. All texts of a job share one set, so that columns can be compared, joined and grouped by their numbers.
The set is freed with the last column that uses it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
import polars as pl

from glider.canonical.expressions import Kind
from glider.contract import Cause
from glider.errors import JobFailed

Function = Callable[[pl.Series], pl.Series]
Look = Callable[[pl.Expr, Function, Kind], pl.Expr]  # the signature of `by_value` and `Lookups.add`
Numbers = np.ndarray[Any, np.dtype[np.uint32]]
Found = np.ndarray[Any, np.dtype[np.int32]]
MOST_TEXTS: Final = 20_000_000  # of a job, in all columns together
MOST_BYTES: Final = 1024**3  # of the texts of one column, and of all columns of a `Tidied`
_UNKNOWN: Final = np.int32(-(2**31))
_NULL: Final = np.int32(-(2**31) + 1)


class TooManyTexts(JobFailed):
    """The file has more different texts than memory is meant to hold."""

    # Polars raises the exception of an expression again with a text of its own, which this one ignores.
    def __init__(self, *_: object) -> None:
        text = f"The file has more than {MOST_TEXTS:,} different names and codes, or very long ones: send it in parts."
        super().__init__(Cause.TOO_LARGE, text)


def text_kind() -> pl.Categorical:
    """The type of an interned column."""
    # Made at each call, because a type that is stored somewhere keeps all texts of the set alive.
    return pl.Categorical(pl.Categories("text"))


def stored_kind(kind: Kind) -> Kind:
    """The type that a column of `kind` has while a file is processed: strings are interned."""
    return text_kind() if kind == pl.String else kind


def interned(text: pl.Expr | str) -> pl.Expr:
    """`text`, a literal or an expression of strings, as interned texts."""
    return (pl.lit(text) if isinstance(text, str) else text).cast(text_kind())


def nothing() -> pl.Expr:
    """The null of an interned column."""
    return pl.lit(None, dtype=text_kind())


def with_strings(texts: pl.LazyFrame) -> pl.LazyFrame:
    """`texts` with all interned columns as strings."""
    return texts.cast({pl.Categorical: pl.String})


def by_value(cells: pl.Expr, function: Function, kind: Kind) -> pl.Expr:
    """Apply `function` (strings to as many values of `kind`) once to each different text of `cells`.

    A null is given to `function` as a null. Values that are strings come as interned texts.
    """
    memory = _Memory(function, stored_kind(kind))
    numbers = cells.cast(text_kind()).to_physical()
    return _as_kind(numbers.map_batches(memory.look_up, pl.Int32, is_elementwise=True), kind)


class Lookups:
    """`by_value` for several columns at once.

    `add` returns the expression of a value, which holds in a frame after `onto`, where all values are looked up.
    """

    # One call into Python for each batch instead of one for each column: threads take turns at Python.

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers: list[pl.Expr] = []
        self._memories: list[_Memory] = []

    def add(self, cells: pl.Expr, function: Function, kind: Kind) -> pl.Expr:
        """Like `by_value`."""
        place = str(len(self._memories))
        self._memories.append(_Memory(function, stored_kind(kind)))
        self._numbers.append(cells.cast(text_kind()).to_physical())
        return _as_kind(pl.col(self._name).struct.field(place), kind)

    def onto(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """`frame` with the values of all columns that were added."""
        if not self._memories:
            return frame
        kind = pl.Struct({str(place): pl.Int32 for place in range(len(self._memories))})
        found = pl.map_batches(self._numbers, self._look_up, kind, is_elementwise=True)
        return frame.with_columns(found.alias(self._name))

    def _look_up(self, batches: Sequence[pl.Series]) -> pl.Series:
        pairs = zip(self._memories, batches, strict=True)
        found = [memory.look_up(batch).alias(str(place)) for place, (memory, batch) in enumerate(pairs)]
        return pl.DataFrame(found).to_struct(self._name)


class Tidied:
    """Columns of strings as interned texts to which `tidy`, an expression of a string, was applied.

    `add` returns the expression of a column's texts, which holds in a frame after `onto`. A null becomes an empty text.
    """

    # Nearly all batches have only texts that `tidy` does not change: they are passed on as they are.

    def __init__(self, name: str, tidy: Callable[[pl.Expr], pl.Expr]) -> None:
        self._name = name
        self._memory = _TidyMemory(tidy)
        self._places: list[str] = []

    def add(self, place: str) -> pl.Expr:
        self._places.append(place)
        return pl.col(self._name).struct.field(place)

    def onto(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """`frame` with the texts of all columns that were added."""
        if not self._places:
            return frame
        kind = pl.Struct(dict.fromkeys(self._places, text_kind()))
        cells = [interned(pl.col(place).fill_null("")) for place in self._places]
        numbers = [cell.to_physical() for cell in cells]
        tidied = pl.map_batches([*cells, *numbers], self._tidy, kind, is_elementwise=True)
        return frame.with_columns(tidied.alias(self._name))

    def _tidy(self, batches: Sequence[pl.Series]) -> pl.Series:
        """`batches`: first the texts of each column, then their numbers."""
        count = len(self._places)
        columns = zip(self._places, batches[:count], batches[count:], strict=True)
        made = [self._memory.tidy(texts, numbers).alias(place) for place, texts, numbers in columns]
        return pl.DataFrame(made).to_struct(self._name)


def _as_kind(found: pl.Expr, kind: Kind) -> pl.Expr:
    return _texts_of(found) if kind == pl.String else found.cast(kind)


def _texts_of(numbers: pl.Expr) -> pl.Expr:
    return numbers.cast(pl.UInt32).cat.to(text_kind())


def each(function: Callable[[str], str | None]) -> Function:
    """`function`, which takes one cell, as a function for `by_value`; a null is given as an empty text."""
    return lambda values: pl.Series([function(value or "") for value in values], dtype=pl.String)


class _Memory:
    """The values of a function for the texts it was given, by the number of the text.

    `_known` holds the values as numbers: of texts, days, or 0 and 1. Its last entry is always unknown, so that every
    higher number is looked up there. Raises TooManyTexts, as all texts are in memory.
    """

    # Batches come from several threads. Only writing is locked: two threads that learn a text learn the same value, and
    # a thread that reads an older array finds its text unknown and learns it again.

    def __init__(self, function: Function, kind: Kind) -> None:
        self._function = function
        self._kind = kind
        self._known = np.full(1, _UNKNOWN)
        self._null: int | None = None
        self._bytes = 0
        self._writing = threading.Lock()

    def look_up(self, batch: pl.Series) -> pl.Series:
        """The values of a batch of numbers of texts."""
        blank = batch.is_null() if batch.null_count() else None
        numbers = (batch if blank is None else batch.fill_null(0)).to_numpy()
        found = self._found(numbers)
        if blank is not None:
            found = np.where(blank.to_numpy(), self._null_value(), found)
        series = pl.Series(batch.name, found)
        return series.set(series == _NULL, None) if len(found) and found.min() == _NULL else series

    def _found(self, numbers: Numbers) -> Found:
        found: Found = np.take(self._known, numbers, mode="clip")
        if len(found) and found.min() == _UNKNOWN:
            self._learn(np.unique(numbers[found == _UNKNOWN]))
            found = np.take(self._known, numbers, mode="clip")
        return found

    def _learn(self, numbers: Numbers) -> None:
        values, size = self._computed(numbers)
        with self._writing:
            self._bytes += size
            _refuse_too_many(int(numbers[-1]), self._bytes)
            self._grow(int(numbers[-1]) + 2)
            self._known[numbers] = values

    def _computed(self, numbers: Numbers) -> tuple[Found, int]:
        """The values of the texts with `numbers`, and the bytes of these texts."""
        texts = pl.Series(numbers).to_frame("text").select(_texts_of(pl.col("text")).cast(pl.String)).to_series()
        return self._apply(texts), int(texts.str.len_bytes().sum())

    def _apply(self, texts: pl.Series) -> Found:
        values = self._function(texts).cast(self._kind).to_physical().cast(pl.Int32)
        found: Found = (values.fill_null(int(_NULL)) if values.null_count() else values).to_numpy()
        return found

    def _null_value(self) -> int:
        if self._null is None:
            self._null = int(self._apply(pl.Series([None], dtype=pl.String))[0])
        return self._null

    def _grow(self, least: int) -> None:
        missing = least - len(self._known)
        if missing > 0:
            self._known = np.concatenate([self._known, np.full(max(missing, len(self._known)), _UNKNOWN)])


class _TidyMemory(_Memory):
    """The texts that an expression makes of texts.

    `_unchanged_below`: every text with a smaller number is left unchanged by the expression.
    """

    # While all texts so far are unchanged, only the largest number of a batch is looked at (measured: docs/speed.md).

    def __init__(self, tidy: Callable[[pl.Expr], pl.Expr]) -> None:
        super().__init__(lambda texts: texts, text_kind())
        text = _texts_of(pl.col("text")).cast(pl.String)
        made = interned(tidy(text)).to_physical().cast(pl.Int32)
        self._made = (made.fill_null(pl.lit(_UNKNOWN, dtype=pl.Int32)), text.str.len_bytes().alias("bytes"))
        self._unchanged_below = 0
        self._changes = False

    def tidy(self, texts: pl.Series, numbers: pl.Series) -> pl.Series:
        before = numbers.to_numpy()
        if not len(before) or self._are_unchanged(int(before.max())):
            return texts
        found = self._found(before).view(np.uint32)
        return texts if np.array_equal(found, before) else pl.Series(found).cat.to(text_kind())

    def _are_unchanged(self, last: int) -> bool:
        """Whether the expression leaves all texts up to number `last` unchanged."""
        if last >= self._unchanged_below and not self._changes:
            self._extend_unchanged(np.arange(self._unchanged_below, last + 1, dtype=np.uint32))
        return last < self._unchanged_below

    def _extend_unchanged(self, numbers: Numbers) -> None:
        """Raise `_unchanged_below` by the next `numbers`, up to the first text that is changed or not yet known."""
        self._learn(numbers)
        found = self._known[numbers]
        # A text may be unknown although it has a number: another thread is about to add it.
        others = np.flatnonzero(found != numbers)
        self._changes = len(others) > 0 and found[others[0]] != _UNKNOWN
        self._unchanged_below = int(numbers[others[0]] if len(others) else numbers[-1] + 1)

    def _computed(self, numbers: Numbers) -> tuple[Found, int]:
        made = pl.Series(numbers).to_frame("text").select(self._made)
        return made["text"].to_numpy(), int(made["bytes"].sum())


def _refuse_too_many(number: int, size: int) -> None:
    if number >= MOST_TEXTS or size > MOST_BYTES:
        raise TooManyTexts
