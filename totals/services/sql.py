"""The SQL that changes the totals over all files.

The caller has locked the rows of the scopes, so no two runs of it meet: no update is lost, and there is no deadlock.

Temporary tables: `summary_delta` is the delta of one file or many (`deltas.COLUMNS`), with period 0 for all of them;
`summary_sums` is the same by the ids of keys; `summary_change` is that for each scope, with the files that its entry
had `before` (NULL: there is none); `summary_touched` are the keys that get or lose a period.
"""

from __future__ import annotations

from typing import Final

# A file may have a million tracks, which takes longer than a request may. And a file changes few of all entries, which
# are best found by the index, though PostgreSQL estimates random reads as expensive.
SETTINGS: Final = "SET LOCAL statement_timeout = '240s'; SET LOCAL random_page_cost = 1"
CREATE_DELTA: Final = """
CREATE TEMP TABLE summary_delta (
    comes boolean, dimension smallint, stated boolean, key text, name text, artist text, isrc text, upc text,
    period integer, files integer, rows bigint, quantity bigint, revenue numeric
) ON COMMIT DROP
"""
COPY_DELTA: Final = "COPY summary_delta FROM STDIN (FORMAT csv)"
DROP_TABLES: Final = "DROP TABLE summary_delta, summary_sums, summary_change, summary_touched"

_DIGEST: Final = "substring(sha256(convert_to(key, 'UTF8')) for 16)"

# Of several spellings the first by the alphabet is shown, whichever file came first.
ADD_KEYS: Final = f"""
INSERT INTO totals_summarykey AS known (organisation_id, dimension, digest, stated, name, artist, isrc, upc)
SELECT %(organisation)s, dimension, {_DIGEST}, stated, name, artist, isrc, upc FROM summary_delta WHERE comes
ON CONFLICT (organisation_id, dimension, digest) DO UPDATE
SET name = LEAST(known.name COLLATE "C", excluded.name COLLATE "C"),
    artist = LEAST(known.artist COLLATE "C", excluded.artist COLLATE "C")
WHERE excluded.name COLLATE "C" < known.name COLLATE "C" OR excluded.artist COLLATE "C" < known.artist COLLATE "C"
   OR (known.name IS NULL AND excluded.name IS NOT NULL) OR (known.artist IS NULL AND excluded.artist IS NOT NULL)
"""

CREATE_SUMS: Final = f"""
CREATE TEMP TABLE summary_sums ON COMMIT DROP AS
WITH delta AS (SELECT *, {_DIGEST} AS digest FROM summary_delta)
SELECT known.id AS key_id, known.dimension, known.stated, delta.period, delta.files, delta.rows, delta.quantity,
       delta.revenue
FROM delta JOIN totals_summarykey AS known
  ON known.organisation_id = %(organisation)s AND known.dimension = delta.dimension AND known.digest = delta.digest
WHERE delta.files <> 0 OR delta.rows <> 0 OR delta.quantity <> 0 OR delta.revenue <> 0
ORDER BY known.id
"""
# What is added may bring an entry to 10^19, the bound of numeric(37,18): past it PostgreSQL raises an error. What is
# taken off may bring it anywhere, and the column has room for it: a file can always be deleted, however negative its
# total is. Where an entry is past the bound already, what brings it nearer to zero may be added.
CREATE_CHANGE: Final = """
CREATE TEMP TABLE summary_change ON COMMIT DROP AS
SELECT scope.id AS scope_id, sums.*, entry.files AS before,
       CASE WHEN %(bounded)s AND abs(coalesce(entry.revenue, 0) + sums.revenue) > abs(coalesce(entry.revenue, 0))
            THEN (coalesce(entry.revenue, 0) + sums.revenue)::numeric(37,18) END AS bounded
FROM summary_sums AS sums CROSS JOIN unnest(%(scopes)s::bigint[]) AS scope(id)
LEFT JOIN totals_summaryentry AS entry
  ON entry.key_id = sums.key_id AND entry.scope_id = scope.id AND entry.period = sums.period
"""
CREATE_TOUCHED: Final = """
CREATE TEMP TABLE summary_touched ON COMMIT DROP AS
SELECT DISTINCT scope_id, key_id FROM summary_change
WHERE period <> 0 AND stated AND files <> 0 AND (before IS NULL OR before + files = 0)
"""

# Run with sign -1 before the entries change, and with sign 1 afterwards.
_COUNT_GAPS: Final = """
INSERT INTO totals_summarygap AS gap (scope_id, dimension, previous, period, keys)
SELECT scope_id, dimension, previous, period, {sign} * count(*)
FROM (
    SELECT entry.scope_id, entry.dimension, entry.period,
           lag(entry.period, 1, 0) OVER (PARTITION BY entry.key_id, entry.scope_id ORDER BY entry.period) AS previous
    FROM summary_touched AS touched JOIN totals_summaryentry AS entry USING (key_id, scope_id)
    WHERE entry.period <> 0
) AS step
GROUP BY scope_id, dimension, previous, period
ON CONFLICT (scope_id, dimension, previous, period) DO UPDATE SET keys = gap.keys + excluded.keys
"""
DELETE_GAPS: Final = "DELETE FROM totals_summarygap WHERE scope_id = ANY(%(scopes)s) AND keys = 0"

CHANGE_ENTRIES: Final = """
UPDATE totals_summaryentry AS entry
SET files = entry.files + change.files, rows = entry.rows + change.rows,
    quantity = entry.quantity + change.quantity, revenue = entry.revenue + change.revenue
FROM summary_change AS change
WHERE change.before IS NOT NULL
  AND entry.key_id = change.key_id AND entry.scope_id = change.scope_id AND entry.period = change.period
"""
# Which entries are new is known from `before` and not found out here: PostgreSQL plans for the table as it is before
# the statement, and scanning an empty one for every line takes minutes once these lines are in it.
ADD_ENTRIES: Final = """
INSERT INTO totals_summaryentry (key_id, scope_id, period, dimension, files, rows, quantity, revenue)
SELECT key_id, scope_id, period, dimension, files, rows, quantity, revenue FROM summary_change WHERE before IS NULL
"""
DELETE_ENTRIES: Final = """
DELETE FROM totals_summaryentry AS entry USING summary_change AS change
WHERE change.files < 0 AND entry.files = 0
  AND entry.key_id = change.key_id AND entry.scope_id = change.scope_id AND entry.period = change.period
"""
DELETE_KEYS: Final = """
DELETE FROM totals_summarykey AS known USING summary_change AS change
WHERE change.period = 0 AND change.files < 0 AND known.id = change.key_id
  AND NOT EXISTS (SELECT FROM totals_summaryentry AS entry WHERE entry.key_id = known.id)
"""

# All statements in one request, once `summary_delta` is filled. Values: `organisation`, and `scopes`, their ids.
_ADD: Final = (
    ADD_KEYS, CREATE_SUMS, CREATE_CHANGE, CREATE_TOUCHED, _COUNT_GAPS.format(sign=-1), CHANGE_ENTRIES, ADD_ENTRIES,
)  # fmt: skip
_END: Final = (_COUNT_GAPS.format(sign=1), DELETE_GAPS)
ADD: Final = ";".join([*_ADD, *_END, DROP_TABLES])
ADD_AND_TAKE_OFF: Final = ";".join([*_ADD, DELETE_ENTRIES, *_END, DELETE_KEYS, DROP_TABLES])
BEGIN: Final = ";".join([SETTINGS, CREATE_DELTA])
