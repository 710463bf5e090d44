"""docs/layout-keys.md: every key of a layout, from the descriptions in its model and an example of a shipped layout.

Run as a program, it writes the page; a test fails when the page is out of date.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import polars as pl

from glider.canonical.schema import LEVELS, MONETISATIONS, USAGES
from glider.layouts.layout import Layout
from glider.layouts.periods import NOTATIONS, SPANS, months, parse_days
from glider.layouts.registry import shipped_texts
from glider.layouts.rules import COLUMNS
from glider.reason_codes import REASONS, SKIPPING

Schema = Mapping[str, Any]

PAGE: Final = Path(__file__).resolve().parents[3] / "docs" / "layout-keys.md"
WHOLE: Final = "landr.toml"  # the layout that is shown as a whole
LONGEST_EXAMPLE: Final = 90  # characters; a longer one is taken where there is no other
BY_FIELD: Final = "[{}.FIELD]"  # the title of tables that are named by a field
NOTHING: Final[tuple[Any, ...]] = ([], {}, None, "")  # defaults of keys that need not be there
CHOICES: Final = {"level": LEVELS, "usage": USAGES, "monetisation": MONETISATIONS}
# Path of a key → what its text may be, where the type alone does not have it.
ALLOWED: Final[dict[str, Sequence[str]]] = {
    **{f"{table}.{key}": values for table, values in CHOICES.items() for key in ("values", "contains", "default")},
    **{f"kinds.{key}": CHOICES[key] for key in ("usage", "monetisation")},
    **{f"{table}.reason": SKIPPING for table in ("skip", "stop")},
}
# Path of a key → the table at the end of the page that has what its text, or the names in it, may be.
LISTED: Final = {
    "columns": "Fields",
    "by_level": "Fields",
    "level.release_without": "Fields",
    "dates.period": "Notations",
    "dates.statement_period": "Notations",
    "filename.dates": "Notations",
}
FIELDS: Final = {
    "period": "the month of sale, or the first day of the time of sale",
    "period_end": "the last day of the time of sale; the line is kept under the month that holds the middle",
    "statement_period": "the month of the statement",
    "store": "the store, from which the DSP follows",
    "territory": "the country of sale, as a name or a code",
    "artist": "the artist of the track or release",
    "release": "the title of the release",
    "track": "the title of the track",
    "version": "the version of the track, which is added to its title in brackets",
    "isrc": "the ISRC; of several columns, the first that holds one",
    "upc": "the UPC or EAN of the release",
    "catalogue_number": "the label's own number of the release",
    "label": "the label",
    "quantity": "units or streams, a whole number; negative for returns",
    "currency": "the currency of `net` and `gross`",
    "gross": "the amount before the deductions of store and distributor",
    "net": "the amount that the label is to receive",
}
NOTATION_EXAMPLES: Final = {
    "year_month": "2025-07-31",
    "month_year": "07-25",
    "month_day_year": "07/31/2025",
    "day_month_year": "31/07/2025",
    "day_month_name_year": "31 July 2025",
    "month_name_year": "JUL-25",
    "year_m_month": "2025M7",
    "numbered_month": "P07 25 (Jul 25)",
    "year_quarter": "2025Q3",
    "year_quarter_number": "20253",
    "quarter_year": "3Q2025",
    "short_quarter": "Q325",
    "month_to_month": "202507202509",
    "month_names_year": "JUL-SEP-25",
}
TYPES: Final = {
    "boolean": "`true` or `false`",
    "integer": "whole number",
    "number": "number",
    "string": "text",
    "regex": "regular expression",
}
INTRODUCTION: Final = """# Keys of a layout

