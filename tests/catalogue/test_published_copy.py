from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.models import CatalogueState, CatalogueVersion, Release, Track
from catalogue.services import changes, published_copy
from catalogue.services.aliases import create_alias
from catalogue.services.changes import note_change, overdue, request_copy
from catalogue.services.export import ROWS
from catalogue.services.published_copy import current_version, publish_now, register_users, remove_old
from catalogue.services.works import change_track, create_track
from oas.kernel.storage import ObjectAbsent, storage


def read(key: str, folder: Path) -> pl.DataFrame:
    path = folder / "copy.parquet"
    storage().fetch(key, path)
    return pl.read_parquet(path)


def messages(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The organisations for which the broker is given a message from now on."""
    sent: list[int] = []

    def send(task: str, argument: int, *, delay: float) -> bool:
        sent.append(argument)
        return True

    monkeypatch.setattr(changes, "send", send)
    return sent


def test_the_copy_has_each_track_on_each_release_and_each_release(
    organisation: Organisation, release: Release, track: Track, tmp_path: Path
) -> None:
    single = create_track(organisation=organisation, title="Alone", artists=[{"name": "Bo", "role": "featured"}])
    version = publish_now(organisation)
    assert read(version.key, tmp_path).rows(named=True) == [
        {
            "track_id": track.pk,
            "release_id": release.pk,
            "artist": "Aurora Lane",
            "track_title": "Night Bus",
            "track_version": "Radio Edit",
            "release_title": "Lines",
            "isrc": "QZAAA2500001",
            "upc": "00036000291452",
            "catalogue_number": "AL001LP",
            "label": "Label A",
            "reference": f"T{track.pk}",
        },
        {
            **dict.fromkeys(("release_id", "artist", "track_version", "release_title", "isrc", "upc")),
            **dict.fromkeys(("catalogue_number", "label")),
            "track_id": single.pk,
            "track_title": "Alone",
            "reference": f"T{single.pk}",
        },
        {
            **dict.fromkeys(("track_id", "track_title", "track_version", "isrc")),
            "release_id": release.pk,
            "artist": "Aurora Lane",
            "release_title": "Lines",
            "upc": "00036000291452",
            "catalogue_number": "AL001LP",
            "label": "Label A",
            "reference": f"R{release.pk}",
        },
    ]
    assert (version.rows, version.aliases) == (3, 0)


def test_the_aliases_are_an_object_of_their_own(organisation: Organisation, track: Track, tmp_path: Path) -> None:
    given: Any = {"kind": "artist_title", "artist": "Aurora L.", "title": "Nite Bus", "track": track.pk}
    create_alias(organisation=organisation, given=given)
    version = publish_now(organisation)
    assert read(version.aliases_key, tmp_path).rows(named=True) == [
        {"kind": "artist_title", "key": "aurora l|nite bus", "track_id": track.pk, "release_id": None}
    ]


def test_an_empty_catalogue_can_be_published(organisation: Organisation, tmp_path: Path) -> None:
    version = publish_now(organisation)
    rows = read(version.key, tmp_path)
    assert rows.height == 0
    assert rows.schema == ROWS
    assert read(version.aliases_key, tmp_path).columns == ["kind", "key", "track_id", "release_id"]


def test_nothing_of_another_organisation_is_in_the_copy(
    organisation: Organisation, other_organisation: Organisation, track: Track, tmp_path: Path
) -> None:
    create_track(organisation=other_organisation, title="Not yours", artists=[{"name": "Aurora Lane"}])
    titles = read(publish_now(other_organisation).key, tmp_path)["track_title"].to_list()
    assert titles == ["Not yours"]


def test_without_a_change_the_version_stays(organisation: Organisation, track: Track) -> None:
    first = publish_now(organisation)
    assert publish_now(organisation) == first
    assert current_version(organisation) == first


def test_a_change_makes_the_next_version(organisation: Organisation, track: Track, tmp_path: Path) -> None:
    first = publish_now(organisation)
    change_track(track=track, title="Day Bus")
    second = publish_now(organisation)
    assert second.number > first.number
    assert second.name.startswith(f"{second.number:08d}-")
    assert "Day Bus" in read(second.key, tmp_path)["track_title"].to_list()
    assert "Night Bus" in read(first.key, tmp_path)["track_title"].to_list()


def test_the_same_change_published_twice_is_one_version(
    organisation: Organisation, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish_now(organisation)
    monkeypatch.setattr(
        published_copy, "current_version", lambda id: None
    )  # as another process that was not first sees it
    assert publish_now(organisation) == first
    assert CatalogueVersion.objects.of(organisation).count() == 1


def test_a_copy_is_asked_for_once_until_it_is_begun(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = messages(monkeypatch)
    note_change(organisation.pk)
    assert [request_copy(organisation.pk), request_copy(organisation.pk)] == [True, False]
    changes.begin_copy(organisation.pk)
    assert request_copy(organisation.pk)
    assert sent == [organisation.pk] * 2
    publish_now(organisation)
    assert not request_copy(organisation.pk)


def test_a_change_asks_for_a_copy_after_the_commit(
    organisation: Organisation, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = messages(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        create_track(organisation=organisation, title="Night Bus")
        assert sent == []
    assert sent == [organisation.pk]


def test_the_sweep_finds_a_change_whose_message_was_lost(organisation: Organisation) -> None:
    note_change(organisation.pk)
    assert overdue() == []
    later = timezone.now() + timedelta(minutes=3)
    assert overdue(later) == [organisation.pk]
    publish_now(organisation)
    assert overdue(later) == []


def test_old_versions_go_but_not_the_last_ones_and_not_those_in_use(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_copy, "_users", [])
    versions = []
    for _ in range(6):
        note_change(organisation.pk)
        versions.append(publish_now(organisation))
    assert remove_old(organisation.pk) == 0  # all are young
    CatalogueVersion.objects.of(organisation).update(published_at=timezone.now() - timedelta(hours=2))
    register_users(lambda id: [versions[1].name])
    assert remove_old(organisation.pk) == 2
    left = CatalogueVersion.objects.of(organisation).order_by("number")
    assert list(left) == [versions[1], *versions[3:]]
    with pytest.raises(ObjectAbsent):
        storage().head(versions[0].key)
    with pytest.raises(ObjectAbsent):
        storage().head(versions[0].aliases_key)
    assert storage().head(versions[1].key).size > 0


@pytest.mark.django_db(transaction=True)
def test_outside_of_a_transaction_the_copy_is_of_one_moment(organisation: Organisation) -> None:
    create_track(organisation=organisation, title="Night Bus")
    version = publish_now(organisation)
    assert version.number == CatalogueState.objects.get(pk=organisation.pk).change == 1
