"""Checks of single rows, a batch at a time: sound rows go on in their normal form, others become problems by cell.

`REASONS` has every code with its text, also those found later over all rows (staged_rows.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from catalogue.models import CODE_LENGTH, KEY_LENGTH, MOST_SECONDS, NAME_LENGTH, TITLE_LENGTH, Role
from catalogue.services.imports.columns import ARTISTS
from catalogue.services.imports.read_rows import BROKEN, LONGEST, NUMBER
from catalogue.validators import BAD_CHECK_DIGIT, BAD_ISRC, BAD_UPC, countries
from oas.kernel.match_keys import check_digit_holds, normal_isrc, normal_name, normal_upc, shown_upc

REASONS: Final = {
    "bad_quotes": "The quotes of the line cannot be read: one is opened and not closed, or text follows a closed one.",
    "no_identifier": "The row has neither an ISRC nor a UPC.",
    "bad_isrc": BAD_ISRC,
    "bad_upc": BAD_UPC,
    "bad_check_digit": BAD_CHECK_DIGIT,
    "too_long": f"Too long: titles have {TITLE_LENGTH}, names {NAME_LENGTH}, numbers {CODE_LENGTH} characters at most.",
    "bad_duration": "Not a duration: 3:45, 0:03:45, PT3M45S or seconds.",
    "bad_date": "Not a date: 2025-01-31, 2025/01/31, 20250131 or 31.01.2025.",
    "bad_territory": "Not countries of ISO 3166-1 alpha-2 (DE, US …), nor WORLD.",
    "bad_number": "Not a number from 1 to 32767.",
    "duplicate": "The same ISRC and UPC stand in an earlier row.",
    "conflict": "An earlier row gives this ISRC or UPC another title or version.",
    "required": "Neither the catalogue nor this file has a title for this ISRC or UPC.",
}
MOST_SHOWN: Final = 200  # characters of a bad value
CREDIT_ROLES: Final = {
    "artist": Role.MAIN.value,
    "featured": Role.FEATURED.value,
    "remixer": Role.REMIXER.value,
    "composer": Role.COMPOSER.value,
    "producer": Role.PRODUCER.value,
    "release_artist": "release",
}
LENGTHS: Final = {
    "title": TITLE_LENGTH,
    "version": TITLE_LENGTH,
    "release_title": TITLE_LENGTH,
    "release_version": TITLE_LENGTH,
    "catalogue_number": CODE_LENGTH,
    "label": NAME_LENGTH,
    **dict.fromkeys(ARTISTS, LONGEST),  # several names; each is held against NAME_LENGTH by itself
}
ROWS: Final = (
    NUMBER, "isrc", "title", "version", "duration", "upc", "release_title", "release_version", "catalogue_number",
    "label", "release_date", "territories", "disc", "position",
)  # fmt: skip
CREDITS: Final = (NUMBER, "role", "place", "name", "normal_name")
PROBLEMS: Final = (NUMBER, "column", "code", "value")
_EVERYWHERE: Final = ("WORLD", "WORLDWIDE", "WW", "XW", "001", "GLOBAL", "ALL")
_DATES: Final = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d.%m.%Y")


@dataclass(frozen=True)
class Checked:
    """A checked batch: sound `rows` (columns ROWS), their `credits` (CREDITS), and `problems` (PROBLEMS) of the others.

    `total` counts all rows that are not blank.
    """

    rows: pl.DataFrame
    credits: pl.DataFrame
    problems: pl.DataFrame
    total: int


def check(batch: pl.DataFrame) -> Checked:
    """Check a batch as `read_rows.batches` yields it. A row with any problem is in `problems` only."""
    filled = batch.filter(pl.any_horizontal(pl.exclude(NUMBER).is_not_null()))
    sound = filled.filter(pl.col(BROKEN).is_null())
    formed = sound.with_columns(**{f"{name}_": form for name, form in _forms().items()})
    credits = _credits(sound)
    problems = pl.concat([_broken(filled), *(_found(formed, *rule) for rule in _rules()), _long_names(credits)])
    bad = problems.select(NUMBER).unique()
    rows = formed.join(bad, on=NUMBER, how="anti", maintain_order="left")
    rows = rows.with_columns(**{name: pl.col(f"{name}_") for name in _forms()}).select(ROWS)
    return Checked(rows, credits.join(bad, on=NUMBER, how="anti"), problems, filled.height)


# --- forms ---


def _forms() -> dict[str, pl.Expr]:
    """Return the normal form of each column that has one; it is null where the text is not sound."""
    return {
        "isrc": normal_isrc(pl.col("isrc")),
        "upc": shown_upc(normal_upc(pl.col("upc"))),
        "duration": _seconds(pl.col("duration")),
        "release_date": _date(pl.col("release_date").str.slice(0, 10)),
        "territories": _territories(pl.col("territories")),
        "disc": _count(pl.col("disc")),
        "position": _count(pl.col("position")),
    }


def _seconds(text: pl.Expr) -> pl.Expr:
    clock = text.str.extract_groups(r"^(?:([0-9]{1,2}):)?([0-9]{1,3}):([0-9]{2})(?:\.[0-9]+)?$")
    iso = text.str.extract_groups(r"^PT(?:([0-9]+)H)?(?:([0-9]+)M)?(?:([0-9]+)(?:\.[0-9]+)?S)?$")
    plain = text.str.extract(r"^([0-9]{1,6})(?:\.[0-9]+)?$").cast(pl.Int32)
    seconds = pl.coalesce(_sum_of(clock), _sum_of(iso), plain)
    return pl.when(seconds <= MOST_SECONDS).then(seconds)


def _sum_of(groups: pl.Expr) -> pl.Expr:
    """Return the seconds of three groups, hours, minutes and seconds; null when all three are empty."""
    parts = [groups.struct.field(str(place)).cast(pl.Int32, strict=False) for place in (1, 2, 3)]
    weighed = pl.sum_horizontal(part.fill_null(0) * weight for part, weight in zip(parts, (3600, 60, 1), strict=True))
    return pl.when(pl.any_horizontal(part.is_not_null() for part in parts)).then(weighed)


def _date(text: pl.Expr) -> pl.Expr:
    date = pl.coalesce(text.str.to_date(form, strict=False) for form in _DATES)
    return pl.when(date.dt.year().is_between(1800, 2200)).then(date)


def _territories(text: pl.Expr) -> pl.Expr:
    """Return codes separated by commas, sorted; empty for the whole world; null for text that is no territory."""
    codes = text.str.to_uppercase().str.replace_all(r"[\s,;|/]+", ",").str.strip_chars(",")
    known = "|".join(sorted(countries()))
    right = codes.str.contains(rf"^(?:{known})(?:,(?:{known}))*$")
    several = codes.str.split(",").list.unique().list.sort().list.join(",")
    return pl.when(codes.is_in(_EVERYWHERE)).then(pl.lit("")).when(right).then(several)


def _count(text: pl.Expr) -> pl.Expr:
    """Read `3`, `03` and `3/12` as 3; null for text that is no number from 1 to 32767."""
    number = text.str.extract(r"^([0-9]{1,5})(?:\.0+)?(?:\s*/\s*[0-9]+)?$").cast(pl.Int32)
    return pl.when(number.is_between(1, 32767)).then(number)


def _credits(filled: pl.DataFrame) -> pl.DataFrame:
    """Return one line per artist. `place` counts from 1 within the row, separately for the release's artists."""
    long = filled.unpivot(on=list(ARTISTS), index=NUMBER, variable_name="column", value_name="names").drop_nulls()
    named = long.with_columns(name=_split(pl.col("names"))).explode("name")
    named = named.with_columns(pl.col("name").str.strip_chars(), role=_role())
    named = named.with_columns(normal_name=normal_name(pl.col("name"))).drop_nulls("normal_name")
    once = named.unique([NUMBER, "role", "normal_name"], keep="first", maintain_order=True)
    once = once.with_columns(
        place=pl.int_range(1, pl.len() + 1, dtype=pl.Int32).over(NUMBER, pl.col("role") == "release")
    )
    return once.select(CREDITS)


