"""Every test runs on real servers: one embedded stack per session, or the ones that `OAS_DATABASE_URL` & co. name."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.session import LocalStack, Session, configure, shared_stack

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.test import Client
    from rest_framework.test import APIClient

    from accounts.models import Organisation
    from tests.jobs.glider_in_process import Glider

SESSION = pytest.StashKey[Session]()
E2E = "tests/e2e/"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Before pytest-django reads the settings. The workers inherit what the owner of the session put there."""
    worker: str | None = getattr(config, "workerinput", {}).get("workerid")
    if worker is None:
        config.stash[SESSION] = Session()
        config.stash[SESSION].start()
    configure(worker or "main")
    logging.getLogger("httpx").setLevel(logging.WARNING)  # a line for each poll would bury what matters


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Just before workers are started: in them pytest-django would read the settings before they have their own."""
    os.environ.pop("DJANGO_SETTINGS_MODULE", None)


def pytest_unconfigure(config: pytest.Config) -> None:
    session = config.stash.get(SESSION, None)
    if session is not None:
        session.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.nodeid.startswith(E2E):
            item.add_marker(pytest.mark.e2e)
        elif "stack" in getattr(item, "fixturenames", ()):
            raise pytest.UsageError(f"{item.nodeid} uses the whole stack: its place is in {E2E}")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Tests of the whole stack share it, and kill its parts: one worker runs them, one after the other."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return E2E if nodeid.startswith(E2E) else nodeid

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def own_storage() -> None:
    """The bucket and the indexes of this worker."""
    from oas.kernel.documents import documents
    from oas.kernel.storage import storage

    storage().client.create_bucket(Bucket=storage().bucket)
    documents().ensure_indexes()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Throttles, leases and progress of one test are not the next one's."""
    yield
    from django.core.cache import cache

    cache.clear()


@pytest.fixture(scope="session")
def stack() -> LocalStack:
    """The whole stack, running: `stack.env` has its address and keys, `stack.pids()` its processes."""
    return shared_stack()


@pytest.fixture
def glider(db: None, monkeypatch: pytest.MonkeyPatch) -> Glider:
    """Jobs are taken by Glider in this process, when the test calls `glider.work()`."""
    from tests.jobs.glider_in_process import Glider

    glider = Glider()
    monkeypatch.setattr("jobs.services.broker.send", glider.take)
    return glider


@pytest.fixture
def admin(db: None) -> Client:
    """A superuser in the admin site."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client


# --- people: Alice owns Label A, Bob works there, Charlie owns Label C and has no business in Label A ---


@pytest.fixture
def organisation(db: None) -> Organisation:
    from accounts.services import create_organisation

    return create_organisation(name="Label A")[0]


@pytest.fixture
def other_organisation(db: None) -> Organisation:
    from accounts.services import create_organisation

    return create_organisation(name="Label C")[0]


@pytest.fixture
def alice(organisation: Organisation) -> User:
    return _person("alice", organisation, "owner")


@pytest.fixture
def bob(organisation: Organisation) -> User:
    return _person("bob", organisation, "member")


@pytest.fixture
def charlie(other_organisation: Organisation) -> User:
    return _person("charlie", other_organisation, "owner")


@pytest.fixture
def alice_api(alice: User) -> APIClient:
    return _client_of(alice)


@pytest.fixture
def bob_api(bob: User) -> APIClient:
    return _client_of(bob)


@pytest.fixture
def charlie_api(charlie: User) -> APIClient:
    return _client_of(charlie)


@pytest.fixture
def key_api(organisation: Organisation) -> APIClient:
    """A program of Label A: an API key that may read and write."""
    from accounts.services import create_key

    return _client(HTTP_X_API_KEY=create_key(organisation=organisation, name="program")[1].text)


@pytest.fixture
def viewer_api(organisation: Organisation) -> APIClient:
    """A person of Label A who may only look."""
    return _client_of(_person("vera", organisation, "viewer"))


@pytest.fixture
def read_key_api(organisation: Organisation) -> APIClient:
    """A program of Label A: an API key that may only read."""
    from accounts.services import create_key

    return _client(HTTP_X_API_KEY=create_key(organisation=organisation, name="reader", scopes=["read"])[1].text)


@pytest.fixture
def anonymous_api() -> APIClient:
    return _client()


def _person(name: str, organisation: Organisation, role: str) -> User:
    from django.contrib.auth.models import User

    from accounts.models import Role
    from accounts.services import add_member

    user = User.objects.create_user(name, f"{name}@label.example", f"{name}-password-31415")
    add_member(organisation=organisation, user=user, role=Role(role))
    return user


def _client_of(user: User) -> APIClient:
    from accounts.services import log_in

    return _client(HTTP_AUTHORIZATION=f"Bearer {log_in(user)[1]}")


def _client(**headers: Any) -> APIClient:
    from rest_framework.test import APIClient

    client = APIClient()
    client.credentials(**headers)
    return client
