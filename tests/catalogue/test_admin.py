from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Organisation
from catalogue.models import Alias, Artist, CatalogueState, Release, Track
from catalogue.services.published_copy import publish_now
from catalogue.services.works import create_artist, create_track
from tests.catalogue.importing import import_text, isrc

ADMIN = "/admin/catalogue"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@oas.example", "root-password-31415"))
    return client


def change_of(organisation: Organisation) -> int:
    return CatalogueState.objects.get(pk=organisation.pk).change


def empty(prefix: str) -> dict[str, Any]:
    return {f"{prefix}-TOTAL_FORMS": 0, f"{prefix}-INITIAL_FORMS": 0}


@pytest.mark.parametrize("kind", ["artist", "release", "track", "alias", "catalogueversion", "catalogueimport"])
def test_every_list_and_page_is_shown(
    admin: Client, organisation: Organisation, track: Track, tmp_path: Path, kind: str
) -> None:
    Alias.everything.create(organisation=organisation, kind="isrc", key=isrc(9), text=isrc(9), track=track)
    import_text(organisation, tmp_path, f"ISRC,Title\n{isrc(1)},=1+1\nnonsense,x\n")
    publish_now(organisation)
    page = admin.get(f"{ADMIN}/{kind}/")
    assert page.status_code == 200
    rows = page.context["cl"].result_list
    assert admin.get(f"{ADMIN}/{kind}/{rows[0].pk}/change/").status_code == 200
    if kind != "catalogueversion":
        assert admin.get(f"{ADMIN}/{kind}/", {"q": "zzz"}).context["cl"].result_count == 0


FOUND = [("track", "night"), ("track", "aurora"), ("track", "QZAAA25"), ("release", "AL-001"), ("artist", "lane")]


@pytest.mark.parametrize(("kind", "text"), FOUND)
def test_works_are_found(admin: Client, track: Track, kind: str, text: str) -> None:
    assert admin.get(f"{ADMIN}/{kind}/", {"q": text}).context["cl"].result_count == 1


def test_a_track_is_made_with_its_artists(admin: Client, organisation: Organisation, release: Release) -> None:
    lane = Artist.objects.of(organisation).get()
    form = {
        "organisation": organisation.pk, "isrc": "qz-aaa-25-00001", "title": "Night Bus", "version": "", "duration": "",
        "credits-TOTAL_FORMS": 1, "credits-INITIAL_FORMS": 0, "credits-0-artist": lane.pk, "credits-0-role": "main",
        "credits-0-position": 1, "places-TOTAL_FORMS": 1, "places-INITIAL_FORMS": 0, "places-0-release": release.pk,
        "places-0-disc": 1, "places-0-position": "", **empty("aliases"),
    }  # fmt: skip
    before = change_of(organisation)
    answer = admin.post(f"{ADMIN}/track/add/", form)
    assert answer.status_code == 302, answer.context["errors"]
    track = Track.objects.of(organisation).get()
    assert (track.isrc, track.artist, track.releases.get()) == ("QZAAA2500001", "Aurora Lane", release)
    assert change_of(organisation) == before + 1


def test_an_artist_of_another_organisation_is_refused(
    admin: Client, organisation: Organisation, other_organisation: Organisation
) -> None:
    foreign = create_artist(organisation=other_organisation, name="Charlie's")
    form = {
        "organisation": organisation.pk, "isrc": "", "title": "Night Bus", "version": "", "duration": "",
        "credits-TOTAL_FORMS": 1, "credits-INITIAL_FORMS": 0, "credits-0-artist": foreign.pk, "credits-0-role": "main",
        "credits-0-position": 1, **empty("places"), **empty("aliases"),
    }  # fmt: skip
    answer = admin.post(f"{ADMIN}/track/add/", form)
    assert answer.status_code == 200
    assert "different organisations" in answer.content.decode()
    assert not Track.objects.of(organisation).exists()


@pytest.mark.parametrize(("field", "value"), [("isrc", "nonsense"), ("title", "\u200b"), ("isrc", "QZAAA2500001")])
def test_a_bad_value_is_refused_in_the_form(admin: Client, track: Track, field: str, value: str) -> None:
    form = {
        "organisation": track.organisation_id, "isrc": "", "title": "x", "version": "", "duration": "",
        **empty("credits"), **empty("places"), **empty("aliases"), field: value,
    }  # fmt: skip
    answer = admin.post(f"{ADMIN}/track/add/", form)
    assert answer.status_code == 200
    assert answer.context["errors"]
    assert Track.objects.of(track.organisation).count() == 1


