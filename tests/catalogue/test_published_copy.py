from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Organisation
from catalogue.models import CatalogueState, CatalogueVersion, Track
from catalogue.services import published_copy
from catalogue.services.changes import note_change
from catalogue.services.published_copy import current_version, publish_now, register_users, remove_old
from catalogue.services.works import change_track
from oas.kernel.storage import ObjectAbsent, storage
from tests.catalogue.copies import read


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


def test_old_versions_are_removed_but_not_the_newest_and_not_those_in_use(
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


def test_a_slow_copy_of_an_earlier_change_does_not_set_the_number_back(
    organisation: Organisation, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes: the one that began first ends last."""
    real: Any = vars(published_copy)["export"]

    def overtaken(id: int, folder: Path) -> object:
        copy = real(id, folder)
        monkeypatch.setattr(published_copy, "export", real)
        change_track(track=track, title="Day Bus")
        published_copy.publish_now(id)
        return copy

    monkeypatch.setattr(published_copy, "export", overtaken)
    slow = publish_now(organisation)
    newest = current_version(organisation)
    assert newest is not None
    state = CatalogueState.objects.get(pk=organisation.pk)
    assert (slow.number + 1, state.published_change) == (newest.number, newest.number)


def test_a_copy_of_the_same_change_with_other_content_leaves_no_object(
    organisation: Organisation, track: Track, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = publish_now(organisation)
    monkeypatch.setattr(published_copy, "current_version", lambda id: None)
    monkeypatch.setattr(published_copy, "_digest", lambda *_: "other")
    assert publish_now(organisation) == first
    keys = {found.key for found in storage().list(first.key.rpartition("/")[0] + "/")}
    assert keys == {first.key, first.aliases_key}


def test_versions_of_another_organisation_are_left_alone(
    organisation: Organisation, other_organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_copy, "_users", [])
    monkeypatch.setattr(published_copy, "NEWEST", 0)
    for each in (organisation, other_organisation):
        note_change(each.pk)
        publish_now(each)
    CatalogueVersion.everything.update(published_at=timezone.now() - timedelta(hours=2))
    assert remove_old(organisation.pk) == 1
    assert (current_version(organisation), current_version(other_organisation) is None) == (None, False)


def test_who_uses_versions_is_asked_once_however_often_it_registers(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(published_copy, "_users", [])
    asked: list[int] = []

    def users(id: int) -> list[str]:
        asked.append(id)
        return []

    register_users(users)
    register_users(users)
    remove_old(organisation.pk)
    assert asked == [organisation.pk]
