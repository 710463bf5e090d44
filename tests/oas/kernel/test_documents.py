"""Documents are written in place of, or beside, those that are there."""

from __future__ import annotations

from typing import Any

import pytest

from oas.kernel.documents import Document, Documents, DocumentsError, as_rows, documents, rows_of

NAME = "test_documents"


@pytest.fixture(autouse=True)
def _empty_collection() -> None:
    documents().delete(NAME, {})


def stored() -> list[tuple[str, Any]]:
    return [(each["_id"], each.get("n")) for each in documents().find(NAME, {}, sort="_id")]


def some(*pairs: tuple[str, int]) -> list[Document]:
    return [{"_id": id, "n": n} for id, n in pairs]


def test_writing_replaces_the_documents_that_are_there() -> None:
    documents().write(NAME, some(("a", 1), ("b", 1)))
    documents().write(NAME, some(("b", 2), ("c", 2)))
    assert stored() == [("a", 1), ("b", 2), ("c", 2)]


def test_adding_leaves_the_documents_that_are_there() -> None:
    documents().write(NAME, some(("a", 1), ("b", 1)))
    documents().add(NAME, some(("b", 2), ("c", 2)))
    assert stored() == [("a", 1), ("b", 1), ("c", 2)]


def test_documents_that_cannot_be_added_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Documents, "_inserted", lambda *_: False)
    with pytest.raises(DocumentsError, match="2 documents of test_documents were not written"):
        documents().add(NAME, some(("a", 1), ("b", 1)))


def test_an_update_changes_only_its_fields_and_creates_what_is_missing() -> None:
    documents().replace(NAME, {"_id": "a", "n": 1, "other": "x"})
    documents().update(NAME, "a", {"n": 2})
    documents().update(NAME, "b", {"n": 3})
    documents().update_all(NAME, ["b", "no such id"], {"n": 4})
    assert stored() == [("a", 2), ("b", 4)]
    found = documents().get(NAME, "a")
    assert found is not None
    assert (found["other"], isinstance(found["written_at"], int)) == ("x", True)


def test_deleting_reports_how_many_there_were() -> None:
    documents().write(NAME, some(("a", 1), ("b", 1), ("c", 2)))
    assert [documents().delete(NAME, {"n": 1}) for _ in range(2)] == [2, 0]
    assert stored() == [("c", 2)]


def test_a_walk_reads_every_document_with_the_named_fields_only() -> None:
    documents().write(NAME, [{"_id": "a", "n": 1, "other": "x"}])
    assert list(documents().walk(NAME, ["n"])) == [{"_id": "a", "n": 1}]


def test_rows_come_from_columns_and_from_rows_of_earlier_versions_without_empty_values() -> None:
    columns = {"columns": {"name": ["A", "B"], "isrc": [None, "QZAAA2500001"]}}
    rows = {"rows": [{"name": "A", "isrc": ""}, {"name": "B", "isrc": "QZAAA2500001"}]}
    expected = [{"name": "A"}, {"name": "B", "isrc": "QZAAA2500001"}]
    assert rows_of(columns) == rows_of(rows) == expected
    assert rows_of(columns, ["isrc"]) == [{}, {"isrc": "QZAAA2500001"}]


def test_columns_of_different_lengths_are_an_error() -> None:
    with pytest.raises(ValueError, match="shorter"):
        as_rows({"a": [1, 2], "b": [None]})
