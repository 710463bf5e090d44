"""Fixtures of every test. All run on real servers: embedded ones, or those that `OAS_DATABASE_URL` etc. name."""

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
    from oas.requests import Handler
    from tests.jobs.glider_in_process import Glider

SESSION = pytest.StashKey[Session]()
E2E = "tests/e2e/"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the servers and complete the environment. First, because pytest-django reads the settings next."""
    worker: str | None = getattr(config, "workerinput", {}).get("workerid")
    if worker is None:
        config.stash[SESSION] = Session()
        config.stash[SESSION].start()
    configure(worker or "main")
    # httpx writes a line for each request; those of polling would bury what matters in a failed test's log.
    logging.getLogger("httpx").setLevel(logging.WARNING)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart() -> None:
    """Hide the settings from the workers, which start next: pytest-django would read them there before `configure`."""
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
    """Give all tests of the whole stack to one worker: they share it, and kill its services."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return E2E if nodeid.startswith(E2E) else nodeid

    return Scheduling(config, log)


@pytest.fixture(scope="session", autouse=True)
def own_storage() -> None:
    """Create the bucket and the indexes of this worker."""
    from oas.kernel.documents import documents
    from oas.kernel.storage import storage

    storage().client.create_bucket(Bucket=storage().bucket)
    documents().ensure_indexes()


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Forget throttles, leases and progress after each test."""
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
def application(db: None) -> Iterator[Handler]:
    """OAS as a server calls it, but its requests leave the test's database connection alone."""
    from django.core.signals import request_finished, request_started
    from django.db import close_old_connections

    from oas.wsgi import application

    for hook in (request_started, request_finished):
        hook.disconnect(close_old_connections)
    yield application
    for hook in (request_started, request_finished):
        hook.connect(close_old_connections)


@pytest.fixture
def admin(db: None) -> Client:
    """A superuser in the admin site."""
    from django.contrib.auth.models import User
    from django.test import Client

    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client


# Most sales files of the tests are in US dollars, and so are the books of their labels: nothing is converted.
# --- people: Alice owns Label A, Bob works there, Charlie owns Label C and must see nothing of Label A ---


@pytest.fixture
def organisation(db: None) -> Organisation:
    from accounts.services import create_organisation

    return create_organisation(name="Label A", currency="USD")[0]


@pytest.fixture
def other_organisation(db: None) -> Organisation:
    from accounts.services import create_organisation

    return create_organisation(name="Label C", currency="USD")[0]


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
    """A program of Label A, with an API key that may read and write."""
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
