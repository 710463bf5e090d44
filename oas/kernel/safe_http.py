"""The only way out: an HTTP client that reaches public addresses and nothing inside.

A host is resolved here, every address it has is vetted, and the connection is made to the vetted address itself, so
that a name which answers differently a moment later changes nothing (OWASP, "Server-Side Request Forgery Prevention").
The name stays in Host and in TLS. Redirects are followed by hand and vetted like the first address.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import httpx

from oas.kernel.config import Config, config

MOST_REDIRECTS: Final = 3
TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0)
AGENT: Final = "OAS/1"
PIECE: Final = 256 * 1024
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST: Final = ipaddress.IPv6Network("2000::/3")
COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
RESERVED: Final = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
KEPT: Final = frozenset({"accept", "range", "if-range", "user-agent"})  # headers that another host may see
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class HttpError(Exception):
    """No answer was had."""


class Blocked(HttpError):
    """The address is none that OAS may talk to; the text says why and shows no secret."""


class Broken(HttpError):
    """The connection could not be made, was cut, or took too long: trying again may help."""


class TooLong(HttpError):
    """The answer has more bytes than were asked for."""


@dataclass(frozen=True)
class Answer:
    """An answer whose body is still to be read: `pieces` raises `Broken`, `TooLong`."""

    status: int
    headers: Mapping[str, str]
    url: str
    pieces: Iterator[bytes]

    def read(self) -> bytes:
        return b"".join(self.pieces)


@contextmanager
def request(
    url: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    most_bytes: int,
    seconds: float,
) -> Iterator[Answer]:
    """Ask, following at most three redirects. Raises `Blocked`, `Broken`.

    The body may have `most_bytes`, and all of it may take `seconds`.
    """
    until = time.monotonic() + seconds
    sent = {"user-agent": AGENT, **_lowered(headers or {}), "accept-encoding": "identity"}
    with httpx.Client(transport=_Vetted(), trust_env=False, timeout=TIMEOUT) as client:
        asked = client.build_request(method, _parsed(url), headers=sent, content=content)
        response = _followed(client, asked, until)
        try:
            yield Answer(
                status=response.status_code,
                headers=response.headers,
                url=str(response.url),
                pieces=_pieces(response, most_bytes, until),
            )
        finally:
            response.close()


def _followed(client: httpx.Client, asked: httpx.Request, until: float) -> httpx.Response:
    for _ in range(MOST_REDIRECTS + 1):
        response = _sent(client, asked)
        target = response.headers.get("location")
        if response.status_code not in _REDIRECTS or target is None or asked.method not in ("GET", "HEAD"):
            return response
        response.close()
        if time.monotonic() > until:
            raise Broken("It took too long.")
        asked = _redirected(client, asked, target)
    raise Blocked(f"More than {MOST_REDIRECTS} redirects.")


def _redirected(client: httpx.Client, asked: httpx.Request, target: str) -> httpx.Request:
    """What was meant for one host is sent to no other."""
    try:
        url = asked.url.join(target)
    except httpx.InvalidURL as error:
        raise Blocked("A redirect to what is no address.") from error
    same = (url.scheme, url.host, url.port) == (asked.url.scheme, asked.url.host, asked.url.port)
    passed = {name: value for name, value in asked.headers.items() if name != "host" and (same or name in KEPT)}
    return client.build_request(asked.method, url, headers={**passed, "accept-encoding": "identity"})


def _sent(client: httpx.Client, asked: httpx.Request) -> httpx.Response:
    try:
        return client.send(asked, stream=True, follow_redirects=False)
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Broken(_said(error)) from error


def _pieces(response: httpx.Response, most_bytes: int, until: float) -> Iterator[bytes]:
    seen = 0
    try:
        for piece in response.iter_raw(PIECE):
            seen += len(piece)
            if seen > most_bytes:
                raise TooLong(f"The answer has more than {most_bytes} bytes.")
            if time.monotonic() > until:
                raise Broken("It took too long.")
            yield piece
    except httpx.TransportError as error:
        raise Broken(_said(error)) from error


def _said(error: Exception) -> str:
    return f"{type(error).__name__} while talking to the host"


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _parsed(url: str) -> httpx.URL:
    try:
        return httpx.URL(url)
    except (httpx.InvalidURL, TypeError) as error:
        raise Blocked("This is no address of the web.") from error


# --- vetting ---


class _Vetted(httpx.BaseTransport):
    """Connects to an address that was vetted a moment before, and to no other. No connection is used twice: a name
    is vetted, and its certificate checked, for each request."""

    def __init__(self) -> None:
        limits = httpx.Limits(max_keepalive_connections=0)
        self.inner = httpx.HTTPTransport(verify=_certificates(), trust_env=False, limits=limits)

    def handle_request(self, asked: httpx.Request) -> httpx.Response:
        addresses = vetted(str(asked.url))
        for address in addresses[:-1]:
            try:
                return self.inner.handle_request(_pinned(asked, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self.inner.handle_request(_pinned(asked, addresses[-1]))

    def close(self) -> None:
        self.inner.close()


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _pinned(asked: httpx.Request, address: Address) -> httpx.Request:
    """The same request to the address; Host is in its headers already, and TLS asks for the name."""
    return httpx.Request(
        asked.method,
        asked.url.copy_with(host=str(address)),
        headers=asked.headers,
        stream=asked.stream,
        extensions={**asked.extensions, "sni_hostname": asked.url.raw_host.decode("ascii")},
    )


def vetted(url: str) -> list[Address]:
    """The addresses of the host of `url`, all of them fit to be talked to. Raises `Blocked`, `Broken`."""
    parsed = refuse_form(url)
    host, port = parsed.raw_host.decode("ascii"), parsed.port or _port_of(parsed.scheme)
    found = _resolved(host, port)
    if not _is_allowed(parsed) and not all(is_public(address) for address in found):
        raise Blocked(f"{host} is not an address of the public internet.")
    return found


def refuse_form(url: str) -> httpx.URL:
    """What can be told without asking a name server. Raises `Blocked`."""
    parsed = _parsed(url)
    if parsed.userinfo or not parsed.host:
        raise Blocked("The address has a user name in it, or no host.")
    if _is_allowed(parsed):
        return parsed
    if parsed.scheme != "https" or parsed.port not in (None, 443):
        raise Blocked("Only https:// on its own port is taken.")
    literal = _literal(parsed.host)
    if literal is not None and not is_public(literal):
        raise Blocked(f"{parsed.host} is not an address of the public internet.")
    return parsed


def _literal(host: str) -> Address | None:
    """The address that a host is, when it is no name. Raises `Blocked` for numbers in another notation than four
    decimal ones: 2130706433, 0x7f.1, 0177.0.0.1 (WHATWG URL, "ends in a number")."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        labels = host.rstrip(".").split(".")
        if _NUMBER.fullmatch(labels[-1]):
            raise Blocked("The host is a number in an unusual notation.") from None
        return None


