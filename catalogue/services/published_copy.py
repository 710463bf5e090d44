"""The copy of a catalogue in S3 that Glider matches sales against: two Parquet objects per version.

`{version}.parquet`: a row for each track on a release, each track without one, and each release itself.
`{version}.aliases.parquet`: kind, key, track_id, release_id.
A version is named by the number of the change it contains and the start of the SHA-256 of its content; the same
change makes the same objects, so that two who publish at once do each other no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

import structlog
from django.db import transaction
from django.utils import timezone

from accounts.models import Organisation
from catalogue.models import CatalogueState, CatalogueVersion
from catalogue.services import changes
from catalogue.services.export import Copy, export
from oas.kernel import object_keys
from oas.kernel.config import config
from oas.kernel.storage import storage
from oas.kernel.workspace import workspace

log = structlog.get_logger(__name__)
KEPT = 3  # versions that always stay
GRACE = timedelta(hours=1)  # in which a version may be handed out before its user is known
Users = Callable[[int], Iterable[str]]
_users: list[Users] = []


def register_users(users: Users) -> None:
    """`users` tells, for the id of an organisation, the names of the versions that something still reads."""
    if users not in _users:
        _users.append(users)


def current_version(organisation: Organisation | int) -> CatalogueVersion | None:
    """The newest version, which may lack the last changes; None before the first."""
    return CatalogueVersion.objects.of(organisation).order_by("-number").first()


def publish_now(organisation: Organisation | int) -> CatalogueVersion:
    """The version that has every change of now: the newest, or one made here. Raises StorageError.

    A million tracks take some tens of seconds.
    """
    id = organisation if isinstance(organisation, int) else organisation.pk
    CatalogueState.objects.get_or_create(organisation_id=id)
    newest = current_version(id)
    if newest is not None and newest.number >= CatalogueState.objects.get(pk=id).change:
        return newest
    changes.begin(id)
    with workspace(config().work_dir) as folder:
        return _store(id, export(id, folder))


def _store(organisation_id: int, copy: Copy) -> CatalogueVersion:
    name = f"{copy.number:08d}-{_digest(copy.rows_path, copy.aliases_path)}"
    objects = (object_keys.catalogue(organisation_id, name), object_keys.catalogue_aliases(organisation_id, name))
    storage().upload(copy.rows_path, objects[0])
    storage().upload(copy.aliases_path, objects[1])
    version = _record(organisation_id, name, copy)
    if version.name != name:  # another copy of the same change was first
        storage().delete(*objects)
    log.info("catalogue_published", organisation=organisation_id, version=version.name, rows=version.rows)
    return version


@transaction.atomic
def _record(organisation_id: int, name: str, copy: Copy) -> CatalogueVersion:
    version, _ = CatalogueVersion.everything.get_or_create(
        organisation_id=organisation_id,
        number=copy.number,
        defaults={"name": name, "rows": copy.rows, "aliases": copy.aliases},
    )
    behind = CatalogueState.objects.filter(pk=organisation_id, published_change__lt=copy.number)
    behind.update(published_change=copy.number)
    return version


def remove_old(organisation_id: int) -> int:
    """Remove versions that are neither new nor in use; returns how many."""
    kept = CatalogueVersion.objects.of(organisation_id).order_by("-number").values_list("pk", flat=True)[:KEPT]
    old = CatalogueVersion.objects.of(organisation_id).exclude(pk__in=list(kept))
    used = {name for users in _users for name in users(organisation_id)}
    gone = list(old.filter(published_at__lt=timezone.now() - GRACE).exclude(name__in=used))
    for version in gone:  # the objects first: a row whose objects are gone is found again, lost objects are not
        storage().delete(version.key, version.aliases_key)
        version.delete()
    return len(gone)


def _digest(*paths: Path) -> str:
    digest = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            while chunk := file.read(1024 * 1024):
                digest.update(chunk)
    return digest.hexdigest()[:8]
