"""Text whose lines are quoted as wholes: `"a,b,c"` instead of `a,b,c`, with quotes within the line doubled.

A spreadsheet writes it so that was given a CSV as one column. Separators after the quotes are those of empty columns.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from glider.cleaning.input.encoding import Text
from glider.cleaning.recognition.csv_table import head_lines
from oas.kernel.intake.text_intake import DELIMITERS

_WHOLE: Final = r'^\s*"((?:[^"]|"")*)"[;,\t|]*\s*$'
LEAST_CELLS: Final = 3  # of a line that is taken for one of a table


def without_outer_quotes(text: Text, folder: Path) -> Text:
    """`text` with its lines unquoted, written to `folder`; unchanged unless most of its first lines are so quoted.

    Lines keep their numbers.
    """
    lines = [line for line in head_lines(text.path) if line.strip()]
    if 2 * sum(map(_is_quoted, lines)) <= len(lines):
        return text
    target = folder / f"{text.path.name}.unquoted"
    line = pl.col("line").str.strip_prefix("\ufeff")
    inner = line.str.extract(_WHOLE).str.replace_all('""', '"', literal=True)
    # A separator that no text has keeps `sink_csv` from changing lines: each of them is one cell.
    pl.scan_lines(text.path, glob=False).select(inner.fill_null(line)).sink_csv(
        target, include_header=False, quote_style="never", separator="\x01", check_extension=False
    )
    return replace(text, path=target)


def _is_quoted(line: str) -> bool:
    found = re.match(_WHOLE, line)
    return found is not None and any(found[1].count(mark) >= LEAST_CELLS - 1 for mark in DELIMITERS)
