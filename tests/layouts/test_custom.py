"""Custom layouts: written, tried on an example, made live, taken out of use."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from glider.contract import PreviewResult
from jobs.models import Job
from layouts.models import Layout, Origin, State
from layouts.services import custom
from layouts.services.validation import LayoutError, check_text
from oas.kernel.storage import ObjectAbsent, storage
from tests.jobs.glider_in_process import Glider
from tests.layouts.own_layouts import OWN, SALES, own_layout

pytestmark = pytest.mark.django_db
MAPPED: dict[str, Any] = {
    "name": "mapped",
    "title": 'A "shop"',
    "header": ["Sold on", "What", "To us", "Note"],
    "columns": {"net": "To us", "period": "Sold on", "track": "What", "isrc": ""},
    "currency": "EUR",
    "notation": "day_month_year",
    "decimals": "auto",
}


def tried(layout: Layout, glider: Glider, content: bytes = SALES) -> PreviewResult:
    """The answer of Glider to a dry run of `layout` on `content`."""
    custom.keep_example(layout, name="shop.csv", content=content)
    assert custom.dry_run(layout) is None
    glider.work()
    found = custom.dry_run(layout)
    assert found is not None
    layout.refresh_from_db()
    return found


# --- writing ---


def test_the_draft_of_a_shipped_layout_is_made_once_and_then_left_as_it_is() -> None:
    shipped = Layout.objects.get(name="believe")
    draft = custom.draft_of(shipped, actor="alice")
    assert (draft.origin, draft.state, draft.updated_by) == (Origin.OWN, State.DRAFT, "alice")
    assert (draft.text, draft.content, draft.version) == (shipped.text, shipped.content, shipped.version)
    Layout.objects.filter(pk=draft.pk).update(title="Changed since", state=State.LIVE)
    again = custom.draft_of(shipped, actor="bob")
    assert (again.pk, again.title, again.state, again.updated_by) == (draft.pk, "Changed since", State.LIVE, "alice")


def test_a_live_layout_whose_text_is_changed_is_a_draft_again() -> None:
    layout = own_layout()
    custom.fill(layout, check_text(OWN.replace("Our own shop", "Shop")), actor="alice")
    assert layout.state == State.DRAFT


def test_a_comment_leaves_a_live_layout_live() -> None:
    layout = own_layout()
    custom.fill(layout, check_text(f"# a comment\n{OWN}"), actor="bob")
    assert (layout.state, layout.text[:11], layout.updated_by) == (State.LIVE, "# a comment", "bob")


# --- trying ---


def test_a_dry_run_waits_for_glider_and_then_keeps_what_it_found(glider: Glider) -> None:
    layout = own_layout(state=State.DRAFT)
    found = tried(layout, glider)
    assert found.figures is not None
    assert (found.figures.rows_read, found.figures.accepted, found.figures.rejected) == (2, 1, 1)
    assert (layout.tried_version, layout.tried["lines"][0]["net"]) == (layout.version, "1.250000000000000000")
    assert layout.recognised_own_example


def test_a_dry_run_is_a_job_of_no_organisation_and_is_asked_for_once(glider: Glider) -> None:
    layout = own_layout(state=State.DRAFT)
    tried(layout, glider)
    custom.dry_run(layout)
    job = Job.objects.unscoped().get()
    assert (job.organisation, job.file, job.module) == (None, None, "preview")


def test_an_answer_about_an_earlier_text_is_not_kept(glider: Glider) -> None:
    """An administrator saves another text while Glider reads the example with the first."""
    layout = own_layout(state=State.DRAFT)
    custom.keep_example(layout, name="shop.csv", content=SALES)
    custom.dry_run(layout)
    Layout.objects.filter(pk=layout.pk).update(version="of another text")
    glider.work()
    assert custom.dry_run(layout) is not None
    layout.refresh_from_db()
    assert (layout.tried_version, layout.tried) == ("", None)


def test_another_example_gets_a_place_of_its_own(glider: Glider) -> None:
    layout = own_layout(state=State.DRAFT)
    custom.keep_example(layout, name="../first file.csv", content=b"one")
    first = layout.example_key
    custom.keep_example(layout, name="second.csv", content=b"two")
    assert storage().get_bytes(first, most=10) == b"one"
    assert storage().get_bytes(layout.example_key, most=10) == b"two"
    assert (layout.example_name, first.startswith(f"layouts/{layout.pk}/")) == ("second.csv", True)
    assert ".." not in first


def test_a_dry_run_without_its_example_says_so() -> None:
    layout = own_layout(state=State.DRAFT)
    layout.example_key = f"layouts/{layout.pk}/gone/shop.csv"
    with pytest.raises(ObjectAbsent):
        custom.dry_run(layout)
    assert not Job.objects.unscoped().exists()


# --- making it live ---


def test_a_layout_that_read_its_example_goes_live(glider: Glider) -> None:
    layout = own_layout(state=State.DRAFT)
    tried(layout, glider)
    custom.make_live(layout, actor="bob")
    layout.refresh_from_db()
    assert (layout.state, layout.updated_by) == (State.LIVE, "bob")


def test_a_layout_that_was_not_tried_does_not_go_live() -> None:
    draft = own_layout(state=State.DRAFT)
    with pytest.raises(custom.NotTried):
        custom.make_live(draft, actor="alice")
    assert Layout.objects.get(pk=draft.pk).state == State.DRAFT


def test_an_example_that_failed_does_not_make_it_live(glider: Glider) -> None:
    draft = own_layout(state=State.DRAFT)
    assert tried(draft, glider, b"Day;Who\n1;2\n").cause == "unknown_layout"
    with pytest.raises(custom.NotTried, match="try it on an example first"):
        custom.make_live(draft, actor="alice")


def test_a_layout_that_was_changed_after_its_trial_does_not_go_live() -> None:
    draft = own_layout(state=State.DRAFT)
    draft.tried_version, draft.tried = draft.version, {"cause": None, "parts": [{"layout": "our_shop"}]}
    draft.save()
    Layout.objects.filter(pk=draft.pk).update(version="other")
    with pytest.raises(custom.NotTried, match="changed in the meantime"):
        custom.make_live(draft, actor="alice")
    assert Layout.objects.get(pk=draft.pk).state == State.DRAFT


def test_only_live_custom_layouts_are_taken_out_of_use() -> None:
    own_layout()
    own_layout(OWN.replace("our_shop", "other_shop"), State.DRAFT)
    chosen = Layout.objects.filter(name__in=["our_shop", "other_shop", "believe"])
    assert [custom.make_draft(chosen), custom.make_draft(chosen)] == [1, 0]
    assert dict(chosen.values_list("name", "state")) == {
        "our_shop": State.DRAFT, "other_shop": State.DRAFT, "believe": State.LIVE
    }  # fmt: skip


# --- a mapping by hand ---


def test_a_mapping_by_hand_becomes_a_layout() -> None:
    checked = check_text(custom.mapped_text(**MAPPED))
    assert (checked.name, checked.title) == ("mapped", 'A "shop"')
    assert checked.content["header"]["fingerprint"] == ["To us", "Sold on", "What", "Note"]


def test_headers_are_written_so_that_toml_reads_them_back() -> None:
    odd = ['Back\\slash "quoted"', "Línea\tTab", "Netto [€] = 'x' # y", "new\nline"]
    columns = {"net": odd[2], "period": odd[0], "track": odd[1], "artist": odd[3]}
    text = custom.mapped_text(**{**MAPPED, "header": odd, "columns": columns, "decimals": "comma"})
    content = tomllib.loads(text)
    assert content["columns"] == columns
    assert content["header"]["fingerprint"] == [odd[2], odd[0], odd[1], odd[3]]
    assert (content["decimals"], content["dates"]["period"]) == ("comma", ["day_month_year"])


def test_a_mapping_without_a_currency_of_all_lines_names_none() -> None:
    columns = {**MAPPED["columns"], "currency": "Note"}
    content = tomllib.loads(custom.mapped_text(**{**MAPPED, "columns": columns, "currency": ""}))
    assert ("currency" in content, content["columns"]["currency"]) == (False, "Note")


def test_a_mapping_that_is_no_layout_is_refused_under_its_name() -> None:
    with pytest.raises(LayoutError, match=r"^mapped: layout: columns: net is missing"):
        custom.mapped_text(**{**MAPPED, "columns": {"period": "Sold on", "track": "What"}})
