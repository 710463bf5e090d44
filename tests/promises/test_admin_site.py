"""Promise 15 for the admin site: staff reach each page as far as their permissions go, others none.

`admin.toml` has what each gets.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model
from django.test import Client, RequestFactory
from django.utils import timezone

from accounts.models import ApiKey, Membership, Organisation, Role
from accounts.services import add_member, create_key, log_in
from catalogue.services.published_copy import publish_now
from glider.contract import PreviewResult, RawMember
from layouts.models import Layout, LayoutSwitch, StoreName
from partners.choices import PlayKind
from partners.services import partners as partner_services
from partners.services.playlists import Details, create_playlist
from partners.services.usage_logs import PlayedItem, store_plays
from partners.services.users import create_user
from rates.models import Rate
from reports.models import ReportSchedule
from salesfiles.admin import mapping
from tests.oas.api.test_docs_pages import HANDLER, INLINE_SCRIPT, policy
from tests.promises.world import World

TABLE = tomllib.loads((Path(__file__).parent / "admin.toml").read_text(encoding="utf-8"))
MODELS: dict[str, list[str]] = TABLE["models"]
OWN: dict[str, dict[str, Any]] = TABLE["own"]
PAGES: list[str] = TABLE["pages"]
PATHS = {"list": "", "add": "add/", "change": "{}/change/", "delete": "{}/delete/", "history": "{}/history/"}
OPEN_TO_ALL = {"login", "logout"}


def model_of(name: str) -> type[Model]:
    app, _, model = name.partition("_")
    return apps.get_model(app, model)


def staff(name: str, *permissions: str, superuser: bool = False) -> Client:
    user = User.objects.create_user(name, password="staff-password-31415", is_staff=True, is_superuser=superuser)
    for permission in permissions:
        app, codename = permission.split(".")
        user.user_permissions.add(Permission.objects.get(content_type__app_label=app, codename=codename))
    return logged_in(user)


def logged_in(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


@pytest.fixture
def things(world: World, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A row of every model that the site shows; returns ids for the names in braces of `admin.toml`."""
    make_the_rest(world.organisation)
    rows = PreviewResult(job=uuid4(), seen=[RawMember(rows=[["Day", "To us"], ["2025-07-01", "1"]])])
    monkeypatch.setattr(mapping, "preview", lambda file: rows)
    artist = ContentType.objects.get(app_label="catalogue", model="artist")
    own = {"contenttype": artist.pk, "user": User.objects.get(username="alice").pk}
    return world.ids | own | {"organisation": world.organisation.pk}


def make_the_rest(organisation: Organisation) -> None:
    alice = User.objects.create_user("alice", "alice@label.example", "alice-password-31415")
    add_member(organisation=organisation, user=alice, role=Role.OWNER)
    create_key(organisation=organisation, name="program")
    log_in(alice)
    publish_now(organisation)
    Group.objects.create(name="Operators")
    LayoutSwitch.everything.create(organisation=organisation, name="believe", enabled=False)
    StoreName.objects.create(store="spoty", dsp="Spotify")
    Rate.objects.create(currency="USD", period="2025-01", units="1.1")
    ReportSchedule.everything.create(organisation=organisation, day=1)
    make_partner(organisation)
    for name, more in (("accessattempt", {"failures_since_start": 1}), ("accessfailurelog", {}), ("accesslog", {})):
        apps.get_model("axes", name).objects.create(username="x", ip_address="192.0.2.1", **more)


def make_partner(organisation: Organisation) -> None:
    key, _ = partner_services.create_key(
        partner=partner_services.create_partner(organisation=organisation, name="Moon", countries=["DE"]), name="server"
    )
    create_user(partner=key.partner, user_id="u1", country="DE")
    create_playlist(partner=key.partner, user=None, details=Details(name="Morning"), tracks=[])
    played = PlayedItem(
        user_id="u1", country="DE", track_id=1, release_id=1, format_id=17, play_mode="online", end_reason="other",
        play_type="", user_agent="Player", seconds=30, played_at=timezone.now(),
    )  # fmt: skip
    store_plays(key=key, kind=PlayKind.CATALOGUE, items=[played])


def first(name: str) -> Model:
    row = model_of(name)._default_manager.order_by("pk").first()
    assert row is not None, f"there is no {name}"
    return row


def addresses(name: str) -> dict[str, str]:
    base = f"/admin/{name.replace('_', '/', 1)}/"
    pk = first(name).pk
    return {page: base + PATHS[page].format(pk) for page in PAGES}


def answers(client: Client, name: str) -> str:
    return " ".join(str(client.get(address).status_code) for address in addresses(name).values())


def test_every_page_of_the_site_has_a_row() -> None:
    given = {f"{name}_{page}" for name in MODELS for page in ("changelist", "add", "change", "delete", "history")}
    found = {str(name) for name in _names(admin.site.get_urls()) if name}
    assert found == given | set(OWN) | OPEN_TO_ALL


def _names(patterns: list[Any]) -> set[str | None]:
    return {
        name
        for each in patterns
        for name in (_names(each.url_patterns) if hasattr(each, "url_patterns") else {each.name})
    }


