"""DDEX sales reports: money where the profile has it, counts against the foot, nothing invented or unknown read."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from glider.cleaning.readers.ddex import blocks
from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.making import archive
from tests.glider.cleaning.readers.reports import (
    basic_audio,
    financial,
    head,
    licensor,
    record,
    report,
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


def test_a_packed_report_is_the_same_report(tmp_path: Path) -> None:
    driven = drive(gzip.compress(YOUTUBE.read_bytes()), tmp_path)
    assert driven.figures.net_accepted == Decimal("198.88")


def test_blocks_are_read_whole_however_the_file_is_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = drive(YOUTUBE.read_bytes(), tmp_path / "whole")
    monkeypatch.setattr(blocks.pieces, "__defaults__", (100,))
    cut = drive(YOUTUBE.read_bytes(), tmp_path / "cut")
    assert cut.lines.equals(whole.lines)
    assert cut.figures.checks == whole.figures.checks


def test_a_report_whose_uses_have_no_amounts_gives_its_summaries(tmp_path: Path) -> None:
    driven = drive(basic_audio(), tmp_path)
    assert driven.accepted.select("net", "quantity", "currency", "territory", "track").rows() == [
        (Decimal("50.25"), 128, "GBP", "GB", None)
    ]
    assert driven.figures.reasons == {"usage_line": 2}
    assert any("no amounts" in text for text in driven.figures.warnings)
    assert not_tied(driven) == []


def test_what_is_allocated_to_a_licensor_goes_before_the_revenue_of_the_service(tmp_path: Path) -> None:
    allocated = {"AllocatedRevenue": "7.5", "AllocatedNetRevenue": "10"}
    content = report(
        head("BasicAudioProfile"),
        summary("SY04.01", TotalUsages="900", CurrencyOfReporting="EUR", NetRevenue="1000"),
        summary("SY05.02", "S2", AllocatedUsages="9", CurrencyOfReporting="EUR", **allocated),
        summaries=2,
    )
    driven = drive(content, tmp_path)
    assert driven.accepted.select("source_row", "net", "gross", "quantity").rows() == [
        (3, Decimal("7.5"), Decimal(10), 9)
    ]
    assert driven.figures.reasons == {"summary_line": 1}


def test_a_financial_report_is_read_in_the_currency_of_accounting(tmp_path: Path) -> None:
    driven = drive(financial(), tmp_path)
    assert driven.figures.net_by_currency == {"EUR": Decimal("11.20")}
    lines = driven.accepted.sort("source_row")
    assert lines["net"].to_list() == [Decimal("10.00"), Decimal("1.25"), Decimal("-0.05")]
    assert lines["usage"].to_list() == ["adjustment", "stream", "stream"]
    assert lines["level"].to_list() == ["track", "track", "release"]
    assert lines["quantity"].to_list() == [0, 10, -1]
    assert [str(day) for day in lines["period"]] == ["2025-06-01", "2025-07-01", "2025-07-01"]
    assert lines["artist"].to_list() == [None, "Enya, Clannad", "Enya, Clannad"]
    assert not_tied(driven) == []


def test_a_financial_report_that_adds_up_to_something_else_is_kept_for_review(tmp_path: Path) -> None:
    driven = drive(financial(total="11.21"), tmp_path)
    assert not_tied(driven) == ["net read = final totals of the summary records in EUR"]


def test_fees_of_several_kinds_are_added_up(tmp_path: Path) -> None:
    driven = drive(financial(fee="6.00|4.00"), tmp_path)
    assert driven.accepted.filter(driven.accepted["usage"] == "adjustment")["net"].to_list() == [Decimal("10.00")]


def test_uses_of_a_transaction_count_once_however_many_share_it(tmp_path: Path) -> None:
    driven = drive(royalties(), tmp_path)
    assert driven.accepted.select("net", "quantity", "label").rows() == [
        (Decimal("3.5"), 40, "PUB_1"),
        (Decimal("1.25"), 0, "PUB_2"),
    ]
    assert not_tied(driven) == []


def test_the_files_of_a_report_are_joined(tmp_path: Path) -> None:
    name = "DSR_LabelX_Spotify_Premium_2025-07_GB_{}of2_20250803T075930.tsv"
    members = {name.format(2): royalties(2, 2, amounts=("5", "6")), name.format(1): royalties(1, 2)}
    driven = drive(archive(members), tmp_path)
    assert driven.figures.net_accepted == Decimal("15.75")
    assert sorted(driven.accepted["source_part"].unique()) == sorted(members)
    assert not [text for text in driven.figures.warnings if "comes in" in text]
    assert not_tied(driven) == []


def test_one_file_of_two_is_read_and_said_to_be_one_of_two(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("kind", ["LI01.09", "XX99", "SU03.77"])
def test_records_of_an_unknown_type_or_version_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    content = royalties().replace("MW01.02", kind)
    cause, message = failed(content, tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert f"records of the type {kind}" in message
    assert "line 4" in message


def test_a_version_of_tomorrow_is_read_by_the_names_the_report_gives(tmp_path: Path) -> None:
    names = "#LI01.09\tBlockId\tNew\tSummaryRecordId\tRightsController\tAllocatedAmount"
    lines = [line for line in royalties().splitlines() if not line.startswith("LI01")]
    lines[1:1] = [names]
    lines[-1:] = ["LI01.09\t1\tx\tS1\tPUB_1\t2.5", lines[-1]]
    driven = drive("\n".join(lines) + "\n", tmp_path)
    assert driven.figures.net_accepted == Decimal("2.5")


def test_deal_specific_records_are_passed_over(tmp_path: Path) -> None:
    lines = royalties().splitlines()
    driven = drive("\n".join([*lines[:-1], "DE01\twhatever", lines[-1]]) + "\n", tmp_path)
    assert driven.figures.net_accepted == Decimal("4.75")


def test_the_reference_librarys_broken_files_fail_with_a_reason(tmp_path: Path) -> None:
    for number, path in enumerate(sorted(SAMPLES.glob("*of2*.tsv"))):
        cause, message = failed(path.read_bytes(), tmp_path / str(number))
        assert cause is Cause.NO_VALID_ROWS
        assert "missing_net" in message
    cause, message = failed((SAMPLES / "test_file_parser.tsv").read_bytes(), tmp_path / "parser")
    assert cause is Cause.UNKNOWN_LAYOUT
    assert "line 3" in message


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"Lët Më Gët \| Thîś " + '"Rîght', 'Lët Më Gët | Thîś "Rîght'),
        (r"A\\|B", "A|B"),
        (r"A\\\B", "A\\B"),
        ("A\\\tB", "A B"),
        ("One|Two", "One, Two"),
    ],
)
def test_pipes_and_tabs_of_the_text_are_told_from_those_that_part_it(written: str, meant: str, tmp_path: Path) -> None:
    driven = drive(royalties().replace("\tOne\t", f"\t{written}\t"), tmp_path)
    assert driven.accepted["track"].unique().to_list() == [meant]


def test_a_bad_amount_is_rejected_with_its_line(tmp_path: Path) -> None:
    driven = drive(royalties(amounts=("3.5", "1,2x")), tmp_path)
    assert driven.reasons() == {2: "summary_line", 7: "bad_net"}
    assert [reject["text"][:7] for reject in driven.rejects() if reject["reason"] == "bad_net"] == ["LI01.03"]


def test_the_licensors_own_uses_go_before_those_of_the_transaction(tmp_path: Path) -> None:
    line = licensor("1", "PUB_1", "3.5").split("\t")
    line[10] = "7"
    content = royalties().replace(licensor("1", "PUB_1", "3.5"), "\t".join(line))
    assert drive(content, tmp_path).accepted["quantity"].to_list() == [7, 0]
