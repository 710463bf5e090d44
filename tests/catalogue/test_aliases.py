from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Organisation
from catalogue.errors import Gone
from catalogue.models import KEY_LENGTH, Alias, CatalogueState, Release, Track
from catalogue.services import aliases
from catalogue.services.aliases import create_alias, create_aliases, delete_alias, key_of
from catalogue.services.works import create_track
from oas.api.refusals import BadValue

ROUTE = "/api/catalogue/aliases/"


def given(kind: str, **fields: Any) -> dict[str, Any]:
    return {"kind": kind, **fields}


@pytest.mark.parametrize(
    ("alias", "key", "text"),
    [
        (given("isrc", value=" qz-aaa-25-00099 "), "QZAAA2500099", "qz-aaa-25-00099"),
        (given("upc", value="36000291453"), "00036000291453", "36000291453"),  # as wrong as in the sales file
        (
            given("artist_title", artist="The Aurora L.", title="Nite Bus (feat. Bo)"),
            "aurora l|nite bus",
            "The Aurora L. - Nite Bus (feat. Bo)",
        ),
    ],
)
def test_an_alias_is_kept_in_its_normal_form(
    alice_api: APIClient, track: Track, alias: dict[str, Any], key: str, text: str
) -> None:
    answer = alice_api.post(ROUTE, alias | {"track": track.pk})
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert answer["Location"].endswith(f"{ROUTE}{body['id']}/")
    assert body.pop("created_at")
    assert body == {
        "id": body["id"],
        "kind": alias["kind"],
        "text": text,
        "key": key,
        "track": track.pk,
        "release": None,
        "created_by": "alice",
    }
    assert alice_api.get(f"{ROUTE}{body['id']}/").json()["key"] == key


@pytest.mark.parametrize(
    ("alias", "problem"),
    [
        (given("isrc", value="abcdefghijk"), ("value", "invalid")),
        (given("isrc"), ("value", "invalid")),
        (given("upc", value="123"), ("value", "invalid")),
        (given("artist_title", artist="Bo"), ("title", "invalid")),
        (given("artist_title", title="Night Bus"), ("title", "invalid")),
        (given("name", value="x"), ("kind", "invalid_choice")),
        (given("isrc", value="QZAAA2500099", track=None), ("track", "one_target")),
        (given("isrc", value="QZAAA2500099", track=999_999), ("track", "does_not_exist")),
        (given("isrc", value="QZAAA2500099", track=2**63), ("track", "max_value")),
        (given("isrc", value="QZAAA2500099", track=None, release=999_999), ("release", "does_not_exist")),
        (given("isrc", value="QZAAA2500099", release=1), ("track", "one_target")),
    ],
)
def test_a_bad_alias_is_refused_by_name(
    alice_api: APIClient, track: Track, alias: dict[str, Any], problem: tuple[str, str]
) -> None:
    answer = alice_api.post(ROUTE, {"track": track.pk} | alias)
    assert answer.status_code == 400
    assert [(error["attr"], error["code"]) for error in answer.json()["errors"]] == [problem]
    assert not Alias.objects.of(track.organisation).exists()


def test_an_alias_of_a_deleted_track_is_refused(alice_api: APIClient, track: Track) -> None:
    id = track.pk
    track.delete()
    answer = alice_api.post(ROUTE, given("isrc", value="QZAAA2500099", track=id))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "does_not_exist"


def test_an_alias_of_anothers_track_is_refused(
    alice_api: APIClient, other_organisation: Organisation, organisation: Organisation
) -> None:
    foreign = create_track(organisation=other_organisation, title="Charlie's")
    answer = alice_api.post(ROUTE, given("isrc", value="QZAAA2500099", track=foreign.pk))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "does_not_exist"
    assert not Alias.objects.of(organisation).exists()


def test_the_same_alias_again_changes_nothing(alice_api: APIClient, bob_api: APIClient, track: Track) -> None:
    alias = given("isrc", value="QZAAA2500099", track=track.pk)
    first = alice_api.post(ROUTE, alias).json()
    change = CatalogueState.objects.get(pk=track.organisation_id).change
    assert bob_api.post(ROUTE, alias | {"value": "QZ-AAA-25-00099"}).json() == first
    assert CatalogueState.objects.get(pk=track.organisation_id).change == change


def test_a_key_has_one_target(alice_api: APIClient, track: Track, release: Release) -> None:
    alias = given("upc", value="4006381333931")
    assert alice_api.post(ROUTE, alias | {"release": release.pk}).status_code == 201
    answer = alice_api.post(ROUTE, alias | {"track": track.pk})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "unique"
    assert Alias.objects.of(track.organisation).get().release == release


