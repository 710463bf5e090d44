"""What two files share: counted exactly, line by line, as often as both have it."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from glider.contract import ImporterResult, Overlap
from glider.importer import overlaps
from glider.importer.overlaps import shared_lines
from oas.kernel.storage import storage
from tests.glider.cleaning.test_job import cleaned, cleaning_message, folder, imported, importer_message
from tests.glider.driving import DISTROKID_2025, distrokid
from tests.glider.importer.test_line_hashes import SALE, frame

LINES = st.lists(st.tuples(st.integers(1, 5), st.integers(-3, 3)), max_size=40)


def written(path: Path, lines: list[tuple[int, int]], rate: int) -> Path:
    sales = [
        {**SALE, "quantity": quantity, "net": Decimal(net), "revenue": Decimal(net * rate)} for quantity, net in lines
    ]
    frame(*sales).collect().write_parquet(path)
    return path


@settings(deadline=None, max_examples=60)
@given(LINES, LINES, st.integers(1, 7))
def test_shared_lines_are_those_that_both_have(
    tmp_path_factory: pytest.TempPathFactory, one: list[tuple[int, int]], other: list[tuple[int, int]], at_a_time: int
) -> None:
    where = tmp_path_factory.mktemp("shared")
    paths = written(where / "one", one, 2), written(where / "other", other, 3)
    both = {line: times for line, times in (Counter(one) & Counter(other)).items() if line[1]}
    found = shared_lines(*paths, at_a_time=at_a_time)
    money = Decimal(sum(abs(net) * times for (_, net), times in both.items()))
    assert (found.lines, found.money, found.other_money) == (sum(both.values()), money * 2, money * 3)


# --- the job ---


class Sender:
    """Imports files of one organisation that no other test has."""

    def __init__(self, where: Path) -> None:
        self.where = where
        self.organisation = int(uuid4().int % 10**12)
        self.number = 0

    def send(self, content: str, **file: Any) -> ImporterResult:
        self.number += 1
        where = folder(self.where, str(self.number))
        message = cleaning_message(content)
        source = message.file.model_copy(update={"id": self.number, **file})
        message = message.model_copy(update={"organisation": self.organisation, "file": source})
        result = cleaned(message, folder(where, "cleaning"))
        job = importer_message(message, result, "1").model_copy(update={"organisation": self.organisation})
        return imported(job, folder(where, "importer"))


@pytest.fixture
def sender(tmp_path: Path) -> Sender:
    return Sender(tmp_path)


def month(name: str, *songs: int, net: str = "0.4125") -> list[str]:
    return [f"{name}|Spotify|Song {n}|QZAAA25{n:05}|198000000001|{n}|{net}" for n in songs]


def figures(overlap: Overlap) -> tuple[Any, ...]:
    return (overlap.file, overlap.periods, overlap.lines, overlap.money, overlap.file_lines, overlap.other_file_lines)


def test_an_export_of_all_time_overlaps_with_the_one_before(sender: Sender) -> None:
    january, february = month("2025-01", *range(1, 41)), month("2025-02", *range(1, 61))
    assert sender.send(distrokid(*january)).overlaps == []
    (found,) = sender.send(distrokid(*january, *february)).overlaps
    assert figures(found) == (1, ["2025-01"], 40, Decimal("16.5"), 100, 40)
    assert (found.file_money, found.other_money, found.other_file_money) == (
        Decimal("41.25"),
        Decimal("16.5"),
        Decimal("16.5"),
    )


def test_the_same_month_in_another_layout_of_the_sender_overlaps(sender: Sender) -> None:
    sender.send(distrokid(*month("2025-01", 1, 2, 3)))
    lines = [
        f"2025-03-25,2025-03-25,2025-01,Spotify,Artist A,Song {n},QZAAA25{n:05},198000000001,{n},100,Song,US,0,0.4125,"
        for n in (1, 2, 3, 4)
    ]
    (found,) = sender.send("\n".join([DISTROKID_2025, *lines]) + "\n").overlaps
    assert (found.file, found.lines) == (1, 3)


def test_months_that_hold_other_lines_do_not_overlap(sender: Sender) -> None:
    sender.send(distrokid(*month("2025-01", *range(1, 41))))
    assert sender.send(distrokid(*month("2025-02", *range(1, 41)))).overlaps == []
    assert sender.send(distrokid(*month("2025-01", *range(41, 81)))).overlaps == []
    assert sender.send(distrokid(*month("2025-01", *range(1, 41), net="0.5"))).overlaps == []


def test_late_lines_that_repeat_a_small_amount_do_not_overlap(sender: Sender) -> None:
    """A stream for the smallest amount, of the same track and country as one in the statement before."""
    sender.send(distrokid(*month("2025-01", *range(1, 101), net="0.001")))
    late = month("2025-01", *range(1, 6), net="0.001")
    assert sender.send(distrokid(*late, *month("2025-02", *range(1, 101)))).overlaps == []


@pytest.mark.parametrize(
    ("more", "shared"),
    [
        ([*range(1, 20), *range(101, 122)], None),  # 19 of 40 lines and of as much money
        ([*range(1, 21), *range(101, 121)], 20),
        ([*range(1, 40), *range(101, 501)], 39),  # nearly all of the first are a small part of the second
    ],
)
def test_half_of_a_month_of_either_file_is_needed(sender: Sender, more: list[int], shared: int | None) -> None:
    sender.send(distrokid(*month("2025-01", *range(1, 41))))
    assert [each.lines for each in sender.send(distrokid(*month("2025-01", *more))).overlaps] == (
        [shared] * bool(shared)
    )


def test_half_of_the_money_of_a_month_is_needed(sender: Sender) -> None:
    dear, cheap = month("2025-01", *range(1, 11), net="100"), month("2025-01", *range(11, 41))
    sender.send(distrokid(*dear, *cheap))
    assert sender.send(distrokid(*cheap, *month("2025-01", *range(51, 61), net="90"))).overlaps == []


def test_lines_without_money_never_overlap(sender: Sender) -> None:
    sender.send(distrokid(*month("2025-01", 1, 2, 3, net="0.00")))
    assert sender.send(distrokid(*month("2025-01", 1, 2, 3, 4, net="0.00"))).overlaps == []


def test_a_file_that_is_imported_again_does_not_overlap_with_itself(sender: Sender) -> None:
    text = distrokid(*month("2025-01", 1, 2, 3))
    sender.send(text, id=7, uuid="0badf00d", revision=1)
    assert sender.send(text, id=7, uuid="0badf00d", revision=2).overlaps == []


def test_sales_that_are_gone_are_not_compared(sender: Sender) -> None:
    first = sender.send(distrokid(*month("2025-01", 1, 2, 3)))
    storage().delete(*[part.key for part in first.parts])
    assert sender.send(distrokid(*month("2025-01", 1, 2, 3, 4))).overlaps == []


def test_a_job_that_runs_twice_finds_the_same(sender: Sender, tmp_path: Path) -> None:
    sender.send(distrokid(*month("2025-01", 1, 2, 3)))
    message = cleaning_message(distrokid(*month("2025-01", 1, 2, 3, 4)))
    source = message.file.model_copy(update={"id": 2})
    message = message.model_copy(update={"organisation": sender.organisation, "file": source})
    result = cleaned(message, folder(tmp_path, "cleaning"))
    job = importer_message(message, result, "1").model_copy(update={"organisation": sender.organisation})
    runs = [imported(job, folder(tmp_path, f"run {n}")).overlaps for n in range(2)]
    assert [each.file for each in runs[0]] == [1]
    assert runs[0] == runs[1]


def test_of_two_imports_at_the_same_time_one_sees_the_other(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second stores its sketches and looks while the first has stored its own and not looked yet."""
    others, nested = overlaps._others, list[ImporterResult]()

    def looked(*args: Any) -> Any:
        if not nested:
            nested.append(ImporterResult(job=uuid4()))  # only once
            nested[0] = sender.send(distrokid(*month("2025-01", 1, 2, 3, 4)))
        return others(*args)

    monkeypatch.setattr(overlaps, "_others", looked)
    first = sender.send(distrokid(*month("2025-01", 1, 2, 3)))
    assert [each.file for each in nested[0].overlaps] == [1]
    assert [each.file for each in first.overlaps] == [2]
