"""What follows from a text is computed once for each different text, with the same values as for every line."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from glider.canonical import interning
from glider.canonical.interning import Tidied, by_value, each, interned, with_strings
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.driving import distrokid, drive


def columns(*cells: str | None) -> pl.LazyFrame:
    return pl.LazyFrame({"cell": cells}, schema={"cell": pl.String}).select(interned(pl.col("cell")))


def test_a_function_is_applied_to_each_different_text_and_not_to_each_line() -> None:
    asked: list[str] = []

    def upper(text: str) -> str:
        asked.append(text)
        return text.upper()

    frame = columns(*["a", "b"] * 50_000).with_columns(found=by_value(pl.col("cell"), each(upper), pl.String))
    assert with_strings(frame).collect(engine="streaming")["found"].to_list() == ["A", "B"] * 50_000
    assert set(asked) == {"a", "b"}
    assert len(asked) <= 2 * pl.thread_pool_size()  # threads that meet a text at the same moment each ask


def test_a_function_may_return_null_and_is_given_nulls() -> None:
    known = by_value(pl.col("cell"), lambda cells: cells.replace({"a": "A", "b": None}), pl.String)
    assert with_strings(columns("a", None, "b", "").with_columns(known)).collect()["cell"].to_list() == [
        "A",
        None,
        None,
        "",
    ]
    stated = by_value(pl.col("cell"), each(lambda text: text or "nothing"), pl.String)
    assert with_strings(columns(None, "a").with_columns(stated)).collect()["cell"].to_list() == ["nothing", "a"]


@pytest.mark.parametrize(
    ("kind", "values"), [(pl.Date, [date(2025, 7, 1), None]), (pl.Boolean, [True, None]), (pl.Int32, [7, None])]
)
def test_values_have_the_kind_that_the_caller_names(kind: pl.DataType, values: list[object]) -> None:
    answers = dict(zip("ab", values, strict=True))
    values_of = by_value(pl.col("cell"), lambda cells: pl.Series([answers[cell] for cell in cells], dtype=kind), kind)
    found = columns("b", "a", "b").select(values_of).collect()["cell"]
    assert (found.dtype, found.to_list()) == (kind, [values[1], values[0], values[1]])


def test_batches_from_several_threads_get_the_same_values() -> None:
    turned = by_value(pl.col("cell"), each(lambda text: text[::-1]), pl.String)
    frames = [columns(*(f"text {n}" for n in range(start, start + 3000))) for start in range(0, 24_000, 1500)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda frame: with_strings(frame.with_columns(turned=turned)).collect(), frames))
    assert all(text == turned[::-1] for frame in found for text, turned in frame.iter_rows())


def tidy(*cells: str | None) -> list[str]:
    texts = Tidied("texts", lambda cell: cell.str.strip_chars())
    tidied = texts.add("cell").alias("tidied")
    frame = pl.LazyFrame({"cell": cells}, schema={"cell": pl.String})
    return with_strings(texts.onto(frame).with_columns(tidied)).collect(engine="streaming")["tidied"].to_list()


def test_texts_are_tidied_even_when_most_need_not_be() -> None:
    assert tidy("a", "b", "a") == ["a", "b", "a"]
    assert tidy("a", " b", "b", "a ", "") == ["a", "b", "b", "a", ""]
    assert tidy(None, " ") == ["", ""]


def test_a_text_is_tidied_in_every_column_in_which_it_stands() -> None:
    texts = Tidied("texts", lambda cell: cell.str.strip_chars())
    frame = pl.LazyFrame({"one": [" a", "b"] * 50_000, "other": ["b", " a"] * 50_000})
    columns = [texts.add(name).alias(name) for name in ("one", "other")]
    found = with_strings(texts.onto(frame).with_columns(columns).select("one", "other")).collect(engine="streaming")
    assert found.equals(pl.DataFrame({"one": ["a", "b"] * 50_000, "other": ["b", "a"] * 50_000}))


def test_texts_are_tidied_by_several_threads_however_late_the_first_comes_that_needs_it() -> None:
    texts = Tidied("texts", lambda cell: cell.str.strip_chars())
    tidied = texts.add("cell").alias("tidied")
    batches = [[f"text {n}" for n in range(start, start + 2000)] for start in range(0, 40_000, 1000)]
    batches[30].append(" late ")

    def made(cells: list[str]) -> list[str]:
        frame = texts.onto(pl.LazyFrame({"cell": cells})).with_columns(tidied)
        return with_strings(frame).collect(engine="streaming")["tidied"].to_list()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(made, batches))
    assert found == [[cell.strip() for cell in cells] for cells in batches]


def test_the_set_of_texts_is_freed_with_its_last_column() -> None:
    assert columns("first").collect()["cell"].to_physical().to_list() == [0]
    assert columns("second", "first").collect()["cell"].to_physical().to_list() == [0, 1]


@pytest.mark.parametrize("limit", [{"MOST_TEXTS": 50}, {"MOST_BYTES": 100}])
def test_a_file_with_too_many_different_texts_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: dict[str, int]
) -> None:
    for name, value in limit.items():
        monkeypatch.setattr(interning, name, value)
    lines = [f"2025-07|Spotify|Song {n}|QZAAA25{n:05}||1|0.5" for n in range(60)]
    with pytest.raises(JobFailed) as failed:
        drive(distrokid(*lines), tmp_path)
    assert failed.value.cause is Cause.TOO_LARGE
    assert "send it in parts" in failed.value.message
