"""Readers: code for the few layouts whose lines become a table in a way that TOML cannot describe."""

from __future__ import annotations

from typing import Final

from glider.cleaning.readers.base import Reader
from glider.cleaning.readers.clicknclear import ClicknClearReader
from glider.cleaning.readers.cross_tab import CrossTabReader
from glider.cleaning.readers.ddex.reader import DdexReader

READERS: Final[dict[str, Reader]] = {
    "ddex_dsr": DdexReader(),
    "clicknclear": ClicknClearReader(),
    "cross_tab": CrossTabReader(),
}
