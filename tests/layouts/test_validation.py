"""Layouts as text: what is wrong is named by its key."""

from __future__ import annotations

import pytest

from glider.layouts.registry import shipped_texts
from layouts.models import Layout
from layouts.services.validation import LayoutError, check_text, shipped
from tests.layouts.own_layouts import OWN


def test_a_mistake_in_a_layout_is_told_by_key() -> None:
    with pytest.raises(LayoutError, match=r"columns: net is missing"):
        check_text(OWN.replace('net = "To us"', ""))
    with pytest.raises(LayoutError, match=r"evidence"):
        check_text(OWN.replace('evidence = "D"', 'evidence = "X"'))


def test_text_that_is_no_toml_is_told_under_the_name_it_was_given() -> None:
    with pytest.raises(LayoutError, match=r"^mine: Unterminated string"):
        check_text('\nname = "open', "mine")


def test_the_text_is_kept_as_it_was_written_and_does_not_count_for_the_version() -> None:
    commented = f"# From the shop's own help page.\n{OWN}"
    checked = check_text(commented)
    assert checked.text == commented
    assert (checked.version, checked.content) == (check_text(OWN).version, check_text(OWN).content)


def test_whatever_a_file_is_read_by_makes_another_version() -> None:
    changes = [('"What", "To us"]', '"What", "Note"]'), ('"EUR"', '"USD"'), ('track = "What"', 'release = "What"')]
    versions = [check_text(OWN.replace(*change)).version for change in changes]
    assert len({check_text(OWN).version, *versions}) == 4


@pytest.mark.parametrize(
    ("key", "value", "problem"),
    [
        ("name", "a" * 65, "layout: name: no more than 64 characters"),
        ("title", "a" * 201, "layout: title: no more than 200 characters"),
        ("title", "Our\\u0000shop", "layout: the character U+0000 cannot be stored"),
        ("source", "\\u0000", "layout: the character U+0000 cannot be stored"),
    ],
)
def test_what_the_database_could_not_store_is_refused_in_words(key: str, value: str, problem: str) -> None:
    lines = [line for line in OWN.strip().splitlines() if not line.startswith(f"{key} =")]
    with pytest.raises(LayoutError) as refused:
        check_text("\n".join([f'{key} = "{value}"', *lines]))
    assert str(refused.value) == problem


@pytest.mark.django_db
def test_the_longest_name_and_title_can_be_stored() -> None:
    text = OWN.replace("our_shop", "a" * 64).replace("Our own shop", "b" * 200)
    checked = check_text(text)
    Layout.objects.create(**vars(checked))
    assert Layout.objects.get(name="a" * 64).title == "b" * 200


def test_every_shipped_layout_is_checked_by_its_own_text() -> None:
    texts = {layout.name: layout.text for layout in shipped()}
    assert texts == {name.removesuffix(".toml"): text for name, text in shipped_texts().items()}
