"""What is in use for an organisation, and reaches Glider."""

from __future__ import annotations

import pytest

from accounts.models import Organisation
from glider.layouts.published import layout_set
from glider.layouts.registry import shipped_layouts
from layouts.models import KnownName, Layout, LayoutSwitch, NameKind, PublishedSet, State, StoreName
from layouts.services import layout_sets
from layouts.services.known_names import create_name
from layouts.services.layout_sets import live_versions, names_of, published_set, same_set, set_with
from oas.kernel.documents import DocumentsError, documents
from tests.layouts.own_layouts import OWN, names, own_layout

pytestmark = pytest.mark.django_db


def switch(organisation: Organisation, name: str, *, enabled: bool) -> None:
    LayoutSwitch.objects.unscoped().create(organisation=organisation, name=name, enabled=enabled)


def in_use(organisation: Organisation) -> set[str]:
    return {name for name, _ in live_versions(organisation.pk).values()}


def test_glider_gets_the_very_layouts_that_the_database_has(organisation: Organisation) -> None:
    found = {layout.name: layout for layout in layout_set(published_set(organisation.pk)).layouts}
    assert found == {layout.name: layout for layout in shipped_layouts()}


def test_a_layout_that_is_switched_off_is_not_known_to_that_organisation_only(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    switch(organisation, "distrokid", enabled=False)
    assert "distrokid" not in names(published_set(organisation.pk))
    assert "distrokid" in names(published_set(other_organisation.pk))


def test_a_switch_that_is_on_leaves_the_layout_in_use(organisation: Organisation) -> None:
    switch(organisation, "distrokid", enabled=True)
    assert "distrokid" in in_use(organisation)


def test_switching_a_name_off_leaves_out_both_layouts_of_it(organisation: Organisation) -> None:
    """Else the shipped layout would come back in place of the custom one that was switched off."""
    own_layout(Layout.objects.get(name="distrokid").text)
    assert "distrokid" in in_use(organisation)
    switch(organisation, "distrokid", enabled=False)
    assert "distrokid" not in in_use(organisation)


def test_an_own_layout_is_used_instead_of_the_shipped_one_of_its_name(organisation: Organisation) -> None:
    before = published_set(organisation.pk)
    shipped = Layout.objects.get(name="distrokid")
    changed = shipped.text.replace('title = "DistroKid', 'title = "Our DistroKid')
    own_layout(changed)
    after = published_set(organisation.pk)
    titles = [layout.title for layout in layout_set(after).layouts if layout.name == "distrokid"]
    assert before != after
    assert len(titles) == 1
    assert titles[0].startswith("Our DistroKid")


def test_a_draft_is_used_by_nobody_but_its_own_trial(organisation: Organisation) -> None:
    draft = own_layout(state=State.DRAFT)
    assert "our_shop" not in names(published_set(organisation.pk))
    assert "our_shop" in names(set_with(draft))


def test_a_draft_is_tried_in_place_of_the_live_layout_of_its_name_beside_all_others() -> None:
    shipped = Layout.objects.get(name="distrokid")
    draft = own_layout(shipped.text.replace('title = "DistroKid', 'title = "Our DistroKid'), State.DRAFT)
    tried = layout_set(set_with(draft)).layouts
    assert sorted(layout.name for layout in tried) == sorted(layout.name for layout in shipped_layouts())
    assert [layout.title for layout in tried if layout.name == "distrokid"] == [draft.title]


def test_the_same_set_is_published_once(organisation: Organisation, other_organisation: Organisation) -> None:
    first = published_set(organisation.pk)
    assert [published_set(organisation.pk), published_set(other_organisation.pk)] == [first, first]
    assert PublishedSet.objects.count() == 1
    assert documents().get("formats", first) is not None


def test_a_set_that_could_not_be_written_is_not_noted_as_published(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Glider would look for a set that is nowhere, for every file from then on."""

    class Broken:
        def replace(self, *_: object) -> None:
            raise DocumentsError("no MongoDB")

    with monkeypatch.context() as patched:
        patched.setattr(layout_sets, "documents", Broken)
        with pytest.raises(DocumentsError, match="no MongoDB"):
            published_set(organisation.pk)
    assert not PublishedSet.objects.exists()
    assert "distrokid" in names(published_set(organisation.pk))


def test_in_a_block_of_one_set_each_organisation_keeps_the_set_it_began_with(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with same_set():
        first = published_set(organisation.pk)
        switch(organisation, "distrokid", enabled=False)
        switch(other_organisation, "believe", enabled=False)
        assert published_set(organisation.pk) == first
        assert "believe" not in names(published_set(other_organisation.pk))
    assert "distrokid" not in names(published_set(organisation.pk))


def test_a_block_of_one_set_ends_with_an_error_too(organisation: Organisation) -> None:
    def fail() -> None:
        with same_set():
            published_set(organisation.pk)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    switch(organisation, "distrokid", enabled=False)
    assert "distrokid" not in names(published_set(organisation.pk))


def test_a_store_named_by_an_administrator_counts_before_the_table(organisation: Organisation) -> None:
    StoreName.objects.create(store="  SPOTIFY   Kids ", dsp="Spotify Kids")
    stores = layout_set(published_set(organisation.pk)).stores
    assert (stores.dsp_of("Spotify kids"), stores.dsp_of("Spotify")) == ("Spotify Kids", "Spotify")


def test_names_that_were_explained_in_another_order_are_the_same_set(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    explained = [(NameKind.STORE, "Moon", "Moon"), (NameKind.STORE, "Sun", "Sun"), (NameKind.TERRITORY, "Foo", "DE")]
    for each, given in ((organisation, explained), (other_organisation, explained[::-1])):
        for kind, written, meaning in given:
            create_name(organisation=each, kind=kind, written=written, meaning=meaning)
    assert published_set(organisation.pk) == published_set(other_organisation.pk)


def test_a_meaning_that_changes_makes_another_set(organisation: Organisation) -> None:
    create_name(organisation=organisation, kind=NameKind.TERRITORY, written="Foo", meaning="DE")
    before = published_set(organisation.pk)
    KnownName.objects.of(organisation).update(meaning="AT")
    after = published_set(organisation.pk)
    assert [dict(layout_set(each).territories) for each in (before, after)] == [{"Foo": "DE"}, {"Foo": "AT"}]


def test_a_name_of_a_store_is_none_of_a_territory(organisation: Organisation) -> None:
    create_name(organisation=organisation, kind=NameKind.STORE, written="Georgia  Music", meaning="Georgia")
    create_name(organisation=organisation, kind=NameKind.TERRITORY, written="Georgia", meaning="GE")
    StoreName.objects.create(store="Apple Kids", dsp="Apple")
    assert names_of(organisation.pk) == {
        "stores": [{"store": "apple kids", "dsp": "Apple"}, {"store": "georgia music", "dsp": "Georgia"}],
        "territories": [{"territory": "Georgia", "code": "GE"}],
    }
    assert names_of(0) == {"stores": [{"store": "apple kids", "dsp": "Apple"}], "territories": []}


def test_a_change_of_the_text_of_a_live_layout_makes_another_set(organisation: Organisation) -> None:
    layout = own_layout()
    before = published_set(organisation.pk)
    layout.delete()
    own_layout(OWN.replace("Our own shop", "Our shop"))
    assert published_set(organisation.pk) != before
