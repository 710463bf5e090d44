"""The address of a client, as our own proxies saw it.

The lines of the log are tested in kernel/test_logs.py, the limit of a body in api/test_errors.py.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from oas.middleware import address_of


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "192.0.2.1"),
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "6.6.6.6, 203.0.113.9", "203.0.113.9"),
        (2, "6.6.6.6, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "10.0.0.2", "10.0.0.2"),
        (1, " , ", "192.0.2.1"),
    ],
)
def test_the_address_is_what_our_own_proxies_saw(
    settings: Settings, proxies: int, forwarded: str, expected: str
) -> None:
    settings.CONFIG = settings.CONFIG.model_copy(update={"proxies": proxies})
    request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert address_of(request) == expected
    assert address_of(SimpleNamespace(META=request.META)) == expected  # type: ignore[arg-type]
