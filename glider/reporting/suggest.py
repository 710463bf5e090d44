"""Suggestions: for what is not in the catalogue, the item whose artist and title are most alike. Never applied.

Texts are compared twice (rapidfuzz: the share of letters that need no change), and the better score counts: as they
are, so that `Nightbus` is near `Night Bus`, and with their words sorted, so that `Lane Aurora` is `Aurora Lane`. Both
memory and the number of comparisons are bounded; what earned most is compared first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from glider.reporting.catalogue import Catalogue
from oas.kernel.match_keys import normal_artist, normal_title

LEAST_SCORE: Final = 70  # of 100; lower ones are more often wrong than right
MOST_PAIRS: Final = 150_000_000  # some three seconds on two cores
BLOCK: Final = 64 * 1024 * 1024  # bytes of scores at a time
_WHOLE: Final = pl.col("level") == "release"
_FORMS: Final = ("text", "sorted")  # the columns of `_texts`, both of which are compared


def suggested(groups: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """`groups`, in which those that earned most come first, with `suggestion` (an item or null) and `score` of 100."""
    numbered = groups.select(*_texts(pl.col("title")), _WHOLE.alias("whole")).with_row_index("group")
    found = pl.concat(
        [_best(numbered.filter(whole=whole), _choices(catalogue, whole=whole)) for whole in (False, True)]
    )
    return groups.with_row_index("group").join(found, on="group", how="left", maintain_order="left").drop("group")


def _texts(title: pl.Expr) -> list[pl.Expr]:
    words = pl.concat_str(normal_artist(pl.col("artist")), normal_title(title), separator=" ", ignore_nulls=True)
    return [words.alias("text"), words.str.split(" ").list.sort().list.join(" ").alias("sorted")]


def _choices(catalogue: Catalogue, *, whole: bool) -> pl.DataFrame:
    """The different texts of tracks (`whole`: of releases), each with its first item."""
    if whole:
        items = catalogue.items.filter(pl.col("track_id").is_null())
    else:
        tracks = catalogue.items.filter(pl.col("track_id").is_not_null())
        items = tracks.sort("release_id", "item", nulls_last=False).unique("track_id", keep="first")
    texts = items.sort("item").select(*_texts(pl.col("release" if whole else "track")), "item")
    return texts.filter(pl.col("text") != "").unique("sorted", keep="first", maintain_order=True)


def _best(groups: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    """The best choice of each group, with columns group, suggestion and score."""
    # Groups with the very words of a choice are found by a join, so that they take none of the comparisons.
    same = groups.join(choices.select("sorted", pl.col("item").alias("suggestion")), on="sorted")
    alike = _compared(
        groups.filter(pl.col("text") != "").join(same, on="group", how="anti", maintain_order="left"), choices
    )
    return pl.concat([same.select("group", "suggestion", pl.lit(100, pl.UInt8).alias("score")), alike])


def _compared(groups: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    wanted = groups.head(MOST_PAIRS // choices.height if choices.height else 0)
    found = list(_scores(wanted, choices)) if wanted.height else []
    best = wanted.select("group").with_columns(
        pl.Series("place", [place for places, _ in found for place in places], pl.UInt32),
        pl.Series("score", [score for _, scores in found for score in scores], pl.UInt8),
    )
    items = choices.select(pl.col("item").alias("suggestion")).with_row_index("place")
    return best.filter(pl.col("score") >= LEAST_SCORE).join(items, on="place").select("group", "suggestion", "score")


def _scores(groups: pl.DataFrame, choices: pl.DataFrame) -> Iterator[tuple[list[int], list[int]]]:
    """The places of the best choices (the first of equals) and their scores, for one block of groups after another."""
    texts = {form: choices[form].to_list() for form in _FORMS}
    for block in groups.iter_slices(max(1, BLOCK // choices.height)):
        scores, others = (
            process.cdist(
                block[form].to_list(),
                texts[form],
                scorer=fuzz.ratio,
                score_cutoff=LEAST_SCORE,
                dtype=np.uint8,
                workers=-1,
            )
            for form in _FORMS
        )
        np.maximum(scores, others, out=scores)
        yield scores.argmax(axis=1).tolist(), scores.max(axis=1).tolist()
