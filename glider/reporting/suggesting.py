"""suggest: for what is not in the catalogue, the item whose artist and title look most like it. Never applied.

Every comparison is between two texts of sorted words (rapidfuzz, the share of letters that need no change), in blocks
of a bounded size; the groups that earned most come first, and the number of comparisons has a bound.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from glider.reporting.catalogue import Catalogue
from oas.matching import normal_artist, normal_title

LEAST_SCORE: Final = 70  # of 100: below, it is more often wrong than right
MOST_COMPARISONS: Final = 300_000_000  # some three seconds on two cores
BLOCK: Final = 64 * 1024 * 1024  # bytes of scores at a time
_WHOLE: Final = pl.col("level") == "release"


def suggested(groups: pl.DataFrame, catalogue: Catalogue) -> pl.DataFrame:
    """`groups` (the most important first) with `suggestion` (an item, or null) and `score`."""
    texts = groups.select(_text(pl.col("title")), _WHOLE.alias("whole"))
    numbered = texts.with_row_index("group")
    found = pl.concat(
        [_best(numbered.filter(whole=whole), _choices(catalogue, whole=whole)) for whole in (False, True)]
    )
    return groups.with_row_index("group").join(found, on="group", how="left", maintain_order="left").drop("group")


def _text(title: pl.Expr) -> pl.Expr:
    words = pl.concat_str(normal_artist(pl.col("artist")), normal_title(title), separator=" ", ignore_nulls=True)
    return words.str.split(" ").list.sort().list.join(" ").alias("text")


def _choices(catalogue: Catalogue, *, whole: bool) -> pl.DataFrame:
    """Different texts, each with its first item."""
    if whole:
        items = catalogue.items.filter(pl.col("track_id").is_null())
    else:
        tracks = catalogue.items.filter(pl.col("track_id").is_not_null())
        items = tracks.sort("release_id", "item", nulls_last=False).unique("track_id", keep="first")
    texts = items.sort("item").select(_text(pl.col("release" if whole else "track")), "item")
    return texts.filter(pl.col("text") != "").unique("text", keep="first", maintain_order=True)


def _best(groups: pl.DataFrame, choices: pl.DataFrame) -> pl.DataFrame:
    affordable = MOST_COMPARISONS // choices.height if choices.height else 0
    same = groups.join(choices, on="text").select(
        "group", pl.col("item").alias("suggestion"), pl.lit(100, pl.UInt8).alias("score")
    )
    others = groups.filter(pl.col("text") != "").join(same, on="group", how="anti", maintain_order="left")
    wanted = others.select("group", "text").head(affordable)
    scores = list(_scores(wanted["text"].to_list(), choices["text"].to_list())) if wanted.height else []
    best = wanted.select("group").with_columns(
        pl.Series("place", [place for places, _ in scores for place in places], pl.UInt32),
        pl.Series("score", [score for _, values in scores for score in values], pl.UInt8),
    )
    items = choices.select(pl.col("item").alias("suggestion")).with_row_index("place")
    alike = best.filter(pl.col("score") >= LEAST_SCORE).join(items, on="place").select("group", "suggestion", "score")
    return pl.concat([same, alike])


def _scores(texts: list[str], choices: list[str]) -> Iterator[tuple[list[int], list[int]]]:
    """Of each text the place of its best choice (the first of equals) and the score, block by block."""
    size = max(1, BLOCK // max(1, len(choices)))
    for start in range(0, len(texts), size):
        block = process.cdist(
            texts[start : start + size],
            choices,
            scorer=fuzz.ratio,
            score_cutoff=LEAST_SCORE,
            dtype=np.uint8,
            workers=-1,
        )
        yield block.argmax(axis=1).tolist(), block.max(axis=1).tolist()
