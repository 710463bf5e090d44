"""Playlists over HTTP: reading, replacing, appending, moving, and who may."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries

from partners.models import Playlist
from tests.partners.signing import SigningClient

pytestmark = pytest.mark.django_db
TRACKS = [{"trackId": 11, "trackTitle": "One"}, {"trackId": "12", "source": "7digital"}, {"trackTitle": "Three"}]


def made(client: SigningClient, **changes: Any) -> dict[str, Any]:
    owner = {"userId": changes.pop("userId")} if "userId" in changes else {}
    answer = client.json("/1.2/playlists", {"name": "Morning", "tracks": TRACKS} | changes, country="GB", **owner)
    assert answer.status == 200, answer.text
    found: dict[str, Any] = answer.json["playlist"]
    return found


def titles(playlist: dict[str, Any]) -> list[str]:
    return [track.get("trackTitle") or track["trackId"] for track in playlist["tracks"]]


def test_a_playlist_is_created_and_read(moon: SigningClient) -> None:
    answer = moon.json(
        "/1.2/playlists",
        {"name": "Morning", "visibility": "PUBLIC", "description": "d" * 600, "tags": [{"name": "calm"}],
         "annotations": {"mood": "blue"}, "tracks": TRACKS},
        country="GB",
    )  # fmt: skip
    playlist = answer.json["playlist"]
    assert answer.headers["Location"] == f"/1.2/playlists/{playlist['id']}"
    assert re.fullmatch("[0-9a-f]{24}", playlist["id"])
    assert (playlist["visibility"], playlist["status"], len(playlist["description"])) == ("Public", "NotSpecified", 500)
    assert (playlist["tags"], playlist["annotations"]) == ([{"name": "calm"}], {"mood": "blue"})
    first = playlist["tracks"][0]
    assert (first["trackId"], first["source"], first["id"] == first["playlistItemId"]) == ("11", "7digital", True)
    assert moon.get(f"/1.2/playlists/{playlist['id']}", country="GB").json["playlist"] == playlist
    assert moon.get(f"/1.2/playlists/{playlist['id']}/tracks", country="GB").json["tracks"] == playlist["tracks"]


def test_xml_and_form_bodies_say_the_same_as_json(moon: SigningClient) -> None:
    xml = (
        "<playlist><name>Morning</name><tags><tag><name>calm</name></tag></tags>"
        '<annotations><annotation key="mood">blue</annotation></annotations>'
        "<tracks><track><trackId>11</trackId><trackTitle>One</trackTitle></track></tracks></playlist>"
    )
    by_xml = moon.xml("/1.2/playlists", xml, country="GB").json["playlist"]
    form = {
        "name": "Morning",
        "tags": json.dumps([{"name": "calm"}]),
        "annotations": json.dumps({"mood": "blue"}),
        "tracks": json.dumps(TRACKS[:1]),
        "country": "GB",
    }
    by_form = moon.form("/1.2/playlists", **form).json["playlist"]
    for playlist in (by_xml, by_form):
        assert (playlist["tags"], playlist["annotations"]) == ([{"name": "calm"}], {"mood": "blue"})
        assert titles(playlist) == ["One"]


def test_in_xml_ids_are_attributes_and_lists_are_elements(moon: SigningClient) -> None:
    playlist = made(moon, annotations={"mood": "blue & <green>"})
    moon.accept = ""
    found = moon.get(f"/1.2/playlists/{playlist['id']}", country="GB").xml.find("playlist")
    assert found is not None
    assert found.get("id") == playlist["id"]
    assert [track.get("id") for track in found.findall("tracks/track")] == [t["id"] for t in playlist["tracks"]]
    annotation = found.find("annotations/annotation")
    assert annotation is not None
    assert (annotation.get("key"), annotation.text) == ("mood", "blue & <green>")


def test_posting_to_a_playlist_replaces_it_whole(moon: SigningClient) -> None:
    playlist = made(moon, description="old", visibility="public", tags=["calm"])
    answer = moon.json(f"/1.2/playlists/{playlist['id']}", {"name": "Evening"}, country="GB").json["playlist"]
    assert (answer["name"], answer["description"], answer["visibility"]) == ("Evening", "", "Private")
    assert (answer["tags"], answer["tracks"]) == ([], [])


def test_details_change_only_what_is_sent(moon: SigningClient) -> None:
    playlist = made(moon, description="old")
    answer = moon.json(f"/1.2/playlists/{playlist['id']}/details", {"status": "live"}, country="GB").json["playlist"]
    assert (answer["name"], answer["description"], answer["status"]) == ("Morning", "old", "live")
    assert (answer["trackCount"], "tracks" in answer) == (3, False)


@pytest.mark.parametrize("body", [TRACKS[:1], {"tracks": TRACKS[:1]}])
def test_tracks_are_appended_in_order_and_may_recur(body: Any, moon: SigningClient) -> None:
    playlist = made(moon)
    answer = moon.json(f"/1.2/playlists/{playlist['id']}/tracks", body, country="GB").json["playlist"]
    assert titles(answer) == ["One", "12", "Three", "One"]
    assert len({track["id"] for track in answer["tracks"]}) == 4


def test_a_track_is_moved_after_another_and_to_the_front(moon: SigningClient) -> None:
    playlist = made(moon)
    one, two, three = (track["id"] for track in playlist["tracks"])
    path = f"/1.2/playlists/{playlist['id']}/tracks"
    moved = moon.ask("POST", f"{path}/{one}/move", {"pos": three, "country": "GB"}).json["playlist"]
    assert titles(moved) == ["12", "Three", "One"]
    moved = moon.ask("POST", f"{path}/{three}/move", {"pos": "0", "country": "GB"}).json["playlist"]
    assert titles(moved) == ["Three", "12", "One"]
    moved = moon.ask("POST", f"{path}/{two}/move", {"pos": two, "country": "GB"}).json["playlist"]
    assert titles(moved) == ["Three", "12", "One"]
    assert moon.ask("POST", f"{path}/{one}/move", {"pos": "f" * 24, "country": "GB"}).code == 2001
    assert moon.ask("POST", f"{path}/{one}/move", {"country": "GB"}).code == 1001


def test_a_track_is_removed_once(moon: SigningClient) -> None:
    playlist = made(moon)
    path = f"/1.2/playlists/{playlist['id']}/tracks/{playlist['tracks'][1]['id']}"
    assert titles(moon.delete(path, country="GB").json["playlist"]) == ["One", "Three"]
    assert moon.delete(path, country="GB").code == 2001


def test_a_playlist_is_deleted_once(moon: SigningClient) -> None:
    path = f"/1.2/playlists/{made(moon)['id']}"
    assert moon.delete(path, country="GB").status == 200
    assert moon.delete(path, country="GB").code == 2001


@pytest.mark.django_db(transaction=True)
def test_tracks_that_are_appended_at_once_all_count(moon: SigningClient) -> None:
    path = f"/1.2/playlists/{made(moon, tracks=[])['id']}/tracks"

    def append(number: int) -> None:
        try:
            own = SigningClient(moon.key, moon.secret)
            assert own.json(path, [{"trackId": number + 1}], country="GB").status == 200
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(8)))
    tracks = Playlist.objects.unscoped().get().tracks
    assert sorted(int(track["trackId"]) for track in tracks) == list(range(1, 9))


# --- who may ---


def test_a_users_private_playlist_is_its_own_alone(moon: SigningClient) -> None:
    for user in ("u1", "u2"):
        moon.get("/1.2/user/create", userId=user, country="GB")
    path = f"/1.2/playlists/{made(moon, userId='u1')['id']}"
    assert moon.get(path, country="GB", userId="u1").status == 200
    assert moon.get(path, country="GB", userId="u2").code == 2001
    assert moon.get(path, country="GB").code == 2001
    moon.json(f"{path}/details", {"visibility": "public"}, country="GB", userId="u1")
    assert moon.get(path, country="GB", userId="u2").status == 200
    assert moon.json(f"{path}/details", {"name": "mine"}, country="GB", userId="u2").code == 2001
    assert moon.delete(path, country="GB").code == 2001


def test_another_partners_playlist_does_not_exist(moon: SigningClient, sun: SigningClient) -> None:
    playlist = made(moon, visibility="public")
    path = f"/1.2/playlists/{playlist['id']}"
    item = playlist["tracks"][0]["id"]
    assert sun.get(path, country="GB").code == 2001
    assert sun.get(f"{path}/details", country="GB").code == 2001
    assert sun.get(f"{path}/tracks", country="GB").code == 2001
    assert sun.json(path, {"name": "x"}, country="GB").code == 2001
    assert sun.json(f"{path}/tracks", TRACKS, country="GB").code == 2001
    assert sun.delete(f"{path}/tracks/{item}", country="GB").code == 2001
    assert sun.ask("POST", f"{path}/tracks/{item}/move", {"pos": "0", "country": "GB"}).code == 2001
    assert sun.delete(path, country="GB").code == 2001
    assert sun.get("/1.2/playlists", country="GB").json["playlists"]["playlist"] == []
    assert Playlist.objects.unscoped().get().name == "Morning"


# --- lists ---


def test_lists_have_the_partners_own_and_public_ones_in_pages(
    moon: SigningClient, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    moon.get("/1.2/user/create", userId="u1", country="GB")
    for number in range(3):
        made(moon, name=f"own {number}", tags=["calm", "new"] if number else ["calm"])
    made(moon, name="private", userId="u1")
    made(moon, name="public", userId="u1", visibility="public")
    with django_assert_num_queries(3):
        found = moon.get("/1.2/playlists", country="GB", pagesize=2).json["playlists"]
    assert (found["page"], found["pageSize"], found["totalItems"]) == (1, 2, 4)
    assert [playlist["name"] for playlist in found["playlist"]] == ["public", "own 2"]
    assert [playlist["trackCount"] for playlist in found["playlist"]] == [3, 3]
    both = moon.get("/1.2/playlists", country="GB", tags="calm,new").json["playlists"]
    assert [playlist["name"] for playlist in both["playlist"]] == ["own 2", "own 1"]
    own = moon.get("/1.2/user/playlists", country="GB", userId="u1").json["playlists"]
    assert [playlist["name"] for playlist in own["playlist"]] == ["public", "private"]


@pytest.mark.parametrize(
    ("given", "code"),
    [({"page": 0}, 1003), ({"pagesize": 51}, 1003), ({"pagesize": 0}, 1003), ({"page": "x"}, 1002),
     ({"page": "-1"}, 1003), ({"page": "9" * 11}, 1002), ({"country": ""}, 1001), ({"country": "FR"}, 1002)],
)  # fmt: skip
def test_a_page_that_cannot_be_is_refused(given: dict[str, Any], code: int, moon: SigningClient) -> None:
    assert moon.get("/1.2/playlists", **({"country": "GB"} | given)).code == code


# --- bad bodies ---


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, 1001),
        ({"name": ""}, 1001),
        ({"name": "n" * 256}, 1002),
        ({"name": ["n"]}, 1002),
        ({"name": "n", "status": "s" * 51}, 1002),
        ({"name": "n", "visibility": "secret"}, 1002),
        ({"name": "n", "tracks": "none"}, 1002),
        ({"name": "n", "tracks": [{}]}, 1001),
        ({"name": "n", "tracks": [{"source": "7digital", "trackTitle": "t"}]}, 1001),
        ({"name": "n", "tracks": [{"trackId": 0}]}, 1002),
        ({"name": "n", "tracks": [{"trackId": 2**31}]}, 1002),
        ({"name": "n", "tracks": [{"trackId": True}]}, 1002),
        ({"name": "n", "tracks": [[]]}, 1002),
        ({"name": "n", "tags": [1]}, 1002),
        ({"name": "n", "annotations": {"k": []}}, 1002),
        ({"name": "n\0"}, 1002),
        ([], 1002),
        (None, 1002),
    ],
)
def test_a_body_that_is_no_playlist_is_refused(body: Any, code: int, moon: SigningClient) -> None:
    answer = moon.json("/1.2/playlists", body, country="GB")
    assert (answer.status, answer.code) == (400, code)
    assert not Playlist.objects.unscoped().exists()


@pytest.mark.parametrize(
    "body",
    [
        "<playlist><name>n</name>",
        '<!DOCTYPE p [<!ENTITY e "x">]><playlist><name>&e;</name></playlist>',
        "<playlist>" + "<a>" * 40 + "</a>" * 40 + "</playlist>",
        "<playlist>" + "<a/>" * 60_000 + "</playlist>",
        "",
    ],
)
def test_xml_with_a_dtd_too_deep_too_long_or_broken_is_refused(body: str, moon: SigningClient) -> None:
    assert moon.xml("/1.2/playlists", body, country="GB").code == 1002


@pytest.mark.parametrize("body", ["[" * 5000, '{"name": NaN}', "{", "\udce4".encode("utf-8", "surrogateescape")])
def test_json_that_cannot_be_read_is_refused(body: Any, moon: SigningClient) -> None:
    answer = moon.ask("POST", "/1.2/playlists", {"country": "GB"}, body=body, kind="application/json")
    assert (answer.status, answer.code) == (400, 1002)


def test_a_body_over_the_limit_is_refused_in_the_partners_envelope(moon: SigningClient) -> None:
    answer = moon.ask("POST", "/1.2/playlists", {"country": "GB"}, body=b" " * 3_000_000, kind="application/json")
    assert (answer.status, answer.code) == (400, 1002)


def test_any_other_address_and_method_is_answered_in_the_envelope(moon: SigningClient) -> None:
    assert (moon.get("/1.2/nothing").status, moon.get("/1.2/nothing").code) == (404, 2001)
    assert (moon.delete("/1.2/user/create").status, moon.delete("/1.2/user/create").code) == (405, 2001)
