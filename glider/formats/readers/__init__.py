"""Readers: code for the few layouts of which data cannot say how their lines become a table."""

from __future__ import annotations

from typing import Final

from glider.formats.readers.base import Reader
from glider.formats.readers.clicknclear import ClicknClearReader
from glider.formats.readers.cross_tab import CrossTabReader
from glider.formats.readers.ddex import DdexReader

READERS: Final[dict[str, Reader]] = {
    "ddex_dsr": DdexReader(),
    "clicknclear": ClicknClearReader(),
    "cross_tab": CrossTabReader(),
}
