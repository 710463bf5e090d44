"""The copy of a catalogue in S3 that Glider matches sales against: two Parquet objects per version.

`{version}.parquet`: a row for each track on a release, each track without one, and each release itself.
`{version}.aliases.parquet`: kind, key, track_id, release_id.
A version is named by the number of the last change in it and the start of the SHA-256 of its content. The same change
makes the same objects, so two processes that publish at once do no harm to each other.
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
NEWEST = 3  # versions that are never removed
GRACE = timedelta(hours=1)  # in which a report may read a version that it has not recorded yet
Users = Callable[[int], Iterable[str]]
_users: list[Users] = []


def register_users(users: Users) -> None:
    """Have `users(organisation id)` called before versions are removed; it returns the names of those still in use."""
    if users not in _users:
        _users.append(users)


def current_version(organisation: Organisation | int) -> CatalogueVersion | None:
    """Return the newest version, which may lack the last changes; None before the first."""
    return CatalogueVersion.objects.of(organisation).order_by("-number").first()


def publish_now(organisation: Organisation | int) -> CatalogueVersion:
    """Return a version with every change committed so far: the newest, or one made here. Raises StorageError.

    Idempotent. A million tracks take some tens of seconds.
    """
    id = organisation if isinstance(organisation, int) else organisation.pk
    CatalogueState.objects.get_or_create(organisation_id=id)
    newest = current_version(id)
    if newest is not None and newest.number >= CatalogueState.objects.get(pk=id).change:
        return newest
    changes.begin_copy(id)
    with workspace(config().work_dir) as folder:
        return _store(id, export(id, folder))


def _store(organisation_id: int, copy: Copy) -> CatalogueVersion:
    name = f"{copy.number:08d}-{_digest(copy.rows_path, copy.aliases_path)}"
    objects = (object_keys.catalogue(organisation_id, name), object_keys.catalogue_aliases(organisation_id, name))
    storage().upload(copy.rows_path, objects[0])
    storage().upload(copy.aliases_path, objects[1])
    version = _record(organisation_id, name, copy)
    if version.name != name:  # another process had published the same change with other content
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
    # Conditional, so that a slow copy of an earlier change cannot set the number back.
    older = CatalogueState.objects.filter(pk=organisation_id, published_change__lt=copy.number)
    older.update(published_change=copy.number)
    return version


def remove_old(organisation_id: int) -> int:
    """Remove versions that are neither among the newest, nor in use, nor younger than `GRACE`; returns how many."""
    newest = CatalogueVersion.objects.of(organisation_id).order_by("-number").values_list("pk", flat=True)[:NEWEST]
    old = CatalogueVersion.objects.of(organisation_id).exclude(pk__in=list(newest))
    used = {name for users in _users for name in users(organisation_id)}
    gone = list(old.filter(published_at__lt=timezone.now() - GRACE).exclude(name__in=used))
    for version in gone:
        # The objects go first: a row whose objects are gone is found again, objects without a row are not.
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
