"""Archives: which members are sales, which repeat their money, and which nobody knows. None is dropped in silence."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from glider.contract import Cause
from glider.errors import JobFailed
from tests.glider.cleaning.input.making import archive, workbook
from tests.glider.driving import Driven, distrokid, drive

ONE = "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5"
TWO = "2025-08|Spotify|Song Two|QZAAA2500002|036000291452|4|0.25"
APPLE = (
    "Start Date\t10/01/2017\nEnd Date\t11/04/2017\nReport Type\tApple Music\nCurrency\tAUD\n"
    "Storefront Name\tApple Identifier\tMembership Type\tQuantity\tNet Royalty\tNet Royalty Total\tISRC\tItem_Title\t"
    "Item_Artist\tItem Type\tMedia Type\tVendor Identifier\tOffline Indicator\tLabel/Studio/Network\tGrid\n"
    'AU\t1\tIndividual\t3\t.01\t{net}\tUSAAA2500001\tCliff "Ukulele Ike"\tA\tSong\tAudio\tv\t0\tL\t\n'
)
ITUNES = (
    "Start Date\tEnd Date\tUPC\tISRC/ISBN\tVendor Identifier\tQuantity\tPartner Share\tExtended Partner Share\t"
    "Partner Share Currency\tSales or Return\tApple Identifier\tArtist/Show/Developer/Author\tTitle\t"
    "Label/Studio/Network/Developer/Publisher\tGrid\tProduct Type Identifier\tISAN/Other Identifier\tCountry Of Sale\t"
    "Pre-order Flag\tPromo Code\tCustomer Price\tCustomer Currency\n"
    "10/01/2017\t11/04/2017\t\tUSAAA2500001\tv\t2\t.5\t1.00\tUSD\tS\t1\tA\tSong\tL\t\tH\t\tUS\t\t\t1.29\tUSD\n"
)
CARGO = (
    "Royalty ID,Asset ISRC,Asset Title,Asset Version,Asset Artist,Asset Duration,Sale net receipts calculation,"
    "Sale net receipts,Contract deal term,Contract Reference,Reported Royalty,Asset/Product,Territory,Quantity,"
    "Sale Type,Sale User Type,Sale Start date,Sale End date,Sale Store Name,DSP,Royalty Calculation Base,"
    "Product Reference,Asset Reference,Product Share,Asset Share,Exchange Rate,Currency,Product Title,Product Artist,"
    "Product UPC,Product Catalog Number,Product Label,Report Run ID,Report ID,Sale ID,Statement Run ID,"
    "Statement Run Name"
)


def cargo_line(number: int, royalty: str) -> str:
    return (
        f'{number},GBAAA2500001,T,,A,,"$1,x",1,85%,c,{royalty},Asset,GB,10,Stream,Premium,2023-01-01,2023-01-31,'
        "Spotify,Spotify,b,p,a,1,1,1,USD,R,A,5012345678900,CAT1,L,1,1,1,1,2023Q1"
    )


def cargo(labels: str = "0.75", *, side: str = "Label,Reported Royalty\r\nL,{}\r\n") -> bytes:
    lines = "\r\n".join([CARGO, cargo_line(1, "0.5"), cargo_line(2, "0.25")]) + "\r\n"
    sums = "\ufeffName,Reported Royalty\nx,0.75\n"
    members: dict[str, bytes | str] = {f"Acc-{name}.csv": sums + name for name in ("artists", "assets", "countries")}
    members |= {"Acc-labels.csv": side.format(labels), "Acc-royalty_extended.csv": lines}
    members |= {"Acc-stores.csv": sums + "s", "Acc-products.csv": sums}
    members["Acc-statement.xlsx"] = workbook({"Statement": [["Account", "Royalty"], ["Acc", 0.75]]})
    return archive(members)


def failed(content: bytes, folder: Path) -> tuple[Cause, str]:
    with pytest.raises(JobFailed) as caught:
        drive(content, folder)
    return caught.value.cause, caught.value.message


def checks(driven: Driven) -> dict[str, bool]:
    return {check.name: check.tied for check in driven.figures.checks}


def parts(driven: Driven) -> dict[str, Decimal]:
    """Net by part."""
    return dict(driven.accepted.group_by("source_part", maintain_order=True).agg(pl.col("net").sum()).iter_rows())


def test_the_members_of_an_archive_are_read_as_one_file(tmp_path: Path) -> None:
    driven = drive(archive({"july.txt": distrokid(ONE), "august.txt": distrokid(TWO)}), tmp_path)
    assert driven.figures.container == "zip"
    assert parts(driven) == {"july.txt": Decimal("0.5"), "august.txt": Decimal("0.25")}
    assert driven.lines["source_row"].to_list() == [2, 2]


def test_members_may_have_encodings_of_their_own(tmp_path: Path) -> None:
    umlaut = TWO.replace("Song Two", "Söng")
    members = {
        "a.txt": distrokid(ONE).encode("utf-8-sig"),
        "b.txt": distrokid(umlaut).encode("utf-16"),
        "c.txt": distrokid(umlaut.replace("0.25", "0.125")).encode("cp1252"),
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.encoding == "utf-8, utf-16-le, cp1252"
    assert driven.lines["track"].to_list() == ["Song One", "Söng", "Söng"]
    assert driven.figures.net_accepted == Decimal("0.875")


def test_parts_of_several_layouts_are_fine_and_the_main_one_gives_its_name(tmp_path: Path) -> None:
    driven = drive(archive({"S1_800_1017_AU.txt": APPLE.format(net=".03"), "800_1017_US.txt": ITUNES * 1}), tmp_path)
    assert driven.figures.net_by_currency == {"AUD": Decimal("0.03"), "USD": Decimal("1.00")}
    assert driven.figures.layout in {"apple_music", "itunes"}


def test_apples_summaries_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    members = {
        "S1_800_1017_AU.txt": APPLE.format(net=".03"),
        "S2_800_1017_AU.txt": "Storefront\tTotal\nAU\t99.00\n",
        "Summary.txt": "All\tof it\n1\t2\n",
        "800_1017_US.txt": ITUNES,
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.net_accepted == Decimal("1.03")
    assert [text.split()[0] for text in driven.figures.warnings if "left out" in text] == [
        "S2_800_1017_AU.txt",
        "Summary.txt",
    ]


def test_an_archive_of_summaries_only_has_no_sales(tmp_path: Path) -> None:
    members = {"S2_800_1017_AU.txt": "Storefront\tTotal\nAU\t99.00\n", "Summary.txt": "All\tof it\n1\t2\n"}
    cause, message = failed(archive(members), tmp_path)
    assert cause is Cause.NO_ROWS
    assert "only summaries" in message


def test_of_cargos_eight_members_one_has_the_money(tmp_path: Path) -> None:
    driven = drive(cargo(), tmp_path)
    assert parts(driven) == {"Acc-royalty_extended.csv": Decimal("0.75")}
    assert driven.figures.net_by_currency == {"GBP": Decimal("0.75")}
    assert checks(driven)["net read = total of Acc-labels.csv"] is True
    assert len([text for text in driven.figures.warnings if "left out" in text]) == 6


def test_a_side_file_that_sums_up_to_something_else_is_an_untied_check(tmp_path: Path) -> None:
    assert checks(drive(cargo("0.76"), tmp_path))["net read = total of Acc-labels.csv"] is False


def test_a_side_file_without_the_column_is_said_to_be_no_use(tmp_path: Path) -> None:
    driven = drive(cargo(side="Label,Other\r\nL,{}\r\n"), tmp_path)
    assert "Acc-labels.csv states no sum that could be compared; it was left out." in driven.figures.warnings


def test_soundons_summary_is_compared_and_shares_are_transfers(tmp_path: Path) -> None:
    header = (
        "Reporting Period,Sales Period,Track Artists,Track Title,ISRC,Track ID,UPC Code,Album Title,Release Date,"
        "Royalty Type,Store Name,Sales Region,Sales Type,Sales Sub Type,Units of Sold,Gross revenue,Artist Share,"
        "Final Royalty,Currency,Payee"
    )
    line = "2025-08,2025-07,A,T,QZAAA2500001,1,036000291452,R,,,Spotify,US,Streaming,FAMILY,3,1,100%,{},USD,P"
    name = "SoundOn_royalty_monthly_statement_2025_08_{}.csv"
    content = archive(
        {
            name.format("My Royalty"): f"{header}\n{line.format('1.5')}\n{line.format('2.25')}\n",
            name.format("Share in"): f"{header}\n{line.format('7')}\n",
            name.format("Share out"): f"{header}\n{line.format('8')}\n",
            name.format("Summary"): "Payee,Final Royalty\nP,3.75\nTotal,3.75\n",
        }
    )
    driven = drive(content, tmp_path)
    assert driven.figures.net_accepted == Decimal("3.75")
    assert driven.figures.reasons == {"transfer": 2}
    assert checks(driven)[f"net read = total of {name.format('Summary')}"] is True


def test_archives_in_an_archive_are_opened_but_no_deeper(tmp_path: Path) -> None:
    inner = archive({"LabelX_20254_DSR.txt": distrokid(ONE)})
    driven = drive(archive({"x.zip": inner, "y.zip": archive({"b.txt": distrokid(TWO)})}), tmp_path / "two")
    assert parts(driven) == {"x.zip/LabelX_20254_DSR.txt": Decimal("0.5"), "y.zip/b.txt": Decimal("0.25")}
    cause, message = failed(archive({"z.zip": archive({"x.zip": inner})}), tmp_path / "three")
    assert cause is Cause.TOO_LARGE
    assert "archives within archives" in message


def test_a_packed_member_is_unpacked(tmp_path: Path) -> None:
    driven = drive(archive({"a.csv.gz": gzip.compress(distrokid(ONE).encode())}), tmp_path)
    assert parts(driven) == {"a.csv": Decimal("0.5")}


def test_an_unknown_member_fails_the_file_by_name(tmp_path: Path) -> None:
    members = {"a.txt": distrokid(ONE), "costs.csv": "Item,Cost\nCD,3\n"}
    cause, message = failed(archive(members), tmp_path)
    assert cause is Cause.UNKNOWN_LAYOUT
    assert message.startswith("costs.csv: ")
    assert "'Item', 'Cost'" in message


def test_documents_and_text_without_tables_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "a.txt": distrokid(ONE),
        "statement.pdf": b"%PDF-1.7 ...",
        "readme.txt": "Hello\nthere\n",
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.net_accepted == Decimal("0.5")
    assert driven.figures.warnings == [
        "statement.pdf was left out because it is no table.",
        "readme.txt was left out because it is no table.",
    ]


def test_a_member_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    driven = drive(archive({"a.txt": distrokid(ONE), "copy of a.txt": distrokid(ONE)}), tmp_path)
    assert driven.figures.net_accepted == Decimal("0.5")
    assert driven.figures.warnings == ["copy of a.txt is the same file as a.txt and was left out."]


def test_members_of_one_name_in_two_folders_are_told_apart(tmp_path: Path) -> None:
    driven = drive(archive({"x/a.txt": distrokid(ONE), "y/a.txt": distrokid(TWO)}), tmp_path)
    assert parts(driven) == {"a.txt": Decimal("0.5"), "a.txt (2)": Decimal("0.25")}


def test_the_litter_of_a_desktop_is_no_member(tmp_path: Path) -> None:
    members: dict[str, bytes | str] = {
        "a.txt": distrokid(ONE),
        "__MACOSX/._a.txt": b"\0\1",
        ".DS_Store": b"x",
        "Thumbs.db": b"x",
    }
    driven = drive(archive(members), tmp_path)
    assert driven.figures.warnings == []
    assert driven.figures.net_accepted == Decimal("0.5")


def test_a_member_without_a_name_is_read_and_called_so(tmp_path: Path) -> None:
    named = archive({"nobody.txt": distrokid(ONE), "b.txt": distrokid(TWO)})
    driven = drive(named.replace(b"nobody.txt", b"\0obody.txt"), tmp_path)
    assert parts(driven) == {"(no name)": Decimal("0.5"), "b.txt": Decimal("0.25")}


def test_an_empty_member_is_said_to_be_empty(tmp_path: Path) -> None:
    driven = drive(archive({"a.txt": distrokid(ONE), "b.txt": ""}), tmp_path)
    assert driven.figures.warnings == ["b.txt is empty and was left out."]


def test_an_archive_of_nothing_is_an_empty_file(tmp_path: Path) -> None:
    assert failed(archive({}), tmp_path)[0] is Cause.EMPTY_FILE