def is_public(address: Address) -> bool:
    """Whether it is in the public internet, and so is what a tunnel's address would lead to."""
    if isinstance(address, ipaddress.IPv4Address):
        reserved = any(address in network for network in RESERVED)
        return address.is_global and not address.is_multicast and not reserved
    inner = _wrapped(address)
    if inner:
        return all(is_public(each) for each in inner)
    return address in UNICAST and address.is_global and not address.is_multicast and address.scope_id is None


def _wrapped(address: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses in an IPv6 one: mapped, compatible, 6to4, Teredo, NAT64."""
    if address.teredo is not None:
        return address.teredo
    single = address.ipv4_mapped or address.sixtofour
    if single is None and (address in NAT64 or address in COMPATIBLE):
        single = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return () if single is None else (single,)


def _resolved(host: str, port: int) -> list[Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Broken(f"{host} has no address.") from error
    return list(dict.fromkeys(ipaddress.ip_address(entry[4][0]) for entry in found))


def _is_allowed(parsed: httpx.URL) -> bool:
    """Hosts that the settings name are inside on purpose."""
    named = f"{parsed.host}:{parsed.port or _port_of(parsed.scheme)}"
    return parsed.scheme in ("http", "https") and named in _allowed(config())


@lru_cache(maxsize=4)
def _allowed(settings: Config) -> frozenset[str]:
    google = urlsplit(settings.google_endpoint)
    own = {f"{google.hostname}:{google.port or _port_of(google.scheme)}"} if google.hostname else set()
    return frozenset(settings.link_hosts_allowed) | own


def _port_of(scheme: str) -> int:
    return 80 if scheme == "http" else 443
