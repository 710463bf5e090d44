"""Names that an organisation has explained: over HTTP, in the admin, and in what Glider reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl
import pytest
from django.db import connections
from django.test import Client
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import ImporterResult
from glider.layouts.published import layout_set
from jobs.services.results import read_result
from layouts.models import KnownName, NameKind, StoreName
from layouts.services.known_names import create_name
from layouts.services.layout_sets import published_set
from oas.kernel.storage import storage
from salesfiles.models import SalesFile
from salesfiles.services.finalising import finalise
from salesfiles.services.processing import reimport
from tests.glider.driving import distrokid
from tests.totals.driving import finalized, processed

pytestmark = pytest.mark.django_db
FOO = {"kind": "territory", "written": "Rep. of Foo", "meaning": "DE"}
SHOP = {"kind": "store", "written": "Moon  Shop", "meaning": "Moon"}


def explain(api: APIClient, given: dict[str, str]) -> Any:
    return api.post("/api/names/", given, format="json")


def test_a_name_is_explained_listed_changed_and_forgotten(alice_api: APIClient) -> None:
    made = explain(alice_api, FOO)
    assert (made.status_code, made.json()["written"], made.json()["meaning"]) == (201, "Rep. of Foo", "DE")
    place = made["Location"]
    assert alice_api.get("/api/names/?kind=territory").json()["results"] == [made.json()]
    assert alice_api.get("/api/names/?kind=store").json()["results"] == []
    assert alice_api.patch(place, {"meaning": "at"}, format="json").json()["meaning"] == "AT"
    assert alice_api.delete(place).status_code == 204
    assert alice_api.get(place).status_code == 404


def test_explaining_a_name_again_changes_nothing_and_another_meaning_is_refused(alice_api: APIClient) -> None:
    first = explain(alice_api, SHOP)
    again = explain(alice_api, {**SHOP, "written": "moon shop"})
    assert (again.status_code, again.json()["id"]) == (201, first.json()["id"])
    other = explain(alice_api, {**SHOP, "meaning": "Sun"})
    assert (other.status_code, other.json()["errors"][0]["code"]) == (400, "unique")
    assert KnownName.everything.count() == 1


@pytest.mark.parametrize("meaning", ["Germany", "XX", "ZZ", "D", "276", "ДЕ"])
def test_a_territory_means_a_country_by_its_code(meaning: str, alice_api: APIClient) -> None:
    answer = explain(alice_api, {**FOO, "meaning": meaning})
    assert (answer.status_code, answer.json()["errors"][0]["attr"]) == (400, "meaning")
    assert not KnownName.everything.exists()


def test_a_name_that_grows_when_its_case_is_folded_is_taken(alice_api: APIClient) -> None:
    assert explain(alice_api, {**SHOP, "written": "ΐ" * 200}).status_code == 201


def test_charlie_sees_and_changes_none_of_it(alice_api: APIClient, charlie_api: APIClient) -> None:
    place = explain(alice_api, FOO)["Location"]
    assert charlie_api.get("/api/names/").json()["results"] == []
    assert charlie_api.get(place).status_code == 404
    assert charlie_api.patch(place, {"meaning": "FR"}, format="json").status_code == 404
    assert charlie_api.delete(place).status_code == 404
    assert KnownName.everything.get().meaning == "DE"


def test_names_count_for_their_organisation_alone_and_before_those_of_the_installation(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    StoreName.objects.create(store="Moon Shop", dsp="Everybody's Moon")
    create_name(organisation=organisation, kind=NameKind.STORE, written="Moon Shop", meaning="Our Moon")
    create_name(organisation=organisation, kind=NameKind.TERRITORY, written="Foo", meaning="DE")
    ours, theirs = (layout_set(published_set(each.pk)) for each in (organisation, other_organisation))
    assert ours.stores.dsp_of("MOON SHOP") == "Our Moon"
    assert theirs.stores.dsp_of("MOON SHOP") == "Everybody's Moon"
    assert (dict(ours.territories), dict(theirs.territories)) == ({"Foo": "DE"}, {})


def test_the_admin_explains_a_name_once_and_only_by_a_code(organisation: Organisation, admin: Client) -> None:
    page = "/admin/layouts/knownname/add/"
    given = {"organisation": organisation.pk, "kind": "territory", "written": "Foo", "meaning": "nowhere"}
    assert "is no territory" in admin.post(page, given).content.decode()
    assert admin.post(page, {**given, "meaning": "de"}).status_code == 302
    name = KnownName.objects.of(organisation).get()
    assert (name.key, name.meaning, name.created_by) == ("foo", "DE", "root")
    assert "explained this name already" in admin.post(page, {**given, "meaning": "FR"}).content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_two_that_explain_a_name_at_once_both_get_the_same(organisation: Organisation) -> None:
    def explained(_: int) -> int:
        try:
            return create_name(organisation=organisation, kind=NameKind.STORE, written="Moon", meaning="Moon").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(explained, range(8)))) == 1


def test_a_name_that_is_explained_counts_once_the_file_is_imported_again(organisation: Organisation) -> None:
    line = distrokid("2025-07|Moon Shop|Song|QZAAA2500001||1|0.5")
    file = finalized(organisation, line.replace("\tUS\t", "\tRep. of Foo\t"))
    assert by_name(file) == {"dsp": ["Moon Shop"], "territory": ["ZZ"]}
    create_name(organisation=organisation, kind=NameKind.STORE, written="moon shop", meaning="Moon")
    create_name(organisation=organisation, kind=NameKind.TERRITORY, written="Foo, Rep. of", meaning="DE")
    reimport(file=file)
    finalise(processed(file).pk)
    file.refresh_from_db()
    assert by_name(file) == {"dsp": ["Moon"], "territory": ["DE"]}


def by_name(file: SalesFile) -> dict[str, list[str]]:
    """Names of DSPs and territories in the totals of the last import of `file`."""
    result = read_result(file.jobs.filter(module="importer").latest("created_at"))
    assert isinstance(result, ImporterResult)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "totals.parquet"
        storage().download(result.totals_key, path)
        totals = pl.read_parquet(path)
    return {
        dimension: totals.filter(pl.col("dimension") == dimension)["name"].to_list()
        for dimension in ("dsp", "territory")
    }
