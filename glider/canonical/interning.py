"""Texts that are kept once each: a column of them is a column of small numbers, and what is worked out of a text is
worked out once for each different one, not once a row.

Columns of names, codes and months repeat; every text of a job shares one set, so that columns can be compared, chosen
between and grouped by without looking at a letter. The set is gone when the last column of it is.
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
Look = Callable[[pl.Expr, Function, Kind], pl.Expr]  # as `by_value` and `Lookups.add` do
Numbers = np.ndarray[Any, np.dtype[np.uint32]]
Found = np.ndarray[Any, np.dtype[np.int32]]
MOST_TEXTS: Final = 20_000_000  # of a job, all columns together
MOST_BYTES: Final = 1024**3  # of the texts of a column, and of all that are tidied
_UNKNOWN: Final = np.int32(-(2**31))
_NULL: Final = np.int32(-(2**31) + 1)


class TooManyTexts(JobFailed):
    """Polars makes an error of an expression anew, with words of its own: those are left out."""

    def __init__(self, *_: object) -> None:
        text = f"The file has more than {MOST_TEXTS:,} different names and codes, or very long ones: send it in parts."
        super().__init__(Cause.TOO_LARGE, text)


def text_kind() -> pl.Categorical:
    """Asked for anew each time, as a type that is held keeps all its texts."""
    return pl.Categorical(pl.Categories("text"))


def stored_kind(kind: Kind) -> Kind:
    """How a column of the canonical line is kept while it is worked on."""
    return text_kind() if kind == pl.String else kind


def interned(text: pl.Expr | str) -> pl.Expr:
    return (pl.lit(text) if isinstance(text, str) else text).cast(text_kind())


def nothing() -> pl.Expr:
    return pl.lit(None, dtype=text_kind())


def with_strings(texts: pl.LazyFrame) -> pl.LazyFrame:
    """With strings for every text."""
    return texts.cast({pl.Categorical: pl.String})


def by_value(cells: pl.Expr, function: Function, kind: Kind) -> pl.Expr:
    """Apply `function` (strings to as many values of `kind`) once to each different text; strings become texts.

    A null is given to `function` as null.
    """
    memory = _Memory(function, stored_kind(kind))
    numbers = cells.cast(text_kind()).to_physical()
    return _as_kind(numbers.map_batches(memory.look_up, pl.Int32, is_elementwise=True), kind)


class Lookups:
    """Values of texts for several columns at once: one call into Python a batch, as each takes its turn.

    `add` gives the expression of the value; it may be used behind `onto`, which looks all of them up.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._numbers: list[pl.Expr] = []
        self._memories: list[_Memory] = []

    def add(self, cells: pl.Expr, function: Function, kind: Kind) -> pl.Expr:
        """Like `by_value`; `cells` is a column."""
        place = str(len(self._memories))
        self._memories.append(_Memory(function, stored_kind(kind)))
        self._numbers.append(cells.cast(text_kind()).to_physical())
        return _as_kind(pl.col(self._name).struct.field(place), kind)

    def onto(self, frame: pl.LazyFrame) -> pl.LazyFrame:
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
    """Columns of strings as texts that are made anew by `tidy`, an expression of a string that is the same for all of
    them. A batch of texts that it leaves as they are, as nearly all, goes on as it came.

    `add` gives the expression of a column's texts, to be used behind `onto`. A null is an empty text.
    """

    def __init__(self, name: str, tidy: Callable[[pl.Expr], pl.Expr]) -> None:
        self._name = name
        self._memory = _TidyMemory(tidy)
        self._places: list[str] = []

    def add(self, place: str) -> pl.Expr:
        self._places.append(place)
        return pl.col(self._name).struct.field(place)

    def onto(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        if not self._places:
            return frame
        kind = pl.Struct(dict.fromkeys(self._places, text_kind()))
        cells = [interned(pl.col(place).fill_null("")) for place in self._places]
        numbers = [cell.to_physical() for cell in cells]
        tidied = pl.map_batches([*cells, *numbers], self._tidy, kind, is_elementwise=True)
        return frame.with_columns(tidied.alias(self._name))

    def _tidy(self, batches: Sequence[pl.Series]) -> pl.Series:
        """`batches`: the columns' texts, then the numbers of these."""
        count = len(self._places)
        columns = zip(self._places, batches[:count], batches[count:], strict=True)
        made = [self._memory.tidy(texts, numbers).alias(place) for place, texts, numbers in columns]
        return pl.DataFrame(made).to_struct(self._name)


def _as_kind(found: pl.Expr, kind: Kind) -> pl.Expr:
    return _texts_of(found) if kind == pl.String else found.cast(kind)


def _texts_of(numbers: pl.Expr) -> pl.Expr:
    return numbers.cast(pl.UInt32).cat.to(text_kind())


def each(function: Callable[[str], str | None]) -> Function:
    """`function` of a cell, for `by_value`."""
    return lambda values: pl.Series([function(value or "") for value in values], dtype=pl.String)


class _Memory:
    """What a function made of the texts it has seen, by the number of the text. Batches come from several threads.

    `_known` holds the numbers of texts, days, or 0 and 1; behind its last text is one that is always unknown. Two
    threads that learn the same text learn the same of it. Texts without number or end raise `JobFailed`: they are all
    in memory.
    """

    def __init__(self, function: Function, kind: Kind) -> None:
        self._function = function
        self._kind = kind
        self._known = np.full(1, _UNKNOWN)
        self._null: int | None = None
        self._bytes = 0
        self._writing = threading.Lock()

    def look_up(self, batch: pl.Series) -> pl.Series:
        """Numbers of texts to what is known of them."""
        blank = batch.is_null() if batch.null_count() else None
        numbers = (batch if blank is None else batch.fill_null(0)).to_numpy()
        found = self._found(numbers)
        if blank is not None:
            found = np.where(blank.to_numpy(), self._of_null(), found)
        series = pl.Series(batch.name, found)
        return series.set(series == _NULL, None) if len(found) and found.min() == _NULL else series

    def _found(self, numbers: Numbers) -> Found:
        found: Found = np.take(self._known, numbers, mode="clip")
        if len(found) and found.min() == _UNKNOWN:
            self._learn(np.unique(numbers[found == _UNKNOWN]))
            found = np.take(self._known, numbers, mode="clip")
        return found

    def _learn(self, numbers: Numbers) -> None:
        values, size = self._worked_out(numbers)
        with self._writing:
            self._bytes += size
            _refuse_too_many(int(numbers[-1]), self._bytes)
            self._grow(int(numbers[-1]) + 2)
            self._known[numbers] = values

    def _worked_out(self, numbers: Numbers) -> tuple[Found, int]:
        """The values of texts, and how many bytes these have."""
        texts = pl.Series(numbers).to_frame("text").select(_texts_of(pl.col("text")).cast(pl.String)).to_series()
        return self._applied(texts), int(texts.str.len_bytes().sum())

    def _applied(self, texts: pl.Series) -> Found:
        values = self._function(texts).cast(self._kind).to_physical().cast(pl.Int32)
        found: Found = (values.fill_null(int(_NULL)) if values.null_count() else values).to_numpy()
        return found

    def _of_null(self) -> int:
        if self._null is None:
            self._null = int(self._applied(pl.Series([None], dtype=pl.String))[0])
        return self._null

    def _grow(self, least: int) -> None:
        missing = least - len(self._known)
        if missing > 0:
            self._known = np.concatenate([self._known, np.full(max(missing, len(self._known)), _UNKNOWN)])


class _TidyMemory(_Memory):
    """Texts made of texts by an expression.

    `_settled`: every text with a smaller number stays as it is. Until one is met that does not, only the largest number
    of a batch is looked at.
    """

    def __init__(self, tidy: Callable[[pl.Expr], pl.Expr]) -> None:
        super().__init__(lambda texts: texts, text_kind())
        text = _texts_of(pl.col("text")).cast(pl.String)
        made = interned(tidy(text)).to_physical().cast(pl.Int32)
        self._made = (made.fill_null(pl.lit(_UNKNOWN, dtype=pl.Int32)), text.str.len_bytes().alias("bytes"))
        self._settled = 0
        self._changes = False

    def tidy(self, texts: pl.Series, numbers: pl.Series) -> pl.Series:
        before = numbers.to_numpy()
        if not len(before) or self._stay(int(before.max())):
            return texts
        found = self._found(before).view(np.uint32)
        return texts if np.array_equal(found, before) else pl.Series(found).cat.to(text_kind())

    def _stay(self, last: int) -> bool:
        """Whether the texts up to number `last` all stay as they are."""
        if last >= self._settled and not self._changes:
            self._settle(np.arange(self._settled, last + 1, dtype=np.uint32))
        return last < self._settled

    def _settle(self, numbers: Numbers) -> None:
        """As far as they are known: a text may have its number, and be about to be added by another thread."""
        self._learn(numbers)
        found = self._known[numbers]
        others = np.flatnonzero(found != numbers)
        self._changes = len(others) > 0 and found[others[0]] != _UNKNOWN
        self._settled = int(numbers[others[0]] if len(others) else numbers[-1] + 1)

    def _worked_out(self, numbers: Numbers) -> tuple[Found, int]:
        made = pl.Series(numbers).to_frame("text").select(self._made)
        return made["text"].to_numpy(), int(made["bytes"].sum())


def _refuse_too_many(number: int, size: int) -> None:
    if number >= MOST_TEXTS or size > MOST_BYTES:
        raise TooManyTexts
