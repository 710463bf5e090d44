"""Who may do what, and in which organisation."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory, force_authenticate
from rest_framework.views import APIView

from accounts.access import OrganisationAccess, OwnerOnly, actor_of, organisation_of
from accounts.models import Organisation, Role
from accounts.services import add_member, create_key

ME = "/api/auth/me/"
FACTORY = APIRequestFactory()


class Anything(APIView):
    permission_classes = (OrganisationAccess,)

    def get(self, request: Request) -> Response:
        return Response({"organisation": organisation_of(request).pk, "actor": actor_of(request)})

    post = put = patch = delete = get


class OwnersThings(Anything):
    permission_classes = (OwnerOnly,)


def ask(view: type[APIView], method: str = "get", user: Any = None, auth: Any = None, **headers: str) -> Any:
    request = FACTORY.generic(method.upper(), "/", headers=headers)
    if user is not None:
        force_authenticate(request, user, auth)
    return view.as_view()(request).render()


@pytest.fixture
def viewer(organisation: Organisation) -> User:
    user = User.objects.create_user("vera")
    add_member(organisation=organisation, user=user, role=Role.VIEWER)
    return user


def key_holder(organisation: Organisation, *scopes: str) -> dict[str, Any]:
    return {"X-Api-Key": create_key(organisation=organisation, name="k", scopes=scopes)[1].text}


METHODS = ("get", "post", "put", "patch", "delete")


@pytest.mark.parametrize("method", METHODS)
def test_owners_and_members_read_and_write(method: str, alice: User, bob: User, organisation: Organisation) -> None:
    for user in (alice, bob):
        answer = ask(Anything, method, user)
        assert answer.status_code == 200
        assert answer.data == {"organisation": organisation.pk, "actor": user.username}


@pytest.mark.parametrize("method", METHODS)
def test_a_viewer_reads_but_does_not_write(method: str, viewer: User) -> None:
    answer = ask(Anything, method, viewer)
    assert answer.status_code == (200 if method == "get" else 403)
    if method != "get":
        assert str(answer.data["errors"][0]["detail"]) == "You may read here, but not change anything."


@pytest.mark.parametrize("method", METHODS)
def test_a_key_that_may_read_does_not_write(method: str, organisation: Organisation) -> None:
    answer = ask(Anything, method, **key_holder(organisation, "read"))
    assert answer.status_code == (200 if method == "get" else 403)


def test_a_key_that_may_write_only_does_not_read(organisation: Organisation) -> None:
    headers = key_holder(organisation, "write")
    assert ask(Anything, "get", **headers).status_code == 403
    assert ask(Anything, "post", **headers).status_code == 200


@pytest.mark.parametrize("method", METHODS)
def test_a_caller_without_credentials_is_401(method: str, db: None) -> None:
    answer = ask(Anything, method)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'ApiKey realm="OAS", Bearer realm="OAS"'


def test_only_an_owner_does_an_owners_things(alice: User, bob: User, organisation: Organisation) -> None:
    assert ask(OwnersThings, "post", alice).status_code == 200
    assert ask(OwnersThings, "post", bob).status_code == 403
    assert ask(OwnersThings, "post", **key_holder(organisation, "read", "write")).status_code == 403
    assert ask(OwnersThings, "post").status_code == 401


def test_the_actor_of_a_key_is_its_prefix(organisation: Organisation) -> None:
    key, text = create_key(organisation=organisation, name="k")
    assert ask(Anything, **{"X-Api-Key": text.text}).data["actor"] == f"key:{key.prefix}"


# --- which organisation ---


def test_the_first_membership_is_the_active_one(
    alice: User, organisation: Organisation, other_organisation: Organisation
) -> None:
    add_member(organisation=other_organisation, user=alice, role=Role.VIEWER)
    assert ask(Anything, user=alice).data["organisation"] == organisation.pk


def test_a_person_names_another_organisation_of_theirs(
    alice: User, organisation: Organisation, other_organisation: Organisation
) -> None:
    add_member(organisation=other_organisation, user=alice, role=Role.VIEWER)
    there = {"X-Organisation": str(other_organisation.pk)}
    assert ask(Anything, user=alice, **there).data["organisation"] == other_organisation.pk
    assert ask(Anything, "post", alice, **there).status_code == 403, "the role is the one in that organisation"
    assert ask(Anything, "post", alice).status_code == 200


@pytest.mark.parametrize("named", ["", "0", "-1", "x", "999999999999999999999", "1e3", "1; DROP TABLE", "²"])
def test_an_organisation_that_is_none_is_404(alice: User, named: str) -> None:
    answer = ask(Anything, user=alice, **{"X-Organisation": named})
    assert answer.status_code == 404
    assert answer.data["errors"][0]["code"] == "organisation_not_found"


def test_anothers_organisation_is_404_for_a_person(charlie: User, organisation: Organisation) -> None:
    assert ask(Anything, user=charlie, **{"X-Organisation": str(organisation.pk)}).status_code == 404


def test_anothers_organisation_is_404_for_a_key(organisation: Organisation, other_organisation: Organisation) -> None:
    headers = key_holder(other_organisation, "read", "write")
    assert ask(Anything, **headers, **{"X-Organisation": str(other_organisation.pk)}).status_code == 200
    assert ask(Anything, **headers, **{"X-Organisation": str(organisation.pk)}).status_code == 404


def test_anothers_organisation_is_404_over_http(charlie_api: APIClient, organisation: Organisation) -> None:
    answer = charlie_api.get(ME, headers={"X-Organisation": str(organisation.pk)})
    assert answer.status_code == 404
    assert "Label A" not in answer.text


def test_charlie_does_not_see_label_a(charlie_api: APIClient, organisation: Organisation) -> None:
    assert "Label A" not in charlie_api.get(ME).text


def test_a_person_in_no_organisation_may_only_ask_who_they_are(db: None) -> None:
    user = User.objects.create_user("norbert")
    answer = ask(Anything, user=user)
    assert answer.status_code == 403
    assert answer.data["errors"][0]["code"] == "no_organisation"
    client = APIClient()
    client.force_authenticate(user)
    assert client.get(ME).json() == {
        "kind": "person",
        "name": "norbert",
        "organisation": None,
        "organisations": [],
        "scopes": [],
    }


def test_an_admin_who_is_no_member_gets_in_nowhere(db: None, organisation: Organisation) -> None:
    user = User.objects.create_superuser("root")
    assert ask(Anything, user=user).status_code == 403
    assert ask(Anything, user=user, **{"X-Organisation": str(organisation.pk)}).status_code == 403


def test_a_session_takes_a_csrf_token_to_write(alice: User) -> None:
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.get(ME).status_code == 200
    answer = client.post("/api/auth/logout/")
    assert answer.status_code == 403
    assert answer.json()["errors"][0]["code"] == "permission_denied"


def test_a_wrong_key_is_not_saved_by_a_good_session(alice: User) -> None:
    client = APIClient()
    client.force_login(alice)
    assert client.get(ME, headers={"X-Api-Key": "zzzzzzzz." + "x" * 32}).status_code == 401
