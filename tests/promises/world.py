"""Label A with one of everything, marked with a word that no other organisation may read; and a client per role."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Organisation, Role
from accounts.services import add_member, create_key, log_in, revoke_key
from catalogue.models import Alias, Artist
from catalogue.services.works import create_release, create_track
from fetcher.models import Batch, BatchStatus, WatchedFolder
from layouts.models import NameKind
from layouts.services.known_names import create_name
from oas.kernel.config import config
from reports.choices import Kind
from tests.catalogue.importing import import_text
from tests.glider.reporting.driving import Lake
from tests.reports.driving import ready, sold
from tests.salesfiles.glider_stand_in import finalized_file

MARK = "Quincunx"  # in a name or title of everything that Label A has


@dataclass(frozen=True)
class World:
    """Two organisations and what the first has. `ids` (name → id): the names in braces of `routes.toml`."""

    organisation: Organisation
    other: Organisation
    ids: dict[str, Any]


def make_world(organisation: Organisation, other: Organisation, folder: Path) -> World:
    """Create one of everything for `organisation`. `folder` takes the files that sales and catalogue are made of."""
    sold(organisation, Lake(folder, organisation=organisation.pk))
    report = ready(organisation, Kind.UNMATCHED)
    file = finalized_file(organisation, filename=f"{MARK}.csv")
    ids = {"marks": MARK, "file": file.pk, "report": report.pk}
    return World(organisation, other, ids | make_links(organisation) | make_works(organisation, folder))


def make_links(organisation: Organisation) -> dict[str, int]:
    link = {"organisation": organisation, "kind": "drive", "requested_by": MARK, "link_id": f"1{MARK}"}
    batch = Batch.everything.create(**link, url="https://drive.google.com/", status=BatchStatus.FETCHING)
    folder = WatchedFolder.everything.create(**link, url="https://drive.google.com/", next_look_at=timezone.now())
    name = create_name(organisation=organisation, kind=NameKind.STORE, written=MARK, meaning=f"{MARK} Shop")
    return {"batch": batch.pk, "folder": folder.pk, "name": name.pk}


def make_works(organisation: Organisation, folder: Path) -> dict[str, int]:
    release = create_release(organisation=organisation, title=f"{MARK} I", artists=[{"name": f"{MARK} Band"}])
    artist = Artist.objects.of(organisation).get(name=f"{MARK} Band")
    track = create_track(
        organisation=organisation, title=f"{MARK} II", artists=[{"id": artist.pk}], releases=[{"id": release.pk}]
    )
    alias = Alias.everything.create(organisation=organisation, kind="isrc", key="QZAAA2500009", text=MARK, track=track)
    row = import_text(organisation, folder, f"ISRC,Title\nQZAAA2500008,{MARK}\nbad,{MARK}\n", preview=True)
    made = {"release": release, "artist": artist, "track": track, "alias": alias, "import": row}
    return {name: thing.pk for name, thing in made.items()}


# --- who asks ---


def people(world: World) -> dict[str, APIClient]:
    """Return a client for each role of `routes.toml`."""
    here, ago = world.organisation, timezone.now() - timedelta(minutes=1)
    revoked, revoked_text = create_key(organisation=here, name="revoked")
    revoke_key(revoked)
    return {
        "anonymous": client(),
        "viewer": person("vera", here, Role.VIEWER),
        "member": person("bob", here, Role.MEMBER),
        "owner": person("alice", here, Role.OWNER),
        "read key": client(key_of(here, scopes=["read"])),
        "write key": client(key_of(here, scopes=["write"])),
        "key": client(key_of(here)),
        "expired key": client(key_of(here, expires_at=ago)),
        "revoked key": client(revoked_text.text),
        "Charlie": person("charlie", world.other, Role.OWNER),
        "staff": bearer(User.objects.create_superuser("root", "root@oas.example", "root-password-31415")),
    }


def key_of(organisation: Organisation, **options: Any) -> str:
    return create_key(organisation=organisation, name="program", **options)[1].text


def person(name: str, organisation: Organisation, role: Role) -> APIClient:
    user = User.objects.create_user(name, f"{name}@label.example", f"{name}-password-31415")
    add_member(organisation=organisation, user=user, role=role)
    return bearer(user)


def bearer(user: User) -> APIClient:
    return _asking(HTTP_AUTHORIZATION=f"Bearer {log_in(user)[1]}")


def client(key: str = "") -> APIClient:
    return _asking(**({"HTTP_X_API_KEY": key} if key else {}))


def _asking(**headers: str) -> APIClient:
    asking = APIClient(raise_request_exception=False)
    asking.credentials(**headers)
    return asking


def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send no message to a worker, and let Google Drive count as set up (no request of the API waits for it)."""
    from oas.celery import app

    monkeypatch.setattr(app, "send_task", lambda *args, **options: None)
    monkeypatch.setenv("OAS_GOOGLE_API_KEY", "a-key-of-google-for-tests")
    config.cache_clear()
