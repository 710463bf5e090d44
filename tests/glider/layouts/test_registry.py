"""Shipped layouts, and versions that depend on nothing but the content of layouts."""

from __future__ import annotations

from glider.layouts.registry import hash_of, read_layout, shipped_layouts, shipped_texts, version_of


def test_every_shipped_layout_is_in_the_file_of_its_name() -> None:
    assert [f"{layout.name}.toml" for layout in shipped_layouts()] == list(shipped_texts())


def test_a_version_does_not_depend_on_the_order_of_layouts_but_on_each_of_their_keys() -> None:
    one, two, *_ = shipped_layouts()
    assert hash_of([one, two]) == hash_of([two, one])
    assert len({hash_of([one, two]), version_of(one), version_of(two)}) == 3
    assert version_of(one.model_copy(update={"title": "Another"})) != version_of(one)


def test_a_layout_has_one_version_however_its_toml_is_written() -> None:
    text = shipped_texts()["landr.toml"]
    same = read_layout(f"# A comment.\n{text}", "landr.toml")
    assert version_of(same) == version_of(read_layout(text, "landr.toml"))
    assert len(version_of(same)) == 16
