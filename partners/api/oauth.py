"""OAuth 1.0a with two legs and HMAC-SHA1 (RFC 5849), as the clients of the platform sign.

The parts of a signature come in the query, the Authorization header, a form body, or spread over them; the platform's
own client sends its consumer key in two places. A signature is checked against every address that the client may know
this server by. A nonce counts only once the signature held, so that nobody else can use it up.
"""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from types import SimpleNamespace
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

import redis
from django.conf import settings
from django.http import HttpRequest
from oauthlib.oauth1.rfc5849 import signature, utils
from redis.exceptions import RedisError

from oas.kernel.broker import redis_client
from partners.api.errors import PartnerError, SignatureError
from partners.api.parameters import is_form
from partners.models import ConsumerKey
from partners.services.partners import find_key
from partners.services.secrets import decrypt

NONE_GIVEN: Final = "Not authorised - no user credentials provided"
BAD_SIGNATURE: Final = "Invalid signature"
OUT_OF_RANGE: Final = "Timestamp out of range"
USED_NONCE: Final = "Nonce already used"
TOLERANCE: Final = 300  # seconds that a timestamp may be off, in either direction
_NEEDED: Final = ("oauth_consumer_key", "oauth_signature_method", "oauth_timestamp", "oauth_nonce", "oauth_signature")
_VERSIONS: Final = ("1.0", "1.0a")
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,255}")
_DIGITS: Final = re.compile(r"[0-9]{1,12}")
_NOBODY: Final = "no secret at all, in the place of that of a key which is not known"

Pairs = list[tuple[str, str]]


@dataclass(frozen=True)
class Signed:
    """What a request brings: `parameters` that are signed, and the oauth_ ones by name, each once."""

    parameters: Pairs
    oauth: dict[str, str]


def verify(request: HttpRequest, *, repeats: int = 0) -> ConsumerKey:
    """Return the key that `request` is signed with.

    With `repeats` (seconds), for links to media, the same signature may come again until it is that old. Raises
    `SignatureError`, and `PartnerError` 7001 when nonces cannot be kept.
    """
    signed = _signed(request)
    key = find_key(signed.oauth["oauth_consumer_key"])
    # An unknown key costs as much time as a known one with another signature.
    held = _holds(request, signed, decrypt(key.encrypted_secret) if key else _NOBODY)
    if key is None or not held:
        raise SignatureError(BAD_SIGNATURE)
    _refuse_stale(int(signed.oauth["oauth_timestamp"]), repeats)
    if not repeats:
        _use_nonce(signed)
    return key


# --- what is signed ---


def _signed(request: HttpRequest) -> Signed:
    pairs = [*_query(request), *_header(request), *_body(request)]
    oauth: dict[str, str] = {}
    for name, value in pairs:
        if name.startswith("oauth_") and oauth.setdefault(name, value) != value:
            raise SignatureError(BAD_SIGNATURE)
    _refuse_incomplete(oauth)
    # A part of the signature that is sent twice was signed once.
    others = [pair for pair in pairs if not pair[0].startswith("oauth_")]
    parts = [pair for pair in oauth.items() if pair[0] != "oauth_signature"]
    return Signed([*others, *parts], oauth)


def _refuse_incomplete(oauth: dict[str, str]) -> None:
    if not any(oauth.get(name) for name in ("oauth_consumer_key", "oauth_signature")):
        raise SignatureError(NONE_GIVEN)
    sound = (
        all(oauth.get(name) for name in _NEEDED)
        and oauth["oauth_signature_method"] == "HMAC-SHA1"
        and oauth.get("oauth_version", "1.0") in _VERSIONS
        and not oauth.get("oauth_token")
        and all(_TOKEN.fullmatch(oauth[name]) for name in ("oauth_consumer_key", "oauth_nonce"))
        and _DIGITS.fullmatch(oauth["oauth_timestamp"])
    )
    if not sound:
        raise SignatureError(BAD_SIGNATURE)


def _query(request: HttpRequest) -> Pairs:
    return _pairs(request.META.get("QUERY_STRING", "").encode("latin-1"))


def _body(request: HttpRequest) -> Pairs:
    return _pairs(request.body) if is_form(request) else []


def _pairs(raw: bytes) -> Pairs:
    try:
        return parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except ValueError as error:
        raise SignatureError(BAD_SIGNATURE) from error


def _header(request: HttpRequest) -> Pairs:
    text = request.headers.get("Authorization", "")
    if text[:6].lower() != "oauth ":
        return []
    try:
        found = utils.parse_authorization_header(text)
        return [(unquote(name), unquote(value, errors="strict")) for name, value in found if name != "realm"]
    except ValueError as error:
        raise SignatureError(BAD_SIGNATURE) from error


# --- the signature ---


def _holds(request: HttpRequest, signed: Signed, secret: str) -> bool:
    """Whether the signature holds for any address; each is tried, so that the time tells nothing."""
    held = [_holds_for(address, request, signed, secret) for address in _addresses(request)]
    return any(held)


def _holds_for(address: str, request: HttpRequest, signed: Signed, secret: str) -> bool:
    asked = SimpleNamespace(
        params=signed.parameters,
        uri=address,
        http_method=request.method or "",
        signature=signed.oauth["oauth_signature"],
    )
    try:
        return bool(signature.verify_hmac_sha1(asked, secret, ""))
    except ValueError:
        return False


def _addresses(request: HttpRequest) -> Iterator[str]:
    """The address of the request, as it came and as it begins with each public address."""
    path = _path(request)
    yield f"{request.scheme}://{request.get_host()}{path}"
    for base in settings.CONFIG.partner_public_urls:
        yield f"{base}{path}"
    if settings.CONFIG.proxies and (host := request.headers.get("X-Forwarded-Host")):
        yield f"{request.headers.get('X-Forwarded-Proto', request.scheme)}://{host}{path}"


def _path(request: HttpRequest) -> str:
    """The path as it was sent, before anything in it was decoded."""
    sent = str(request.META.get("RAW_URI") or request.META.get("REQUEST_URI") or "")
    return sent.partition("?")[0] if sent.startswith("/") else quote(request.path)


# --- once, and not too late ---


def _refuse_stale(stamp: int, repeats: int) -> None:
    now = time.time()
    if not now - max(repeats, TOLERANCE) <= stamp <= now + TOLERANCE:
        raise SignatureError(OUT_OF_RANGE)


def _use_nonce(signed: Signed) -> None:
    parts = (signed.oauth[name] for name in ("oauth_consumer_key", "oauth_timestamp", "oauth_nonce"))
    name = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    try:
        # SET with NX is atomic: of two requests with one nonce at the same moment only one sets it.
        first = _redis().set(f"partners:nonce:{name}", 1, nx=True, ex=2 * TOLERANCE + 60)
    except RedisError as error:
        raise PartnerError(7001, "A part of the service is down: try again soon.", status=503, wait=5) from error
    if not first:
        raise SignatureError(USED_NONCE)


@lru_cache(maxsize=1)
def _redis() -> redis.Redis:
    return redis_client(settings.CONFIG.redis_url.get_secret_value(), timeout=2)