def test_several_at_once_have_a_result_each(alice_api: APIClient, track: Track, release: Release) -> None:
    wanted = [
        given("isrc", value="QZAAA2500091", track=track.pk),
        given("isrc", value="nonsense", track=track.pk),
        given("upc", value="4006381333931", release=release.pk),
        given("isrc", value="QZAAA2500091", release=release.pk),  # the first of the two with this key counts
        given("isrc", value="QZAAA2500092", track=999_999),
        given("isrc", value="QZ-AAA-25-00091", track=track.pk),  # the same again
    ]
    answer = alice_api.post(f"{ROUTE}bulk/", {"aliases": wanted})
    assert answer.status_code == 200, answer.content
    results = answer.json()["results"]
    assert [(result["alias"] or {}).get("key") for result in results] == [
        "QZAAA2500091", None, "04006381333931", None, None, "QZAAA2500091",
    ]  # fmt: skip
    assert [(result["error"] or {}).get("code") for result in results] == [
        None, "invalid", None, "unique", "does_not_exist", None,
    ]  # fmt: skip
    assert Alias.objects.of(track.organisation).count() == 2


def test_many_aliases_take_as_many_queries_as_few(alice_api: APIClient, track: Track) -> None:
    def queries(first: int, count: int) -> int:
        wanted = [given("isrc", value=f"QZAAA26{number:05d}", track=track.pk) for number in range(first, first + count)]
        with CaptureQueriesContext(connection) as captured:
            answer = alice_api.post(f"{ROUTE}bulk/", {"aliases": wanted})
        assert all(result["alias"] for result in answer.json()["results"])
        return len(captured)

    assert queries(0, 2) == queries(100, 300)


@pytest.mark.parametrize(
    "body", [{}, {"aliases": []}, {"aliases": "x"}, {"aliases": [{}]}, [], {"aliases": [{"kind": "isrc"}] * 501}]
)
def test_a_bad_body_of_several_is_refused(alice_api: APIClient, track: Track, body: Any) -> None:
    assert alice_api.post(f"{ROUTE}bulk/", body).status_code == 400


def test_aliases_are_listed_and_deleted(alice_api: APIClient, track: Track, release: Release) -> None:
    one = alice_api.post(ROUTE, given("isrc", value="QZAAA2500091", track=track.pk)).json()["id"]
    alice_api.post(ROUTE, given("upc", value="4006381333931", release=release.pk))
    for query, count in (({}, 2), ({"kind": "upc"}, 1), ({"track": track.pk}, 1), ({"search": "4006381"}, 1)):
        assert alice_api.get(ROUTE, query).json()["count"] == count, query
    assert alice_api.delete(f"{ROUTE}{one}/").status_code == 204
    assert alice_api.get(ROUTE).json()["count"] == 1


# --- the services themselves ---


def test_an_alias_longer_than_its_column_is_refused_by_its_field() -> None:
    title = "x" * (KEY_LENGTH - len("Bo - "))
    assert len(key_of({"kind": "artist_title", "artist": "Bo", "title": title})[1]) == KEY_LENGTH
    with pytest.raises(BadValue) as refused:
        key_of({"kind": "artist_title", "artist": "Bo", "title": f"{title}x"})
    assert (refused.value.attr, refused.value.code) == ("title", "max_length")


def test_a_refusal_names_what_has_the_key(organisation: Organisation, track: Track, release: Release) -> None:
    create_alias(organisation=organisation, given={"kind": "upc", "value": "4006381333931", "release": release.pk})
    with pytest.raises(BadValue) as refused:
        create_alias(organisation=organisation, given={"kind": "upc", "value": "4006381333931", "track": track.pk})
    expected = "4006381333931 is an alias of Lines (036000291452) already: delete that one first."
    assert refused.value.text == expected


def test_the_same_key_may_be_used_by_another_organisation(
    organisation: Organisation, other_organisation: Organisation, track: Track
) -> None:
    theirs = create_track(organisation=other_organisation, title="x")
    for each, target in ((organisation, track), (other_organisation, theirs)):
        alias = create_alias(organisation=each, given={"kind": "isrc", "value": "QZAAA2500099", "track": target.pk})
        assert (alias.organisation, alias.track) == (each, target)


def test_an_alias_that_another_process_deletes_at_this_moment_is_said_to_be_gone(
    organisation: Organisation, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aliases, "_stored", lambda *_: {})
    (outcome,) = create_aliases(
        organisation=organisation, given=[{"kind": "isrc", "value": "QZAAA2500099", "track": track.pk}]
    )
    assert (outcome.alias, isinstance(outcome.refused, Gone)) == (None, True)


def test_refused_aliases_alone_are_no_change_and_deleting_one_is(organisation: Organisation, track: Track) -> None:
    def change() -> int:
        return CatalogueState.objects.get(pk=organisation.pk).change

    before = change()
    create_aliases(organisation=organisation, given=[{"kind": "isrc", "value": "x", "track": track.pk}])
    assert change() == before
    alias = create_alias(organisation=organisation, given={"kind": "isrc", "value": "QZAAA2500099", "track": track.pk})
    delete_alias(alias=alias)
    assert change() == before + 2
