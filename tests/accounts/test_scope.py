"""A query over an organisation's rows that names no organisation does not run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import ApiKey, Organisation
from accounts.scope import UnscopedQuery
from accounts.services import create_key

UNSCOPED: dict[str, Callable[[], Any]] = {
    "all": lambda: ApiKey.objects.all(),
    "filter": lambda: ApiKey.objects.filter(name="x"),
    "exclude": lambda: ApiKey.objects.exclude(name="x"),
    "get": lambda: ApiKey.objects.get(pk=1),
    "count": lambda: ApiKey.objects.count(),
    "exists": lambda: ApiKey.objects.exists(),
    "first": lambda: ApiKey.objects.first(),
    "update": lambda: ApiKey.objects.update(name="x"),
    "create": lambda: ApiKey.objects.create(name="x"),
    "bulk_create": lambda: ApiKey.objects.bulk_create([]),
    "get_or_create": lambda: ApiKey.objects.get_or_create(name="x"),
    "values": lambda: ApiKey.objects.values("pk"),
    "iterator": lambda: list(ApiKey.objects.iterator()),
    "in_bulk": lambda: ApiKey.objects.in_bulk(),
    "raw related": lambda: ApiKey.objects.select_related("organisation"),
}


@pytest.mark.parametrize("query", UNSCOPED.values(), ids=UNSCOPED.keys())
def test_an_unscoped_query_raises_with_a_hint_what_to_write(query: Callable[[], Any]) -> None:
    with pytest.raises(UnscopedQuery, match=r"use ApiKey\.objects\.of\(organisation\)"):
        query()


def test_an_organisation_sees_its_own_rows_only(organisation: Organisation, other_organisation: Organisation) -> None:
    mine, _ = create_key(organisation=organisation, name="mine")
    theirs, _ = create_key(organisation=other_organisation, name="theirs")
    assert list(ApiKey.objects.of(organisation)) == [mine]
    assert list(ApiKey.objects.of(other_organisation.pk)) == [theirs]
    assert set(ApiKey.objects.unscoped()) == {mine, theirs}
    assert list(ApiKey.objects.none()) == []


def test_django_itself_still_works_on_the_rows(organisation: Organisation) -> None:
    key, _ = create_key(organisation=organisation, name="before")
    key.name = "after"
    key.save()
    key.refresh_from_db()
    assert key.name == "after"
    assert list(organisation.apikey_set.all()) == [key]
    key.full_clean()
    key.delete()
    assert not ApiKey.objects.of(organisation).exists()
