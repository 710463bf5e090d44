"""Google's own client for the Drive API, whose requests go through `oas.kernel.http.safe_http`."""

from __future__ import annotations

import threading
from typing import Any, Final

import google_auth_httplib2
import httplib2
from google.oauth2 import service_account
from googleapiclient.discovery import build

from fetcher.discard_reasons import Discard, Reason
from fetcher.sources.content import CHUNK, most_seconds
from oas.kernel.config import Config, config
from oas.kernel.http import safe_http

SCOPES: Final = ("https://www.googleapis.com/auth/drive.readonly",)
MOST_BYTES: Final = 4 * CHUNK  # of one answer: a chunk, an export (10 MB at most), a page of a listing
_local = threading.local()


class Http:
    """A stand-in for httplib2.Http: Google's client uses `request` only."""

    def request(
        self,
        uri: str,
        method: str = "GET",
        body: Any = None,
        headers: dict[str, str] | None = None,
        redirections: int = 0,
        connection_type: Any = None,
    ) -> tuple[httplib2.Response, bytes]:
        """Send one request. Raises `Discard`, and ConnectionError, on which Google's client tries again."""
        content = body.encode() if isinstance(body, str) else body
        try:
            with safe_http.request(
                uri, method=method, headers=headers, content=content, most_bytes=MOST_BYTES, seconds=most_seconds()
            ) as answer:
                found = {**dict(answer.headers), "status": str(answer.status)}
                return httplib2.Response(found), answer.read()
        except safe_http.TooSlow as error:
            raise Discard(Reason.TOO_SLOW, str(error)) from error
        except safe_http.Broken as error:
            raise ConnectionError(str(error)) from error
        except safe_http.TooLong as error:
            raise Discard(Reason.TOO_LARGE) from error
        except safe_http.Blocked as error:
            raise Discard(Reason.BLOCKED, str(error)) from error

    def close(self) -> None:
        """Do nothing: no connection stays open."""


def is_set_up() -> bool:
    """Return whether there is an API key or a service account to ask Google with."""
    return bool(config().google_api_key.get_secret_value() or config().google_credentials_file)


def drive_service() -> Any:
    """Return the Drive API v3 for this thread, built again when the settings change. Raises `Discard`."""
    # One per thread, because Google's client is not thread-safe.
    cached = getattr(_local, "service", None)
    if cached is None or cached[0] is not config():
        cached = _local.service = (config(), _built(config()))
    return cached[1]


def _built(settings: Config) -> Any:
    options = {"api_endpoint": f"{settings.google_endpoint}/drive/v3/"} if settings.google_endpoint else {}
    return build(
        "drive",
        "v3",
        http=_authorised(settings),
        developerKey=None if settings.google_credentials_file else settings.google_api_key.get_secret_value(),
        client_options=options,
        static_discovery=True,
        cache_discovery=False,
    )


def _authorised(settings: Config) -> Any:
    if not settings.google_credentials_file:
        return Http()
    try:
        read: Any = service_account.Credentials.from_service_account_file
        account = read(settings.google_credentials_file, scopes=list(SCOPES))
    except (OSError, ValueError) as error:
        raise Discard(Reason.SETUP, "The file of Google's service account cannot be read.") from error
    return google_auth_httplib2.AuthorizedHttp(account, http=Http())
