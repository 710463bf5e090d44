"""The originals of mutated files: every sample, and the same tables as workbooks and in archives."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from tests.glider.cleaning.input.containers import Cell, archive, old_workbook, open_document, rows_of, workbook
from tests.glider.cleaning.readers.ddex.reports import basic_audio, financial, royalties
from tests.glider.cleaning.readers.test_clicknclear import STATEMENT
from tests.glider.cleaning.readers.test_cross_tab import ROWS
from tests.glider.cleaning.vendors import APPLE, ITUNES, cargo
from tests.glider.driving import BELIEVE, DISTROKID_2025, distrokid

SAMPLES = Path(__file__).parents[1] / "samples"
MOST_BYTES = 60_000  # of a sample: what a mutation shows does not depend on size
LINES = (
    "2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5",
    "2025-07|iTunes Match|Söng Two, the|QZAAA2500002|36000291452|-1|-.69",
    "2025-08|YouTube (Red)|Song Three|qz-aaa-25-00003|8.6e+11|1200|3.27362068463E-05",
)


@lru_cache(maxsize=1)
def corpus() -> tuple[tuple[str, bytes], ...]:
    """Name and content, in an order that is always the same."""
    made = {f"made/{name}": content for name, content in _made().items()}
    found = {str(path.relative_to(SAMPLES)): path.read_bytes()[:MOST_BYTES] for path in _samples()}
    return tuple(sorted((made | found).items()))


def _samples() -> list[Path]:
    skipped = (".toml", ".json", ".py", ".md")
    return [path for path in SAMPLES.rglob("*") if path.is_file() and not path.name.endswith(skipped)]


def _made() -> dict[str, bytes]:
    texts = _texts()
    tables: dict[str, list[list[Cell]]] = {
        "Data": rows_of(texts["distrokid.txt"]),
        "Summary": [["Store", "Net"], ["Spotify", 1.5]],
    }
    packed = {
        "plain.zip": archive({name: texts[name] for name in ("distrokid.txt", "believe.csv", "apple.txt")}),
        "nested.zip": archive({"a.zip": archive({"x.txt": texts["distrokid.txt"]}), "b.xlsx": workbook(tables)}),
        "stored.zip": archive({"a.txt": texts["distrokid.txt"], "b.txt": texts["itunes.txt"]}, packed=False),
        "reports.zip": archive({"1.tsv": royalties(1, 2), "2.tsv": royalties(2, 2)}),
        "cargo.zip": cargo(),
        "distrokid.txt.gz": gzip.compress(texts["distrokid.txt"].encode(), mtime=0),
        "distrokid.xlsx": workbook(tables),
        "distrokid.xls": old_workbook(tables),
        "distrokid.ods": open_document(tables),
        "cross_tab.xlsx": workbook({"Hoja1": ROWS}),
        "utf16.txt": texts["distrokid.txt"].encode("utf-16"),
        "cp1252.txt": texts["distrokid.txt"].encode("cp1252"),
        "mac.txt": texts["distrokid.txt"].replace("\r\n", "\r").encode(),
    }
    return packed | {name: text.encode() for name, text in texts.items()}


def _texts() -> dict[str, str]:
    believe = "2025/09/01;2025/07/01;Spotify;France;L;A;R;T;3600000000012;QZAAA2500001;C;Premium;M;Stream;1;EUR;0;0;"
    quoted = ",".join(f'"{cell}"' for cell in DISTROKID_2025.split(","))
    line = '"2025-09-25","2025-09-25","2025-07","Spotify","A","T ""x"", y","QZAAA2500001","036000291452","3","100","Song","US","0","0.125","0"'  # noqa: E501
    return {
        "distrokid.txt": distrokid(*LINES * 5),
        "distrokid_2025.csv": "\r\n".join([quoted, *[line] * 9]) + "\r\n",
        "believe.csv": "\n".join([BELIEVE, *[f"{believe}1,5;0,85;1,275"] * 9, f"{believe}1.234,5;0,85;1.049,325"]),
        "apple.txt": APPLE.format(net=".03") + APPLE.format(net=".05").splitlines()[-1] + "\n",
        "itunes.txt": ITUNES,
        "basic_audio.tsv": basic_audio(),
        "financial.tsv": financial(),
        "royalties.tsv": royalties(),
        "clicknclear.csv": STATEMENT,
    }
