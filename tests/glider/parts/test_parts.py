"""A file worked on in several parts comes to exactly what one worker makes of it."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from glider.jobs import Cause, CleaningResult
from oas.documents import documents, parts_id
from oas.storage import storage
from tests.glider.driving import BELIEVE, distrokid
from tests.glider.parts.driving import cut_at, start, uploaded, work

LINES = 400


def tsv() -> str:
    """CRLF; a line in ten has no amount, one in thirty a cell too few."""
    lines = []
    for n in range(LINES):
        amount = "" if n % 10 == 3 else f"0.{n:06}"
        lines.append(f"2025-0{n % 3 + 5}|Spotify|Song {n % 40}|QZAAA25{n % 40:05}||{n % 7}|{amount}")
    text = distrokid(*lines).split("\r\n")
    return "\r\n".join(line.rpartition("\t")[0] if n % 30 == 29 else line for n, line in enumerate(text))


def believe(*, breaks: bool = False, sign: str = ",") -> str:
    """`;` and decimal commas; with `breaks` a title goes on over two lines in one line of five."""
    rows = [BELIEVE]
    for n in range(LINES):
        title = f'"Song ""{n % 9}"";\nlive"' if breaks and n % 5 == 0 else f"Söng {n % 9}"
        cells = [
            "2025-08-01", f"2025-0{n % 2 + 5}-01", "Spotify", "Germany", "Label", f"Artist {n % 4}", "Release", title,
            "", f"QZAAA25{n % 9:05}", "CAT1", "Premium", "Album", "Stream", str(n % 5), "EUR", f"0{sign}5", f"0{sign}0",
            f"1{sign}5", f"0{sign}85", f"{n}{sign}{n % 90 + 10}",
        ]  # fmt: skip
        rows.append(";".join(cells))
    return "\n".join(rows) + "\n"


FILES = {
    "tab-separated with CRLF, rejected lines and short ones": tsv().encode(),
    "without a line break at its end": tsv().rstrip("\r\n").encode(),
    "decimal commas": believe().encode(),
    "a byte order mark": b"\xef\xbb\xbf" + believe().encode(),
    "cells over several lines": believe(breaks=True).encode(),
    "blank lines": believe().replace("\n2025-08-01;2025-06", "\n\n2025-08-01;2025-06", 20).encode(),
    "a bad amount": believe().replace("7,17", "seven").encode(),
}


@pytest.mark.parametrize("name", FILES)
def test_parts_come_to_what_the_whole_does(name: str) -> None:
    parts, handed = work(FILES[name], 9000)
    assert min(count for _, count in handed.rounds) > 3
    assert parts.cleaning.cleaned_parts == handed.rounds[0][1]
    assert parts.comparable() == whole_of(name)


def test_a_decimal_sign_that_only_later_lines_tell_is_settled_for_all_parts() -> None:
    amounts = ["1"] * 2100 + ["1,5"] * 300
    content = distrokid(*(f"2025-06|Spotify|Song|QZAAA2500001||1|{amount}" for amount in amounts)).encode()
    parts, handed = work(content, 60_000)
    assert [stage for stage, _ in handed.rounds] == ["lines", "signs", "lines", "import"]
    assert (parts.cleaning.accepted, parts.cleaning.net_accepted) == (2400, Decimal(2550))
    assert parts.comparable() == work(content)[0].comparable()


def test_a_sign_that_was_right_is_not_looked_for_again() -> None:
    content = tsv().replace("0.000017", "seventeen").encode()
    parts, handed = work(content, 6000)
    assert [stage for stage, _ in handed.rounds] == ["lines", "signs", "import"]
    assert parts.comparable() == work(content)[0].comparable()


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252"])
def test_text_that_has_to_be_written_anew_is_left_to_one_worker(encoding: str) -> None:
    content = believe().encode(encoding)
    parts, handed = work(content, 6000)
    assert handed.rounds == []
    assert parts.cleaning.accepted == LINES


def test_a_quote_that_is_never_closed_leaves_the_file_to_one_worker() -> None:
    content = believe().replace("Söng 3", '"Song 3', 1).encode()
    parts, handed = work(content, 6000)
    assert handed.rounds == []
    assert parts.comparable() == work(content)[0].comparable()


@cache
def whole_of(name: str) -> dict[str, Any]:
    return work(FILES[name])[0].comparable()


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(size=st.integers(4000, 40_000), name=st.sampled_from(sorted(FILES)), newest_first=st.booleans())
def test_wherever_a_file_is_cut_it_comes_to_the_same(size: int, name: str, newest_first: bool) -> None:
    parts, _ = work(FILES[name], size, newest_first=newest_first)
    assert parts.comparable() == whole_of(name)


def test_a_part_that_is_delivered_twice_counts_once_and_a_lost_one_comes_again() -> None:
    with cut_at(6000) as handed:
        message = uploaded(tsv().encode())
        start(message)
        first, lost, *others = handed.waiting
        handed.waiting = [first, first, *others, first]
        handed.run_all()
        assert not list(storage().list(message.result_key))
        start(message)
        assert handed.waiting == [lost]
        handed.run_all()
    result = CleaningResult.model_validate(storage().get_json(message.result_key))
    assert result.rows_read == LINES
    done = documents().get("parts", parts_id(str(message.job), 0)) or {}
    assert sum(done["done"].values()) == LINES


def test_a_worker_killed_between_the_last_part_and_the_result_loses_nothing() -> None:
    with cut_at(6000) as handed:
        message = uploaded(FILES["decimal commas"])
        start(message)
        handed.run_all()
        before = storage().get_json(message.result_key)
        storage().delete(message.result_key)
        start(message)
        assert handed.waiting == []
    assert storage().get_json(message.result_key) == before


def test_a_part_that_fails_fails_the_file_with_its_cause() -> None:
    with cut_at(6000) as handed:
        message = uploaded(FILES["decimal commas"])
        start(message)
        storage().put_bytes(message.raw_key, b"something else")
        handed.run_all()
    result = CleaningResult.model_validate(storage().get_json(message.result_key))
    assert (result.status, result.cause) == ("failed", Cause.OBJECT_CHANGED)
    assert result.net_read == Decimal(0)
