from __future__ import annotations

from typing import Any

from django.core.management import call_command

from oas.kernel.documents import INDEXES, documents


def test_the_command_creates_every_index(capsys: Any) -> None:
    for _ in range(2):
        call_command("setup_documents")
    assert "ready" in capsys.readouterr().out
    for name, indexes in INDEXES.items():
        known = {
            tuple(field for field, _ in index["key"])
            for index in documents().collection(name).index_information().values()
        }
        assert {tuple(fields) for fields in indexes} <= known