def test_a_superuser_gets_what_the_table_says(things: dict[str, Any]) -> None:
    root = staff("root", superuser=True)
    assert {name: answers(root, name) for name in MODELS} == {name: row[0] for name, row in MODELS.items()}


def test_staff_who_may_only_view_can_only_view(things: dict[str, Any]) -> None:
    found = {}
    for name in MODELS:
        app, _, model = name.partition("_")
        found[name] = answers(staff(f"looks-at-{name}", f"{app}.view_{model}"), name)
    assert found == {name: row[1] for name, row in MODELS.items()}


def test_staff_without_permission_get_nothing(things: dict[str, Any]) -> None:
    new = staff("new")
    assert {answers(new, name) for name in MODELS} == {"403 403 403 403 403"}


@pytest.mark.parametrize("role", [None, *Role])
def test_users_who_are_not_staff_are_sent_to_the_login(things: dict[str, Any], world: World, role: Role | None) -> None:
    """Whatever their role in an organisation is; an API key opens nothing here."""
    client = Client(headers={"X-Api-Key": create_key(organisation=world.organisation, name="x")[1].text})
    if role is not None:
        user = User.objects.create_user("vera", password="vera-password-31415")
        add_member(organisation=world.organisation, user=user, role=role)
        client = logged_in(user)
    assert {answers(client, name) for name in MODELS} == {"302 302 302 302 302"}
    own = [client.get("/admin/" + page["path"].format(**things)) for page in OWN.values()]
    assert {(answer.status_code, answer["Location"].partition("?")[0]) for answer in own} == {(302, "/admin/login/")}


def test_pages_of_their_own_ask_for_a_permission(things: dict[str, Any]) -> None:
    root, new = staff("root", superuser=True), staff("new")
    for name, page in OWN.items():
        address = "/admin/" + page["path"].format(**things)
        found = (new.get(address).status_code, root.get(address).status_code)
        assert (name, *found) == (name, page["staff"], page["superuser"])
        if "needs" in page:
            assert (name, staff(f"may-{name}", page["needs"]).get(address).status_code) == (name, 200)


@pytest.mark.parametrize("name", MODELS)
def test_the_permission_to_view_is_not_enough_to_act(name: str, db: None) -> None:
    """Neither actions nor forms are open to staff who may only view."""
    app, _, model = name.partition("_")
    client = staff("looks", f"{app}.view_{model}")
    request = RequestFactory().get("/admin/")
    request.user = User.objects.get(username="looks")
    page = admin.site._registry[model_of(name)]
    assert page.get_actions(request) == {}
    assert client.post(f"/admin/{app}/{model}/add/", {}).status_code == 403


def test_staff_see_every_organisation_whichever_they_belong_to(world: World) -> None:
    """Staff run OAS. A membership beside it takes nothing away on the site, and gives nothing in the API."""
    client = staff("both", "salesfiles.view_salesfile")
    both = User.objects.get(username="both")
    Membership.objects.create(user=both, organisation=world.other, role=Role.OWNER)
    assert "Quincunx.csv" in client.get("/admin/salesfiles/salesfile/").content.decode()
    # In the API the same user speaks for Label C, and does not see a file of Label A.
    assert client.get(f"/api/files/salesfiles/{world.ids['file']}/").status_code == 404


def test_no_page_shows_the_secret_of_a_key(things: dict[str, Any], world: World) -> None:
    text = create_key(organisation=world.organisation, name="shown once")[1]
    key = ApiKey.everything.get(prefix=text.prefix)
    root = staff("root", superuser=True)
    for address in ("", f"{key.pk}/change/", f"{key.pk}/history/"):
        page = root.get(f"/admin/accounts/apikey/{address}").content.decode()
        assert text.secret not in page
        assert key.secret_hash not in page


def test_every_page_runs_nothing_inline_and_forbids_it(things: dict[str, Any]) -> None:
    """Lists, forms, histories, charts and the workbench have no inline script, and the headers that forbid one."""
    root = staff("root", superuser=True)
    pages = [address for name in MODELS for page, address in addresses(name).items() if page != "delete"]
    pages += ["/admin/" + page["path"].format(**things) for name, page in OWN.items() if name not in ("jsi18n",)]
    shown = [answer for answer in map(root.get, pages) if answer.status_code == 200]
    assert len(shown) > 90
    for answer in shown:
        page = answer.content.decode()
        path = answer.request["PATH_INFO"]
        assert (path, INLINE_SCRIPT.search(page), HANDLER.search(page)) == (path, None, None)
        assert "javascript:" not in page
        assert policy(answer)["default-src"] == ["'self'"]
        assert "script-src" not in policy(answer)
        headers = ("X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy")
        assert [answer[name] for name in headers] == ["nosniff", "DENY", "same-origin"]


def test_layouts_that_come_with_oas_can_be_viewed_but_not_changed(things: dict[str, Any]) -> None:
    shipped = Layout.objects.filter(origin="SHIPPED").first()
    assert shipped is not None
    root = staff("root", superuser=True)
    assert root.post(f"/admin/layouts/layout/{shipped.pk}/change/", {"text": "x"}).status_code == 403
