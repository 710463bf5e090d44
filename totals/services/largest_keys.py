"""The largest keys of a span of months, without adding up all of them.

Of each month only the largest keys are read, by the index. A key that is among them in no month cannot have more than
the sum of the months' last ones; so a key that has more is among the largest for certain (Fagin's threshold
algorithm). Where that is not enough, everything is added up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from django.db.models import Sum

from totals.models import SummaryEntry

SUMS = ("rows", "quantity", "revenue")
DEEPER = 20  # keys that are read of each month, besides twice the limit
Row = dict[str, Any]

# `bound`: the largest revenue that a key in none of the lists can have. `cut`: whether any list leaves keys out.
LARGEST: Final = """
WITH tops AS (
    SELECT month.period, top.key_id, top.revenue
    FROM unnest(%(months)s::integer[]) AS month(period) CROSS JOIN LATERAL (
        SELECT key_id, revenue FROM totals_summaryentry
        WHERE scope_id = %(scope)s AND dimension = %(dimension)s AND period = month.period
        ORDER BY revenue DESC, key_id LIMIT %(depth)s
    ) AS top
), lists AS (
    SELECT count(*) = %(depth)s AS cut, min(revenue) AS least FROM tops GROUP BY period
), rest AS (
    SELECT sum(greatest(least, 0)) FILTER (WHERE cut) AS bound, bool_or(cut) AS cut FROM lists
)
SELECT candidate.key_id, added.rows, added.quantity, added.revenue, rest.bound, rest.cut
FROM (SELECT DISTINCT key_id FROM tops) AS candidate CROSS JOIN rest CROSS JOIN LATERAL (
    SELECT sum(rows)::bigint AS rows, sum(quantity)::bigint AS quantity, sum(revenue) AS revenue
    FROM totals_summaryentry
    WHERE key_id = candidate.key_id AND scope_id = %(scope)s AND period BETWEEN %(first)s AND %(last)s
) AS added
ORDER BY added.revenue DESC, candidate.key_id LIMIT %(limit)s
"""


def largest(scope: int, dimension: int, months: Sequence[int], limit: int) -> list[Row]:
    """The `limit` keys with the largest revenue over `months`, largest first, with their sums.

    `months`: all months of a span that have sales, as 202503.
    """
    if not months:
        return []
    given: dict[str, Any] = {"scope": scope, "dimension": dimension, "limit": limit, "months": list(months)}
    given |= {"first": min(months), "last": max(months)}
    with connection.cursor() as cursor:
        cursor.execute(LARGEST, given | {"depth": 2 * limit + DEEPER})
        found = cursor.fetchall()
    if is_certain(found, limit):
        return [dict(zip(("key_id", *SUMS), row, strict=False)) for row in found]
    return _added_up(given)


def is_certain(found: Sequence[tuple[Any, ...]], limit: int) -> bool:
    """Whether no key that was not read can be among the first `limit`. `found`: rows of `LARGEST`."""
    if not found:
        return True
    *_, revenue, bound, cut = found[-1]
    return not cut or (len(found) == limit and revenue > bound)


def _added_up(given: dict[str, Any]) -> list[Row]:
    entries = SummaryEntry.objects.filter(
        scope_id=given["scope"], dimension=given["dimension"], period__in=given["months"]
    )
    added: Any = entries.values("key_id").annotate(**{f"{name}_sum": Sum(name) for name in SUMS})
    rows = added.order_by("-revenue_sum", "key_id")[: given["limit"]]
    return [{"key_id": row["key_id"], **{name: row[f"{name}_sum"] for name in SUMS}} for row in rows]