def _split(names: pl.Expr) -> pl.Expr:
    return names.str.replace_all("|", ";", literal=True).str.split(";")


def _role() -> pl.Expr:
    return pl.col("column").replace_strict(CREDIT_ROLES, return_dtype=pl.String)


# --- problems ---


def _rules() -> list[tuple[str, str, pl.Expr]]:
    """Return column, code, and an expression that holds for the rows with this problem."""
    upc = normal_upc(pl.col("upc"))
    rules = [
        ("isrc", "no_identifier", pl.col("isrc").is_null() & pl.col("upc").is_null()),
        ("upc", "bad_check_digit", upc.is_not_null() & ~check_digit_holds(upc)),
    ]
    codes = {
        "isrc": "bad_isrc", "upc": "bad_upc", "duration": "bad_duration", "release_date": "bad_date",
        "territories": "bad_territory", "disc": "bad_number", "position": "bad_number",
    }  # fmt: skip
    rules += [(name, code, _formless(name)) for name, code in codes.items()]
    return rules + [(name, "too_long", pl.col(name).str.len_chars() > most) for name, most in LENGTHS.items()]


def _formless(name: str) -> pl.Expr:
    """Hold for cells that are not empty and have no normal form."""
    return pl.col(name).is_not_null() & pl.col(f"{name}_").is_null()


def _found(rows: pl.DataFrame, column: str, code: str, wrong: pl.Expr) -> pl.DataFrame:
    value = pl.col(column).fill_null("").str.slice(0, MOST_SHOWN)
    found = rows.filter(wrong).select(NUMBER, column=pl.lit(column), code=pl.lit(code), value=value)
    return found.select(PROBLEMS)


def _broken(rows: pl.DataFrame) -> pl.DataFrame:
    """Return a problem for each line whose quotes cannot be read; it has no column, as no cell of the line is known."""
    found = rows.drop_nulls(BROKEN).select(NUMBER, column=pl.lit(""), code=pl.lit("bad_quotes"), value=pl.col(BROKEN))
    return found.select(PROBLEMS)


def _long_names(credits: pl.DataFrame) -> pl.DataFrame:
    long = (pl.col("name").str.len_chars() > NAME_LENGTH) | (pl.col("normal_name").str.len_chars() > KEY_LENGTH)
    column = pl.col("role").replace_strict({role: name for name, role in CREDIT_ROLES.items()}, return_dtype=pl.String)
    value = pl.col("name").str.slice(0, MOST_SHOWN)
    found = credits.filter(long).select(NUMBER, column=column, code=pl.lit("too_long"), value=value)
    return found.select(PROBLEMS)
