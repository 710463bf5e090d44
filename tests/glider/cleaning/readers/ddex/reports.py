"""Makes DDEX reports for tests: cells are given by name, their places come from the record's definition."""

from __future__ import annotations

from glider.cleaning.readers.ddex.records import known_records

HEAD = (
    "{kind}\tdsrf/1.1/1.4/1.4\t{profile}\t1.0\tM1\t2025-08-03T07:59:30Z\t{number}\t{files}\t2025-07-01\t2025-07-31\t"
    "PADPIDA0000000001A\tSpotify\tPremium\tPADPIDA0000000002B\tLabel X\t"
)


def head(profile: str, *, kind: str = "HEAD", number: int = 1, files: int = 1) -> str:
    return HEAD.format(kind=kind, profile=profile, number=number, files=files)


def record(kind: str, **cells: str) -> str:
    """A line of the type `kind`, with or without a version."""
    names = known_records().cells[kind[:4]]
    unknown = set(cells) - set(names)
    assert not unknown, unknown
    return "\t".join([kind, *(cells.get(name, "") for name in names)])


def report(*lines: str, summaries: int, blocks: int = 0, single: bool = False) -> str:
    """`lines` with a foot whose counts are right."""
    count = len(lines) + 1
    foot = f"SRFO\t{count}\t{summaries}" if single else f"FOOT\t{count}\t{count}\t{summaries}\t{blocks}\t{blocks}"
    return "\n".join([*lines, foot]) + "\n"


def summary(kind: str, number: str = "S1", **more: str) -> str:
    cells = {"CommercialModel": "SubscriptionModel", "UseType": "OnDemandStream", "Territory": "GB"}
    return record(kind, SummaryRecordId=number, **cells, **more)


def basic_audio() -> str:
    """Two blocks of streams; the amount is in the summary. Titles hold pipes, a tab and quotes."""
    return report(
        head("BasicAudioProfile"),
        "#SY01.02\tSummaryRecordId\tDistributionChannel",
        summary("SY01.02", TotalUsages="128", CurrencyOfReporting="GBP", NetRevenue="50.25"),
        record("RE01.02", BlockId="1", ReleaseReference="R1", ReleaseICPN="036000291452", ReleaseTitle='"Best" Of'),
        record("AS02.03", BlockId="1", ResourceReference="A1", ResourceISRC="GBAHT0900445", ResourceTitle="Aniron"),
        use("1", "A1", "120"),
        record("RE01.02", BlockId="2", ReleaseReference="R1", ReleaseTitle="Joy"),
        record("AS02.03", BlockId="2", ResourceReference="A1", ResourceTitle="Silent Night"),
        use("2", "A1", "8"),
        summaries=1,
        blocks=2,
    )


def use(block: str, resource: str, streams: str) -> str:
    known = record("SU02.02", BlockId=block, SummaryRecordId="S1", SalesTransactionId="x", TransactedResource=resource)
    return f"{known}\tTRUE\t{streams}"


def financial(*, net: tuple[str, str] = ("1.25", "-0.05"), total: str = "11.20", fee: str = "10.00") -> str:
    """Two sales of single records, in the currency of accounting, and a fee that belongs to no use."""
    return report(
        head("FinancialReportingToRecordCompaniesProfileSRB", kind="SRHE"),
        summary(
            "SY10",
            ReportingPeriodStartDate="2025-06-01",
            ReportingPeriodEndDate="2025-06-30",
            CurrencyOfTransaction="JPY",
            CurrencyOfAccounting="EUR",
            UsageIndependentFeeInCurrencyOfAccounting=fee,
            FinalTotalAmountInCurrencyOfAccounting=total,
        ),
        sale("1", net[0], ResourceISRC="GBAHT0900445", ResourceTitle="Aniron", NetUsage="10"),
        sale("2", net[1], ReleaseICPN="036000291452", ReleaseTitle="Joy", NetUsage="-1"),
        summaries=1,
        single=True,
    )


def sale(number: str, net: str, **more: str) -> str:
    return record(
        "SR08",
        SalesTransactionId=number,
        SummaryRecordId="S1",
        SalesTransactionDate="2025-07-15",
        ReleaseDisplayArtistName="Enya|Clannad",
        AllocatedRevenueInCurrencyOfTransaction="999",
        AllocatedRevenueInCurrencyOfAccounting="2.00",
        AllocatedNetRevenueInCurrencyOfTransaction="888",
        AllocatedNetRevenueInCurrencyOfAccounting=net,
        **more,
    )


def royalties(number: int = 1, files: int = 1, *, amounts: tuple[str, str] = ("3.5", "1.25")) -> str:
    """A block of a royalty report: one use, shared by two rights controllers. Its id is the file's number."""
    block = str(number)
    track = {"DspResourceId": "r1", "ResourceISRC": "GBAHT0900445", "ResourceTitle": "One"}
    sold = {"SalesTransactionId": "t1", "SummaryRecordId": "S1", "DspResourceId": "r1", "Usages": "40"}
    lines = [
        head("RoyaltyReportingProfile", number=number, files=files),
        summary("SY07.01", CurrencyOfReporting="USD", RightsController="PUB_1", AllocatedRevenue="4.75"),
        record("AS01.02", BlockId=block, ResourceReference="A1", **track),
        record("MW01.02", BlockId=block),
        record("SU03.02", BlockId=block, **sold),
        licensor(block, "PUB_1", amounts[0]),
        licensor(block, "PUB_2", amounts[1]),
    ]
    count = len(lines) + 1
    return "\n".join([*lines, f"FOOT\t{count}\t{count * files}\t1\t1\t{files}"]) + "\n"


def licensor(block: str, controller: str, amount: str) -> str:
    return record(
        "LI01.03",
        BlockId=block,
        SummaryRecordId="S1",
        RightsController=controller,
        AllocatedNetRevenue="9",
        AllocatedAmount=amount,
    )
