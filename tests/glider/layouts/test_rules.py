"""What the rules of layouts make of lines: signs, kinds, levels, stops, identities, names of files, people left out."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.driving import Driven
from tests.glider.independent import Fixture, fixtures
from tests.glider.layouts.samples import Sheet, as_workbook, driven, sheets_of

FIXTURES = {fixture.name: fixture for fixture in fixtures()}


def sample(name: str, folder: Path) -> Driven:
    return driven(FIXTURES[name], folder)


def line(found: Driven, number: int, *, part: str = "") -> dict[str, Any]:
    """The sale line of a line of the file."""
    rows = found.lines.filter((pl.col("source_row") == number) & (pl.col("source_part") == part))
    return rows.row(0, named=True)


def changed(fixture: Fixture, *pairs: tuple[str, str]) -> bytes:
    text = fixture.path.read_bytes().decode(fixture.encoding)
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


@pytest.mark.parametrize(
    ("name", "number", "wanted"),
    [
        ("apple_music/S1_80000001_1017_AU.txt", 6, {"monetisation": "trial", "artist": 'Cliff "Ukulele Ike" Example'}),
        ("apple_music/S1_80000001_1017_AU.txt", 7, {"isrc": "QZAAA2500001", "net": Decimal(".02133")}),
        ("itunes/80000001_1117_AU.txt", 3, {"quantity": -1, "net": Decimal("-1.29"), "level": "track"}),
        (
            "itunes/80000001_1117_AU.txt",
            4,
            {"level": "release", "isrc": None, "track": None, "release": "Album One", "upc": "90000000012"},
        ),
        ("youtube_ads/YouTube_asset_raw_202509.csv", 3, {"usage": "adjustment", "monetisation": "ad_supported"}),
        ("youtube_ads/YouTube_asset_raw_202509.csv", 4, {"isrc": "QZAAA2500001"}),
        ("youtube_ads/YouTube_asset_raw_202509.csv", 5, {"isrc": None}),
        ("youtube_premium/YouTube_music_video_raw_202509.csv", 2, {"usage": "ugc", "monetisation": "subscription"}),
        ("fuga/March2026StatementRun_LABELX-royalty_product_and_asset.csv", 2, {"quantity": 214, "level": "track"}),
        (
            "fuga/March2026StatementRun_LABELX-royalty_product_and_asset.csv",
            3,
            {"quantity": 1, "level": "release", "isrc": None, "artist": "Artist A and Artist B", "usage": "download"},
        ),
        ("fuga/March2026StatementRun_LABELX-royalty_product_and_asset.csv", 4, {"track": "Song One (Live)"}),
        ("cargo_digital/account-royalty_extended.csv", 3, {"currency": "GBP"}),
        ("symphonic/symphonic.csv", 3, {"quantity": 0, "net": Decimal("-0.03")}),
        ("symphonic/symphonic.csv", 4, {"quantity": -5, "territory": "US"}),
        ("symphonic/symphonic.csv", 5, {"usage": "ugc", "dsp": "Meta", "territory": "GB"}),
        ("orchard/orchard.csv", 3, {"net": Decimal("-0.12"), "upc": None, "usage": "adjustment"}),
        ("orchard_legacy/orchard_2017.csv", 3, {"net": Decimal("1005.5"), "level": "release", "dsp": "iTunes"}),
        ("ingrooves/LabelX_202001_DSR.csv", 2, {"catalogue_number": "CAT-01", "gross": Decimal("0.0047922")}),
        ("ingrooves/LabelX_202001_DSR.csv", 3, {"dsp": "SoundExchange", "track": "Konté"}),
        ("sonosuite/sonosuite.csv", 4, {"level": "release", "usage": "download", "currency": "GBP"}),
        ("soundon/SoundOn_royalty_monthly_statement_2025_09_My Royalty.csv", 3, {"monetisation": "subscription"}),
        ("dashgo/Label_X-03-26.csv", 3, {"monetisation": "ad_supported", "upc": "036000291452"}),
        ("imusician/sales_detail.csv", 5, {"isrc": None, "track": "Été"}),
        ("sd_digital/sd_digital.csv", 2, {"net": Decimal("0.000032736206846300"), "upc": "036000291452"}),
        ("sd_physical/sd_physical.csv", 4, {"usage": "adjustment", "net": Decimal(-250)}),
        ("bandcamp/bandcamp_raw.csv", 2, {"territory": "DE", "level": "release", "upc": "036000291452"}),
        ("beatport/beatport.csv", 2, {"net": Decimal("1.23"), "track": "Song One (Extended Mix)"}),
        ("beatport/beatport.csv", 4, {"level": "release", "territory": "DE"}),
        ("stem/stem.csv", 3, {"usage": "download", "quantity": 2}),
        ("stem/stem.csv", 4, {"usage": "other", "quantity": 11}),
        ("state51/state51_2025-07.csv", 2, {"net": Decimal("0.75")}),
        ("kontor/kontor.csv", 3, {"level": "release", "territory": "AT", "net": Decimal("5.6")}),
    ],
)
def test_a_line_of_a_sample_is_read_by_the_rules_of_its_layout(
    name: str, number: int, wanted: dict[str, Any], tmp_path: Path
) -> None:
    found = line(sample(name, tmp_path), number)
    assert {field: found[field] for field in wanted} == wanted


def test_a_line_with_several_kinds_of_sale_becomes_a_line_of_each(tmp_path: Path) -> None:
    rows = sample("jiosaavn/payables.csv", tmp_path).accepted.filter(pl.col("source_row") == 2)
    assert rows.select("usage", "monetisation", "quantity", "net").rows() == [
        ("stream", "ad_supported", 1000, Decimal("12.5")),
        ("stream", "subscription", 200, Decimal("8.25")),
        ("stream", "trial", 30, Decimal(0)),
        ("adjustment", "other", 0, Decimal("-2.075")),
    ]


def test_shares_in_and_out_are_sale_lines_of_their_own(tmp_path: Path) -> None:
    found = sample("onerpm/onerpm.xlsx", tmp_path)
    assert found.figures.layout == "onerpm"
    shares = found.accepted.filter(pl.col("source_part") == "Shares In & Out")
    assert shares.select("usage", "quantity", "gross", "net").rows() == [
        ("adjustment", 0, None, Decimal("0.05")),
        ("adjustment", 0, None, Decimal("-0.025")),
    ]


def test_all_lines_of_a_file_of_shares_are_transfers(tmp_path: Path) -> None:
    name = "soundon/SoundOn_royalty_monthly_statement_2025_09_Share in.csv"
    figures = sample(name, tmp_path / "in").figures
    assert (figures.accepted, figures.skipped) == (0, 2)
    own = replace(FIXTURES[name], filename="SoundOn_royalty_monthly_statement_2025_09_My Royalty.csv")
    assert driven(own, tmp_path / "own").figures.accepted == 2


def test_a_summary_below_the_lines_with_other_sums_does_not_tie(tmp_path: Path) -> None:
    fixture = FIXTURES["itunes/app_store.txt"]
    found = driven(fixture, tmp_path, changed(fixture, ("AU\tAUD\t2\t12.28", "AU\tAUD\t3\t12.29")))
    not_tied = {check.name: (check.expected, check.found) for check in found.figures.checks if not check.tied}
    assert not_tied == {
        "net in AUD = the summary below the lines": ("12.29", "12.28"),
        "units = the summary below the lines": ("5", "4"),
    }


def test_a_footer_with_another_sum_does_not_tie(tmp_path: Path) -> None:
    fixture = FIXTURES["ingrooves/LabelX_202001_DSR.csv"]
    found = driven(fixture, tmp_path, changed(fixture, ("0.01519376", "0.01519378")))
    assert [check.name for check in found.figures.checks if not check.tied] == ["net read = total in the last line"]


def test_an_identity_that_must_hold_keeps_the_file_for_review(tmp_path: Path) -> None:
    fixture = FIXTURES["ada/Statement_LABELX_20250930.txt"]
    figures = driven(fixture, tmp_path, changed(fixture, ("\t1000\n", "\t1001\n"))).figures
    rule = "Royalty Payable - Deductible Fees = Net Royalty Payable"
    not_tied = [(check.name, check.found) for check in figures.checks if not check.tied]
    assert not_tied == [(f"lines in which {rule} does not hold", "2")]
    assert f"{rule} does not hold in 2 lines; the first is line 2." in figures.warnings


def test_buyers_are_in_no_line_and_in_no_reject(tmp_path: Path) -> None:
    found = sample("bandcamp/bandcamp_raw.csv", tmp_path)
    kept = found.lines.write_json() + str(found.rejects())
    assert [word for word in ("Pat Buyer", "pat@", "Berlin", "label@", "sign it") if word in kept] == []


def test_rejects_of_a_file_with_people_in_it_still_show_the_rest_of_the_line(tmp_path: Path) -> None:
    texts = {row["line"]: row["text"] for row in sample("sounds_co/sounds.csv", tmp_path).rejects()}
    assert "Song One" in texts["5"]
    assert "Pat Owner" not in texts["5"]


def test_cells_over_several_lines_do_not_shift_the_numbers_of_lines(tmp_path: Path) -> None:
    """The note of the first buyer has a line break: the payout, fourth of the sales, is on line 7 with the header."""
    found = sample("bandcamp/bandcamp_raw.csv", tmp_path)
    text = FIXTURES["bandcamp/bandcamp_raw.csv"].path.read_bytes().decode("utf-16").splitlines()
    payout = next(number for number, row in enumerate(text, start=1) if ",payout," in row)
    assert [row["line"] for row in found.rejects() if row["reason"] == "transfer"] == [str(payout)]


@pytest.mark.parametrize("name", ["ada/nothing.txt", "imusician/nothing.csv", "bandcamp/payouts_only.csv"])
def test_a_statement_of_nothing_comes_to_no_lines_and_no_money(name: str, tmp_path: Path) -> None:
    found = sample(name, tmp_path)
    figures = found.figures
    assert (figures.accepted, figures.rejected, figures.net_by_currency) == (0, 0, {})
    assert all(check.tied for check in figures.checks)
    imported, outcome = found.imported()
    assert (outcome.total_rows, outcome.total_local, outcome.currencies, outcome.parts) == (0, Decimal(0), [], [])
    assert all(check.tied for check in outcome.checks)
    assert {totals.height for totals in imported.totals.values()} == {0}


def test_a_header_without_lines_is_refused_where_that_is_no_statement(tmp_path: Path) -> None:
    fixture = FIXTURES["state51/state51_2025-07.csv"]
    header = fixture.path.read_bytes().split(b"\n")[0] + b"\n"
    with pytest.raises(JobFailed) as failed:
        driven(fixture, tmp_path, header)
    assert failed.value.cause == Cause.NO_ROWS


@pytest.mark.parametrize(
    ("filename", "period"),
    [
        ("YouTube_label_20250901_20250930.csv", "2025-09"),
        ("20240229 report.csv", "2024-02"),
    ],
)
def test_the_name_of_a_file_gives_the_period_that_its_lines_lack(filename: str, period: str, tmp_path: Path) -> None:
    fixture = replace(FIXTURES["youtube_adsense/YouTube_label_20250901_20250930.csv"], filename=filename)
    assert driven(fixture, tmp_path).figures.periods == [period]


def test_the_account_s_currency_is_taken_with_a_warning_where_a_file_names_none(tmp_path: Path) -> None:
    fixture = replace(FIXTURES["shopify/shopify.csv"], account_currency="SEK")
    figures = driven(fixture, tmp_path).figures
    assert list(figures.net_by_currency) == ["SEK"]
    assert "The file does not say its currency; that of the account, SEK, was taken." in figures.warnings


def test_the_quarter_in_a_sheet_s_name_is_kept_under_its_first_month_with_a_warning(tmp_path: Path) -> None:
    fixture = FIXTURES["cargo_physical/cargo.xlsx"]
    sheet = sheets_of(fixture)[0]
    header = ["Quarter" if name == "Period" else name for name in sheet.lines[0]]
    figures = driven(fixture, tmp_path, as_workbook([Sheet("444504_2023_Q2", [header, *sheet.lines[1:4]])])).figures
    assert figures.periods == ["2023-04"]
    assert "Periods such as 2023_Q2 are longer than a month; they are kept under their first month." in figures.warnings


def test_amounts_that_no_sale_can_come_to_fall_and_the_rest_is_added_up(tmp_path: Path) -> None:
    fixture = FIXTURES["tunecore/tunecore.csv"]
    figures = driven(
        fixture, tmp_path, changed(fixture, ("0.9936", "99999999999999999999"), ("0.92", "9" * 20))
    ).figures
    assert figures.reasons == {"bad_net": 2}
    assert figures.net_by_currency == {"EUR": Decimal("7.48")}
