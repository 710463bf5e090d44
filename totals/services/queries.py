"""Read the totals over all files, in a fixed number of queries.

They take as long for ten files as for ten thousand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from django.db.models import QuerySet, Sum

from accounts.models import Organisation
from oas.kernel.amounts import add_up, exact, format_amount
from oas.kernel.periods import month_text, months_between
from totals.models import ALL, Dimension, SummaryEntry, SummaryGap, SummaryKey, SummaryScope, SummarySource
from totals.services.largest_keys import SUMS, largest

SHARE_PLACES = Decimal("1e-6")
FIRST, LAST = 1, 999912  # before and after every month
ATTEMPTS = 3
COUNTED = {
    "artists": Dimension.ARTIST,
    "releases": Dimension.RELEASE,
    "tracks": Dimension.TRACK,
    "dsps": Dimension.DSP,
    "territories": Dimension.TERRITORY,
}
BY = {"dsp": Dimension.DSP, "territory": Dimension.TERRITORY, "artist": Dimension.ARTIST,
      "track": Dimension.TRACK, "release": Dimension.RELEASE}  # fmt: skip
PERIOD = "period"
Row = dict[str, Any]


@dataclass(frozen=True)
class Question:
    """What is asked of the totals.

    `first` and `last`: months as 202503, both included, None for no limit. `by`: a name of `BY`, or "period".
    `limit`: the largest keys to list. `series`: whether to add a value for every month.
    """

    first: int | None = None
    last: int | None = None
    by: str = ""
    limit: int = 100
    series: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """The first and the last month, where there is none one before or after all."""
        return self.first or FIRST, self.last or LAST

    @property
    def is_of_all_time(self) -> bool:
        return self.first is None and self.last is None


def find_scope(organisation: Organisation, batch: int | None = None) -> SummaryScope | None:
    """The scope of `batch`, or of everything; None while nothing is added up in it."""
    return SummaryScope.objects.of(organisation).filter(batch=batch).first()


def summary_of(scope: SummaryScope | None, question: Question) -> tuple[SummaryScope | None, Row]:
    """The answer to `question`, and the scope in the version that the answer is of."""
    # Several queries make one answer. When the ledger changed between them, they are repeated.
    answer = _answer(scope, question)
    for _ in range(ATTEMPTS):
        now = scope and SummaryScope.objects.of(scope.organisation_id).get(pk=scope.pk)
        if scope is None or now is None or now.version == scope.version:
            break
        scope, answer = now, _answer(now, question)
    return scope, answer


def _answer(scope: SummaryScope | None, question: Question) -> Row:
    with exact():
        months = _months(scope, question)
        whole = _sums(months)
        counts = _counts(scope, question)
        files = scope.files if scope and question.is_of_all_time else counts[Dimension.FILE]
        answer: Row = {
            "files": files,
            **{name: counts[dimension] for name, dimension in COUNTED.items()},
            "rows": whole["rows"],
            "quantity": whole["quantity"],
            "total_gross": int(whole["revenue"].to_integral_value(ROUND_HALF_EVEN)),
            "total_gross_exact": format_amount(whole["revenue"]),
            "periods": [month_text(month["period"]) for month in months],
            "missing_periods": _missing_periods(scope, question),
            "changed_at": scope.changed_at if scope else None,
        }
        return answer | _breakdown(scope, question, months, whole)


# --- figures of every answer ---


def _months(scope: SummaryScope | None, question: Question) -> list[Row]:
    """The sums of each month of the span that has sales, in order."""
    months = _entries(scope, Dimension.WHOLE).filter(period__gt=ALL, period__range=question.span).order_by("period")
    return _rows(months.values("period", "files", "rows", "quantity", "revenue"))


def _rows(found: Iterable[Any]) -> list[Row]:
    return list(found)


def _entries(scope: SummaryScope | None, dimension: Dimension) -> QuerySet[SummaryEntry]:
    return SummaryEntry.objects.filter(scope_id=scope.pk if scope else None, dimension=dimension)


def _sums(rows: Iterable[Row]) -> Row:
    sums: Row = {"rows": 0, "quantity": 0, "revenue": Decimal(0)}
    for row in rows:
        sums = {name: value + row[name] for name, value in sums.items()}
    return sums


def _counts(scope: SummaryScope | None, question: Question) -> dict[Dimension, int]:
    """The number of distinct artists, tracks, files … in the span (see `SummaryGap`)."""
    first, last = question.span
    gaps = SummaryGap.objects.filter(scope_id=scope.pk if scope else None)
    gaps = gaps.filter(period__gte=first, period__lte=last, previous__lt=first)
    found = dict(gaps.values_list("dimension").annotate(Sum("keys")))
    return {dimension: int(found.get(dimension, 0)) for dimension in Dimension}


def _missing_periods(scope: SummaryScope | None, question: Question) -> list[Row]:
    """The months of the span that a source left out: it reported for months before and after them."""
    sources: dict[str, list[int]] = {}
    pairs = SummarySource.objects.filter(scope_id=scope.pk if scope else None).order_by("source", "period")
    for source, period in pairs.values_list("source", "period"):
        sources.setdefault(source, []).append(period)
    first, last = question.span
    found = []
    for source, reported in sources.items():
        gaps = [month for month in months_between(reported[0], reported[-1]) if month not in set(reported)]
        missing = [month_text(month) for month in gaps if first <= month <= last]
        if missing:
            span = {"first": month_text(reported[0]), "last": month_text(reported[-1])}
            found.append({"source": source, **span, "missing": missing})
    return found


# --- by dimension, and month by month ---


def _breakdown(scope: SummaryScope | None, question: Question, months: list[Row], whole: Row) -> Row:
    if question.by == PERIOD:
        shown = months[-question.limit :]
        rows = [_named_month(month) | _figures(month, whole) for month in shown]
        return {"results": rows, "rest": _rest(whole, shown), "series": _series(question, months, [], {})}
    top = _top(scope, question, months) if question.by else []
    keys = SummaryKey.objects.in_bulk([row["key_id"] for row in top]) if top else {}
    rows = [{**_named(keys[row["key_id"]]), **_figures(row, whole)} for row in top if row["key_id"] in keys]
    return {
        "results": rows if question.by else None,
        "rest": _rest(whole, top) if question.by else None,
        "series": _series(question, months, _lines(scope, question, top), keys),
    }


def _top(scope: SummaryScope | None, question: Question, months: list[Row]) -> list[Row]:
    """The keys with the largest revenue in the span, largest first, with their sums."""
    if scope is None:
        return []
    if question.is_of_all_time or question.first == question.last:
        entries = _entries(scope, BY[question.by]).filter(period=question.first or ALL)
        return _rows(entries.order_by("-revenue", "key_id").values("key_id", *SUMS)[: question.limit])
    return largest(scope.pk, BY[question.by], [month["period"] for month in months], question.limit)


def _lines(scope: SummaryScope | None, question: Question, top: list[Row]) -> list[tuple[int, list[Row]]]:
    """The id of each key in `top`, with its sums by month."""
    if not question.series or not top or scope is None:
        return []
    keys = [row["key_id"] for row in top]
    months = SummaryEntry.objects.filter(key__in=keys, scope=scope, period__gt=ALL, period__range=question.span)
    found: dict[int, list[Row]] = {key: [] for key in keys}
    for row in _rows(months.values("key_id", "period", "quantity", "revenue")):
        found[row["key_id"]].append(row)
    return list(found.items())


def _series(
    question: Question, months: list[Row], lines: list[tuple[int, list[Row]]], keys: dict[int, SummaryKey]
) -> Row | None:
    """Values for a chart: of all, of each line, and of the rest that the lines leave.

    Has every month from the first to the last with sales; a month in between without any has zeros.
    """
    if not question.series:
        return None
    axis = months_between(months[0]["period"], months[-1]["period"]) if months else []
    total = _points(axis, months)
    shown = [(keys[key], _points(axis, rows)) for key, rows in lines if key in keys]
    used = [add_up(line[n]["revenue"] for _, line in shown) for n in range(len(axis))]
    rest = [format_amount(point["revenue"] - revenue) for point, revenue in zip(total, used, strict=True)]
    return {
        "periods": [month_text(month) for month in axis],
        "total": _values(total),
        "lines": [{**_named(key), **_values(line)} for key, line in shown],
        "rest": {"revenue": rest} if question.by in BY else None,
    }


def _points(axis: list[int], rows: Iterable[Row]) -> list[Row]:
    found = {row["period"]: row for row in rows}
    return [found.get(month, {"revenue": Decimal(0), "quantity": 0}) for month in axis]


def _values(points: list[Row]) -> Row:
    return {
        "revenue": [format_amount(point["revenue"]) for point in points],
        "quantity": [point["quantity"] for point in points],
    }


def _named_month(month: Row) -> Row:
    return {"name": month_text(month["period"]), "files": month["files"]}


def _named(key: SummaryKey) -> Row:
    codes = {name: getattr(key, name) for name in ("artist", "isrc", "upc")}
    return {"name": key.shown_name, **{name: value for name, value in codes.items() if value}}


def _figures(row: Row, whole: Row) -> Row:
    total = whole["revenue"]
    share = (row["revenue"] / total).quantize(SHARE_PLACES) if total else Decimal(0)
    return {
        "revenue": format_amount(row["revenue"]),
        "quantity": row["quantity"],
        "rows": row["rows"],
        "share": format_amount(share),
    }


def _rest(whole: Row, shown: list[Row]) -> Row:
    """The sums that `shown` leaves of `whole`."""
    sums = _sums(shown)
    return {
        "revenue": format_amount(whole["revenue"] - sums["revenue"]),
        "quantity": whole["quantity"] - sums["quantity"],
        "rows": whole["rows"] - sums["rows"],
    }
