"""Promise 15: nothing of another organisation is visible. Each role asks every route; routes.toml has what it gets.

(The same for the pages of the admin site: test_admin_site.py.)
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.urls import URLPattern, get_resolver, resolve
from rest_framework.test import APIClient

from accounts.scope import OrganisationModel
from tests.oas.api.test_openapi import schema
from tests.promises.world import MARK, World, people

TABLE = tomllib.loads((Path(__file__).parent / "routes.toml").read_text(encoding="utf-8"))
ROLES: list[str] = TABLE["roles"]
ROUTES: list[dict[str, Any]] = TABLE["routes"]
OUTSIDERS = ("anonymous", "expired key", "revoked key", "Charlie", "staff")
METHODS = ("get", "post", "put", "patch", "delete")
PARTNERS = r"^1\.2/"  # asked by partners, never by organisations: tests/partners/test_routes.py
NO_SUCH_ROUTE = "^api/"  # the last route of the table, which answers 404


def expected(route: dict[str, Any]) -> dict[str, int]:
    """Return the status that each role gets. `ok` in routes.toml is the route's own success, 200 unless it has one."""
    words = TABLE["answers"][route["gets"]].split()
    assert len(words) == len(ROLES), route["gets"]
    return {
        role: int(str(route.get("ok", 200)) if word == "ok" else word) for role, word in zip(ROLES, words, strict=True)
    }


def ask(asking: APIClient, route: dict[str, Any], world: World, **headers: Any) -> Any:
    method, address = route["call"].split()
    body = _filled(route["body"], world.ids) if "body" in route else None
    return getattr(asking, method.lower())(address.format(**world.ids), body, **headers)


def _filled(body: Any, ids: dict[str, Any]) -> Any:
    if isinstance(body, dict):
        return {name: _filled(value, ids) for name, value in body.items()}
    if isinstance(body, list):
        return [_filled(value, ids) for value in body]
    return int(body.format(**ids)) if isinstance(body, str) and body.startswith("{") else body


def content(answer: Any) -> str:
    return b"".join(answer.streaming_content).decode() if answer.streaming else answer.content.decode()


def rows_of(world: World) -> dict[str, list[Any]]:
    """Return all rows of Label A by model, without its API keys: a request notes when they were used."""
    models = [model for model in _models() if model._meta.label != "accounts.ApiKey"]
    found = {model._meta.label: model.everything.filter(organisation=world.organisation) for model in models}
    return {label: list(rows.order_by("pk").values()) for label, rows in found.items()}


def _models() -> list[type[OrganisationModel]]:
    from django.apps import apps

    return [model for model in apps.get_models() if issubclass(model, OrganisationModel)]


@pytest.mark.parametrize("role", ROLES)
def test_every_route_answers_each_role_as_the_table_says(world: World, role: str) -> None:
    asking = people(world)[role]
    wanted = {route["call"]: expected(route)[role] for route in ROUTES}
    before = rows_of(world)
    found, leaks, touched = {}, [], []
    for route in ROUTES:
        with transaction.atomic():
            answer = ask(asking, route, world)
            found[route["call"]] = answer.status_code
            if role in OUTSIDERS and MARK in content(answer):
                leaks.append(route["call"])
            if may_touch_nothing(role, route, answer.status_code) and rows_of(world) != before:
                touched.append(route["call"])
            transaction.set_rollback(True)
    assert (found, leaks, touched) == (wanted, [], [])


def may_touch_nothing(role: str, route: dict[str, Any], status: int) -> bool:
    return not route["call"].startswith("GET") and (role in OUTSIDERS or status in (401, 403, 404))


def test_no_role_can_speak_for_another_organisation(world: World) -> None:
    """`X-Organisation` names Label A in Charlie's requests, and Label C in all of Label A's."""
    asking = people(world)
    named = {"Charlie": world.organisation} | dict.fromkeys(
        ("viewer", "member", "owner", "read key", "key"), world.other
    )
    for role, organisation in named.items():
        for route in [route for route in ROUTES if route["gets"] not in ("anyone", "person")]:
            with transaction.atomic():
                answer = ask(asking[role], route, world, HTTP_X_ORGANISATION=str(organisation.pk))
                transaction.set_rollback(True)
            assert (role, route["call"], answer.status_code) == (role, route["call"], 404)


# --- the table is complete ---


def routes_of_the_code() -> set[tuple[str, str]]:
    """Return (method, route) of every route outside the admin site."""
    found = set()
    for route, view in _patterns(get_resolver().url_patterns):
        if route != NO_SUCH_ROUTE and not route.startswith(("admin/", PARTNERS)):
            found |= {(method.upper(), route) for method in _methods(view)}
    return found


def _patterns(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for pattern in patterns:
        route = before + str(pattern.pattern).removeprefix("^" if before else "")  # as `resolve` writes it
        if isinstance(pattern, URLPattern):
            yield route, pattern.callback
        else:
            yield from _patterns(pattern.url_patterns, route)


def _methods(view: Any) -> set[str]:
    # A plain view of Django, such as a page or a redirect, has no methods to list.
    if not hasattr(view, "cls"):
        return {"get"}
    return set(METHODS) & (set(getattr(view, "actions", ())) or {name for name in METHODS if hasattr(view.cls, name)})


def test_every_route_and_method_has_a_row() -> None:
    calls = [route["call"].partition("?")[0].split() for route in ROUTES]
    given = {(method, resolve(re.sub(r"{\w+}", "1", address)).route) for method, address in calls}
    assert given == routes_of_the_code()


def test_every_operation_of_the_schema_has_a_row() -> None:
    calls = {route["call"].partition("?")[0] for route in ROUTES}
    shapes = {tuple(part if "{" not in part else "{}" for part in call.split("/")) for call in calls}
    for path, methods in schema()["paths"].items():
        for method in set(methods) & set(METHODS):
            parts = f"{method.upper()} {path.replace('{name}', 'believe')}".split("/")
            assert tuple(part if "{" not in part else "{}" for part in parts) in shapes, f"{method} {path}"
