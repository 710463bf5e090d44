"""DDEX sales reports: money where the profile has it, counts against the foot, nothing invented or unknown read."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.containers import archive
from tests.glider.cleaning.readers.ddex.reports import (
    head,
    record,
    royalties,
    summary,
)
from tests.glider.driving import drive, not_tied

SAMPLES = Path(__file__).parents[3] / "samples" / "ddex_dsrf"
YOUTUBE = SAMPLES / "DSR_TEST_YouTube_AdSupport-music_2015-Q4_IS_1of1_20160121T150926.tsv"


def failed(content: bytes | str, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as caught:
        drive(content, folder)
    return caught.value.cause, caught.value.message


def test_the_reference_librarys_own_report_gives_the_amounts_of_its_licensors(tmp_path: Path) -> None:
    driven = drive(YOUTUBE.read_bytes(), tmp_path)
    assert driven.figures.layout == "ddex_dsr"
    assert driven.figures.net_by_currency == {"USD": Decimal("198.88")}  # 125.23 + 30.32 + 20.98 + 10.86 + 11.49
    assert driven.figures.reasons == {"summary_line": 4}
    assert not_tied(driven) == []
    line = driven.accepted.row(0, named=True)
    assert line["source_row"] == 18
    assert (line["artist"], line["track"], line["isrc"]) == ("Marvin Gaye", "Sexual Healing", "USSM19803037")
    assert (line["usage"], line["monetisation"], line["territory"]) == ("ugc", "ad_supported", "IS")
    assert (line["label"], line["dsp"], line["quantity"]) == ("PUB_2", "YouTube", 7810)
    assert driven.accepted["quantity"].sum() == 7810 + 2045 + 18 + 4 + 258 + 75


def test_every_line_of_a_report_is_accounted_for_and_quotes_take_in_none(tmp_path: Path) -> None:
    content = YOUTUBE.read_bytes().replace(b"Sexual Healing", b'"Sexual Healing', 1)
    driven = drive(content, tmp_path)
    assert driven.figures.net_accepted == Decimal("198.88")
    checks = {check.name: (check.expected, check.found) for check in driven.figures.checks}
    lines = str(len(content.splitlines()))
    assert checks["lines of the file = rows read + line breaks in cells"] == (lines, lines)


def test_a_packed_report_is_the_same_report(tmp_path: Path) -> None:
    driven = drive(gzip.compress(YOUTUBE.read_bytes()), tmp_path)
    assert driven.figures.net_accepted == Decimal("198.88")


def test_the_files_of_a_report_are_joined(tmp_path: Path) -> None:
    name = "DSR_LabelX_Spotify_Premium_2025-07_GB_{}of2_20250803T075930.tsv"
    members = {name.format(2): royalties(2, 2, amounts=("5", "6")), name.format(1): royalties(1, 2)}
    driven = drive(archive(members), tmp_path)
    assert driven.figures.net_accepted == Decimal("15.75")
    assert sorted(driven.accepted["source_part"].unique()) == sorted(members)
    assert not [text for text in driven.figures.warnings if "comes in" in text]
    assert not_tied(driven) == []


def test_one_file_of_two_is_read_with_a_warning(tmp_path: Path) -> None:
    driven = drive(royalties(1, 2), tmp_path)
    assert driven.figures.net_accepted == Decimal("4.75")
    assert "The DDEX report comes in 2 files, and only file 1 of them is here." in driven.figures.warnings


def test_a_file_that_comes_twice_is_refused(tmp_path: Path) -> None:
    members = {"a.tsv": royalties(1, 2), "b.tsv": royalties(1, 2, amounts=("5", "6"))}
    assert failed(archive(members), tmp_path)[0] is Cause.CORRUPT_FILE


def test_summaries_of_a_report_in_two_files_count_once(tmp_path: Path) -> None:
    def part(number: int, usages: str) -> str:
        lines = [
            head("BasicAudioProfile", number=number, files=2),
            summary("SY01.02", TotalUsages="1", CurrencyOfReporting="GBP", NetRevenue="5"),
        ]
        return (
            "\n".join([*lines, record("SU02.02", BlockId=usages, SummaryRecordId="S1"), "FOOT\t4\t8\t1\t1\t2"]) + "\n"
        )

    driven = drive(archive({"1.tsv": part(1, "1"), "2.tsv": part(2, "2")}), tmp_path)
    assert driven.figures.net_accepted == Decimal(5)
    assert driven.figures.reasons == {"summary_line": 1, "usage_line": 2}


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ("FOOT\t8\t8", "FOOT\t9\t8", "FOOT NumberOfLinesInFile"),
        ("FOOT\t8\t8", "FOOT\t8\t9", "FOOT NumberOfLinesInReport"),
        ("\t1\t1\t1\n", "\t2\t1\t1\n", "FOOT NumberOfSummaryRecords"),
        ("\t1\t1\t1\n", "\t1\t7\t1\n", "FOOT NumberOfBlocksInFile"),
    ],
)
def test_a_foot_that_counts_otherwise_is_an_untied_check(old: str, new: str, name: str, tmp_path: Path) -> None:
    content = royalties()
    assert old in content
    assert not_tied(drive(content.replace(old, new), tmp_path)) == [name]


def test_a_report_without_a_foot_was_cut_off(tmp_path: Path) -> None:
    content = royalties()
    assert not_tied(drive(content[: content.index("FOOT")], tmp_path)) == ["records FOOT"]


def test_the_reference_librarys_broken_files_fail_with_a_reason(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(SAMPLES.glob("*of2*.tsv"))):
        cause, message = failed(path.read_bytes(), tmp_path / str(number))
        assert cause is Cause.NO_VALID_ROWS
        assert "missing_net" in message
    cause, message = failed((SAMPLES / "test_file_parser.tsv").read_bytes(), tmp_path / "parser")
    assert cause is Cause.UNKNOWN_LAYOUT
    assert "line 3" in message


def test_a_bad_amount_is_rejected_with_its_line(tmp_path: Path) -> None:
    driven = drive(royalties(amounts=("3.5", "1,2x")), tmp_path)
    assert driven.reasons() == {2: "summary_line", 7: "bad_net"}
    assert [reject["text"][:7] for reject in driven.rejects() if reject["reason"] == "bad_net"] == ["LI01.03"]