def test_deleting_is_a_change(admin: Client, organisation: Organisation, track: Track) -> None:
    before = change_of(organisation)
    admin.post(f"{ADMIN}/track/{track.pk}/delete/", {"post": "yes"})
    assert not Track.objects.of(organisation).exists()
    assert change_of(organisation) == before + 1
    other = create_track(organisation=organisation, title="x")
    chosen = {"action": "delete_selected", "_selected_action": [other.pk], "post": "yes"}
    admin.post(f"{ADMIN}/track/", chosen)
    assert not Track.objects.of(organisation).exists()
    assert change_of(organisation) == before + 3


def test_merging_asks_which_one_to_keep_and_keeps_it(admin: Client, organisation: Organisation, track: Track) -> None:
    twin = create_track(organisation=organisation, isrc=isrc(2), title="Night Bus")
    chosen = {"action": "merge", "_selected_action": [track.pk, twin.pk]}
    page = admin.post(f"{ADMIN}/track/", chosen)
    assert page.status_code == 200
    assert f'name="keep" value="{twin.pk}"' in page.content.decode()
    assert Track.objects.of(organisation).count() == 2
    answer = admin.post(f"{ADMIN}/track/", chosen | {"keep": track.pk}, follow=True)
    assert [str(message) for message in answer.context["messages"]] == ["1 merged into Night Bus (QZAAA2500001)."]
    assert Track.objects.of(organisation).get() == track
    alias = Alias.objects.of(organisation).get()
    assert (alias.key, alias.created_by) == (isrc(2), "root")


def test_one_alone_and_those_of_two_organisations_are_not_merged(
    admin: Client, organisation: Organisation, other_organisation: Organisation, track: Track
) -> None:
    foreign = create_track(organisation=other_organisation, title="Charlie's")
    answer = admin.post(f"{ADMIN}/track/", {"action": "merge", "_selected_action": [track.pk]}, follow=True)
    assert "Choose 2 to 50" in str(next(iter(answer.context["messages"])))
    chosen = {"action": "merge", "_selected_action": [track.pk, foreign.pk], "keep": track.pk}
    answer = admin.post(f"{ADMIN}/track/", chosen, follow=True)
    assert "one organisation" in str(next(iter(answer.context["messages"])))
    assert Track.objects.unscoped().count() == 2


def test_who_may_only_view_can_neither_edit_nor_merge(organisation: Organisation, track: Track) -> None:
    user = User.objects.create_user("vic", password="vic-password-31415", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    twin = create_track(organisation=organisation, title="Night Bus")
    assert client.get(f"{ADMIN}/track/").status_code == 200
    client.post(f"{ADMIN}/track/", {"action": "merge", "_selected_action": [track.pk, twin.pk], "keep": track.pk})
    assert client.post(f"{ADMIN}/track/{track.pk}/change/", {"title": "x"}).status_code == 403
    assert Track.objects.of(organisation).count() == 2


def test_an_import_shows_what_is_wrong_and_can_be_applied(
    admin: Client, organisation: Organisation, tmp_path: Path
) -> None:
    row = import_text(organisation, tmp_path, f"ISRC,Title,UPC\n{isrc(1)},x,\n{isrc(2)},y,12AB\n", preview=True)
    page = admin.get(f"{ADMIN}/catalogueimport/{row.pk}/change/").content.decode()
    assert "Not a UPC or EAN" in page
    admin.post(f"{ADMIN}/catalogueimport/", {"action": "apply", "_selected_action": [row.pk]})
    row.refresh_from_db()
    assert row.status == "APPLYING"
    answer = admin.post(f"{ADMIN}/catalogueimport/", {"action": "apply", "_selected_action": [row.pk]}, follow=True)
    assert "The import is APPLYING." in str(list(answer.context["messages"])[-1])


def test_a_list_takes_as_many_queries_for_many_as_for_one(
    admin: Client, organisation: Organisation, track: Track
) -> None:
    def queries(kind: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert admin.get(f"{ADMIN}/{kind}/").status_code == 200
        return len(captured)

    kinds = ("track", "release", "artist")
    queries("track")
    few = [queries(kind) for kind in kinds]
    for number in range(20):
        create_track(
            organisation=organisation,
            title=f"Track {number}",
            artists=[{"name": f"Artist {number}"}],
            releases=[{"title": f"Release {number}"}],
        )
    assert [queries(kind) for kind in kinds] == few
