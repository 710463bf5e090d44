"""`python -m tests.chaos.lake`: print, as JSON, how many lines of each sales file are live, and how many are distinct.

Reads MongoDB and the Parquet objects themselves; it needs only the addresses of the stack.
"""

from __future__ import annotations

import json
from decimal import Decimal
from tempfile import TemporaryDirectory

import polars as pl

from oas.kernel.documents import documents
from oas.kernel.storage import storage


def main() -> None:
    found: dict[str, dict[str, object]] = {}
    with TemporaryDirectory() as folder:
        by_file: dict[str, list[str]] = {}
        for document in documents().find("sales", {}):
            if document["live"]:
                by_file.setdefault(document["uuid"], []).append(document["key"])
        for uuid, names in by_file.items():
            paths = [f"{folder}/{uuid}-{n}.parquet" for n in range(len(names))]
            for name, path in zip(names, paths, strict=True):
                with open(path, "wb") as file:  # noqa: PTH123
                    file.write(storage().get_bytes(name))
            lines = pl.concat([pl.read_parquet(path, columns=["source_row", "net"]) for path in paths])
            found[uuid] = {
                "lines": lines.height,
                "distinct": lines["source_row"].n_unique(),
                "net": str(sum(lines["net"], Decimal(0))),
            }
    print(json.dumps(found))  # noqa: T201


if __name__ == "__main__":
    main()
