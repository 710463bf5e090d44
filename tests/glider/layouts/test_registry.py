"""Shipped layouts, and versions that depend on nothing but the content of layouts."""

from __future__ import annotations

import re

import pytest

from glider.layouts.registry import LayoutError, hash_of, read_layout, shipped_layouts, shipped_texts, version_of


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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = 'x'", "x.toml: title: Field required"),
        ("name = ", "x.toml: "),
        ("columns = { net = 'a', nett = 'b' }", "x.toml: layout: columns: no such field: nett"),
        ("columns = { gross = 'a' }", "x.toml: layout: columns: net is missing"),
        ("currency = {}", "x.toml: layout: nothing says the currency"),
        ("currency = { fixed = 'euro' }", "x.toml: currency.fixed: String should match pattern"),
        ("dates = { period = 'whenever' }", "x.toml: dates: no such notation: whenever"),
        ("header = { fingerprint = ['a'] }", "x.toml: layout: header.fingerprint: needs two names at least"),
        ("skip = [{ column = 'a' }]", "x.toml: skip.0: needs equals, matches or blank"),
        ("skip = [{ equals = 'a' }]", "x.toml: skip.0: needs a column or a file"),
        ("skip = [{ column = 'a', equals = 'b', reason = 'bad_net' }]", "x.toml: skip.0: no such reason: bad_net"),
        ("sums = { net = { plus = 'z' } }", "x.toml: layout: sums: not in the fingerprint: z"),
        ("usage = { default = 'heard' }", "x.toml: layout: usage: no such value: heard"),
        ("kinds = [{ usage = 'heard' }]", "x.toml: layout: kinds.usage: no such value: heard"),
        ("personal = 'b'", "x.toml: layout: personal: read all the same: b"),
        ("filename = { matches = '(?P<month>..)' }", "x.toml: filename: groups must be period"),
        ("filename = { matches = '(' }", "x.toml: filename: no regular expression: ("),
        ("positions = [{ name = 'a' }, { name = 'b' }]", "x.toml: layout: positions: a table without a header needs"),
        ("identities = [{ equals = 'b' }]", "x.toml: identities.0: needs plus (and minus) or times"),
        ("stop = { matches = 'x', reason = 'bad_net' }", "x.toml: stop: no such reason: bad_net"),
        ("colour = 'red'", "x.toml: colour: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_layout_is_refused_with_its_file_and_key(text: str, told: str) -> None:
    parts = {
        "name": "name = 'x'",
        "title": "title = 'X'",
        "source": "source = 's'",
        "evidence": "evidence = 'V'",
        "header": "header = { fingerprint = ['a', 'b'] }",
        "columns": "columns = { net = 'a', artist = 'b' }",
        "currency": "currency = { fixed = 'EUR' }",
    }
    key = text.split("=")[0].strip()
    whole = text if key == "name" else "\n".join({**parts, key: text}.values())
    with pytest.raises(LayoutError, match=re.escape(told)):
        read_layout(whole, "x.toml")