A layout is one [TOML](https://toml.io) file: in `glider/layouts/shipped/`, or in the admin under Layouts. It names the
columns of one kind of sales file and how to read them. This page has every key; `make docs` generates it from
the models in `glider/layouts/` (`layout.py`, `choices.py`, `rules.py`), which also check a layout, and takes the
examples from shipped layouts.
[CONTRIBUTING.md](../CONTRIBUTING.md) has the steps of adding a layout, [layouts.md](layouts.md) lists the shipped ones.
"""


@dataclass(frozen=True)
class Section:
    """One table of a layout: its `title` in TOML, and the `path` of its keys, in which `*` is any field."""

    title: str
    path: str
    schema: Schema

    def path_of(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


def page() -> str:
    schema = Layout.model_json_schema()
    sections = _sections(schema)
    titles = {model: section.title for model, section in sections.items()}
    top = _keys(Section("", "", schema), titles)
    tables = [
        f"## `{each.title}`\n\n{each.schema['description']}\n\n{_keys(each, titles)}" for each in sections.values()
    ]
    parts = [INTRODUCTION, _whole(), f"## At the top\n\n{top}", *tables, _fields(), _notations(), _reasons()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _whole() -> str:
    return f"## A whole layout\n\n`{WHOLE}`:\n\n```toml\n{shipped_texts()[WHOLE].strip()}\n```"


# --- tables of a layout ---


def _sections(whole: Schema) -> dict[str, Section]:
    """Every table by the name of its model, each where its model is first held, tables in tables after their holder."""
    found: dict[str, Section] = {}
    _add(Section("", "", whole), whole["$defs"], found)
    return found


def _add(holder: Section, models: Schema, found: dict[str, Section]) -> None:
    for key, schema in holder.schema["properties"].items():
        model, title = _held(schema)
        if model and model not in found:
            path = holder.path_of(key)
            found[model] = Section(title.format(path), f"{path}.*" if title == BY_FIELD else path, models[model])
            _add(found[model], models, found)


def _held(schema: Schema) -> tuple[str, str]:
    """The model of the table that a key holds, and the form of its title; empty where it holds none."""
    places = {"[{}]": schema, "[[{}]]": schema.get("items", {}), BY_FIELD: schema.get("additionalProperties") or {}}
    for title, place in places.items():
        for option in place.get("anyOf", [place]):
            if "$ref" in option:
                return option["$ref"].rpartition("/")[2], title
    return "", ""


def _keys(section: Section, titles: Mapping[str, str]) -> str:
    rows = [_row(section, key, titles) for key in section.schema["properties"]]
    return _table(("key", "type", "default", "what it does", "example"), rows)


def _row(section: Section, key: str, titles: Mapping[str, str]) -> list[str]:
    schema, path = section.schema["properties"][key], section.path_of(key)
    model, _ = _held(schema)
    does = " ".join(schema["description"].split()) + _allowed(path)
    return [
        _code(key),
        _type(schema),
        _default(section, key),
        does,
        _link(titles[model]) if model else _example(path, schema),
    ]


def _link(title: str) -> str:
    anchor = "".join(mark for mark in title.lower() if mark.isalnum() or mark in "_-")
    return f"see [`{title}`](#{anchor})"


# --- cells ---


def _type(schema: Schema) -> str:
    if "enum" in schema:
        return _any_of(schema["enum"])
    if "anyOf" in schema:
        return " or ".join(_type(option) for option in schema["anyOf"] if option.get("type") != "null")
    if "$ref" in schema:
        return "table"
    if schema["type"] == "array":
        items = _type(schema["items"])
        return f"list of {items}{'' if 'enum' in schema['items'] else 's'}"
    if schema["type"] == "object":
        return f"table{_named(schema)}; each value: {_type(schema['additionalProperties'])}"
    return f"{TYPES[schema.get('format', schema['type'])]}{_limits(schema)}"


def _named(schema: Schema) -> str:
    names = schema.get("propertyNames", {}).get("enum")
    return f" with the keys {_any_of(names)}" if names else ""


def _limits(schema: Schema) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f", {schema['minimum']} to {schema['maximum']}"
    return f" like {_code(schema['pattern'])}" if "pattern" in schema else ""


def _default(section: Section, key: str) -> str:
    schema = section.schema["properties"][key]
    if key in section.schema.get("required", ()):
        return "needed"
    default = schema.get("default")
    return "" if default in NOTHING or isinstance(default, dict) else _code(_toml(default))


def _allowed(path: str) -> str:
    if path in LISTED:
        return f" See [{LISTED[path]}](#{LISTED[path].lower()})."
    return f" Values: {_any_of(ALLOWED[path])}." if path in ALLOWED else ""


def _any_of(values: Iterable[str]) -> str:
    *others, last = map(_code, values)
    return f"{', '.join(others)} or {last}" if others else last


def _example(path: str, schema: Schema) -> str:
    """The one that the model gives; else that of the first shipped layout that has a short one."""
    key = path.rpartition(".")[2]
    texts = [f"{key} = {_toml(value)}" for value in (*schema.get("examples", ()), *_values(path))]
    short = [text for text in texts if len(text) <= LONGEST_EXAMPLE]
    return _code((short or sorted(texts, key=len))[0])


def _values(path: str) -> Iterator[Any]:
    """What shipped layouts have under a path; those that are read by code of their own come last."""
    layouts = [tomllib.loads(text) for text in shipped_texts().values()]
    for layout in sorted(layouts, key=lambda layout: "reader" in layout):
        yield from _under([layout], path.split("."))


def _under(found: list[Any], steps: list[str]) -> list[Any]:
    """What is under a path: in each table of a list, and with `*` in each value of a table."""
    for step in steps:
        tables = [table for each in found for table in (each if isinstance(each, list) else [each])]
        found = [value for table in tables for key, value in table.items() if step in (key, "*")]
    return found


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_toml_key(key)} = {_toml(each)}' for key, each in value.items())} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str) and "\\" in value:
        return f"'{value}'"
    return json.dumps(value, ensure_ascii=False)


def _toml_key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _toml(key)


# --- values ---


def _fields() -> str:
    rows = [[_code(name), FIELDS[name]] for name in COLUMNS]
    return f"## Fields\n\nWhat a layout takes from columns.\n\n{_table(('field', 'what is in it'), rows)}"


def _notations() -> str:
    rows = [
        [_code(name), _code(NOTATION_EXAMPLES[name]), read_as(name), "yes" if name in SPANS else ""]
        for name in NOTATIONS
    ]
    head = ("notation", "example", "is kept under", "longer than a month")
    text = (
        "Whether 3/4 is in March or in April is decided for a whole column, never guessed from a cell: "
        "see [`[dates]`](#dates). What spreadsheets make of these notations is read as well (`Feb-26`, `01.02.2026`, "
        "`2026/02`, `46054`, months in other languages)."
    )
    return f"## Notations\n\n{text}\n\n{_table(head, rows)}"


def read_as(notation: str) -> str:
    """The month (YYYY-MM) that the notation's example is kept under."""
    found = months(parse_days(pl.Series([NOTATION_EXAMPLES[notation]]), (notation,))).item()
    return f"{found:%Y-%m}"


def _reasons() -> str:
    rows = [[_code(code), REASONS[code].expected.removeprefix("nothing: ")] for code in SKIPPING]
    return f"## Reasons of skipped lines\n\n{_table(('reason', 'what it means'), rows)}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
