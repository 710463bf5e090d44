"""An HTTP client that reaches public addresses and nothing inside: the only way in which OAS opens a user's link.

A host is resolved here, each of its addresses is vetted, and the connection is made to the vetted address itself, so
that a name which resolves differently a moment later changes nothing (OWASP, "Server-Side Request Forgery
Prevention"). The name stays in the header Host and in TLS. Redirects are followed here and vetted like the first URL.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import httpcore
import httpx

from oas.kernel.config import Config, config
from oas.kernel.http.connection_watch import SlowHost, Watch, WatchedBackend, watches_of

MOST_REDIRECTS: Final = 3
TIMEOUT: Final = httpx.Timeout(20.0, connect=10.0)
AGENT: Final = "OAS/1"
PIECE: Final = 256 * 1024
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
UNICAST: Final = ipaddress.IPv6Network("2000::/3")
COMPATIBLE: Final = ipaddress.IPv6Network("::/96")
RESERVED: Final = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "192.88.99.0/24")))
PASSED_ON: Final = frozenset({"accept", "range", "if-range", "user-agent"})  # headers that another host may see
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_NUMBER: Final = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
Address = ipaddress.IPv4Address | ipaddress.IPv6Address


class HttpError(Exception):
    """The request failed before a response arrived, or while it was read."""


class Blocked(HttpError):
    """OAS may not talk to this address; the text says why and shows no secret."""


class Broken(HttpError):
    """The connection could not be made, was cut, or took too long. Another attempt may succeed."""


class TooSlow(Broken):
    """The host sends more slowly, or for longer, than is allowed. Another attempt would take as long."""


class TooLong(HttpError):
    """The body of the response has more bytes than the caller allows."""


@dataclass(frozen=True)
class Answer:
    """A response whose body has not been read yet. `pieces` raises `Broken`, `TooLong`."""

    status: int
    headers: Mapping[str, str]
    url: str
    pieces: Iterator[bytes]

    def read(self) -> bytes:
        """The whole body. Raises `Broken`, `TooLong`."""
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
    """Send a request, follow at most three redirects, and close the response after the block.

    The body may have `most_bytes` bytes; request and body together may take `seconds`, and less where the work that
    they are part of is watched (`oas.kernel.http.connection_watch`). Raises `Blocked`, `Broken`, `TooSlow`, and what
    the watch raises.
    """
    watches = watches_of(Watch(seconds))
    # Without compression, `most_bytes` limits what is unpacked as well, and ranges count the bytes of the file.
    sent = {"user-agent": AGENT, **_lowered(headers or {}), "accept-encoding": "identity"}
    with httpx.Client(transport=_Vetted(watches), trust_env=False, timeout=TIMEOUT) as client:
        first = client.build_request(method, _parsed(url), headers=sent, content=content)
        response = _followed(client, first)
        try:
            yield Answer(
                status=response.status_code,
                headers=response.headers,
                url=str(response.url),
                pieces=_pieces(response, most_bytes),
            )
        finally:
            response.close()


def _followed(client: httpx.Client, outgoing: httpx.Request) -> httpx.Response:
    for _ in range(MOST_REDIRECTS + 1):
        response = _sent(client, outgoing)
        target = response.headers.get("location")
        if response.status_code not in _REDIRECTS or target is None or outgoing.method not in ("GET", "HEAD"):
            return response
        response.close()
        outgoing = _redirected(client, outgoing, target)
    raise Blocked(f"More than {MOST_REDIRECTS} redirects.")


def _redirected(client: httpx.Client, outgoing: httpx.Request, target: str) -> httpx.Request:
    """The request for `target`, to which `outgoing` was redirected. Raises `Blocked`."""
    try:
        url = outgoing.url.join(target)
    except httpx.InvalidURL as error:
        raise Blocked("A redirect to what is no address.") from error
    # Credentials that are meant for one host are sent to no other.
    same = (url.scheme, url.host, url.port) == (outgoing.url.scheme, outgoing.url.host, outgoing.url.port)
    passed = {name: value for name, value in outgoing.headers.items() if name != "host" and (same or name in PASSED_ON)}
    return client.build_request(outgoing.method, url, headers={**passed, "accept-encoding": "identity"})


def _sent(client: httpx.Client, outgoing: httpx.Request) -> httpx.Response:
    with _broken():
        return client.send(outgoing, stream=True, follow_redirects=False)


def _pieces(response: httpx.Response, most_bytes: int) -> Iterator[bytes]:
    seen = 0
    with _broken():
        for piece in response.iter_raw(PIECE):
            seen += len(piece)
            if seen > most_bytes:
                raise TooLong(f"The answer has more than {most_bytes} bytes.")
            yield piece


@contextmanager
def _broken() -> Iterator[None]:
    """Raise `Broken` or `TooSlow` for what the client raises."""
    try:
        yield
    except SlowHost as error:
        raise TooSlow(str(error)) from error
    except (httpx.TransportError, httpx.InvalidURL) as error:
        raise Broken(_described(error)) from error


def _described(error: Exception) -> str:
    # Only the kind of error: its own text may show addresses.
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
    """Connects to an address that was vetted a moment before, and to no other."""

    def __init__(self, watches: Sequence[Watch]) -> None:
        self.inner = httpx.HTTPTransport(verify=_certificates(), trust_env=False)
        # httpx has no setting for the backend of its pool. No connection is used twice, so the name is vetted and its
        # certificate checked for every request.
        self.inner._pool = httpcore.ConnectionPool(
            ssl_context=_certificates(), max_keepalive_connections=0, network_backend=WatchedBackend(watches)
        )

    def handle_request(self, outgoing: httpx.Request) -> httpx.Response:
        addresses = vetted(str(outgoing.url))
        for address in addresses[:-1]:
            try:
                return self.inner.handle_request(_pinned(outgoing, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
        return self.inner.handle_request(_pinned(outgoing, addresses[-1]))

    def close(self) -> None:
        self.inner.close()


@lru_cache(maxsize=1)
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


def _pinned(outgoing: httpx.Request, address: Address) -> httpx.Request:
    """The request `outgoing`, sent to `address`; the name stays in the header Host and in TLS."""
    return httpx.Request(
        outgoing.method,
        outgoing.url.copy_with(host=str(address)),
        headers=outgoing.headers,
        stream=outgoing.stream,
        extensions={**outgoing.extensions, "sni_hostname": outgoing.url.raw_host.decode("ascii")},
    )


def vetted(url: str) -> list[Address]:
    """The addresses of the host of `url`. Raises `Blocked` when one of them is not allowed, `Broken` without any."""
    parsed = refuse_form(url)
    host, port = parsed.raw_host.decode("ascii"), parsed.port or _port_of(parsed.scheme)
    found = _resolved(host, port)
    if not _is_allowed(parsed) and not all(is_public(address) for address in found):
        raise Blocked(f"{host} is not an address of the public internet.")
    return found


def refuse_form(url: str) -> httpx.URL:
    """Parse `url` and vet it as far as that is possible without resolving its host. Raises `Blocked`."""
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
    """The address that `host` is, or None for a name.

    Raises `Blocked` for numbers in another notation than four decimal ones: 2130706433, 0x7f.1, 0177.0.0.1 (WHATWG
    URL, "ends in a number").
    """
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        labels = host.rstrip(".").split(".")
        if _NUMBER.fullmatch(labels[-1]):
            raise Blocked("The host is a number in an unusual notation.") from None
        return None


def is_public(address: Address) -> bool:
    """Whether `address` is in the public internet; of one that wraps another, the inner one must be as well."""
    if isinstance(address, ipaddress.IPv4Address):
        reserved = any(address in network for network in RESERVED)
        return address.is_global and not address.is_multicast and not reserved
    inner = _wrapped(address)
    if inner:
        return all(is_public(each) for each in inner)
    return address in UNICAST and address.is_global and not address.is_multicast and address.scope_id is None


def _wrapped(address: ipaddress.IPv6Address) -> tuple[ipaddress.IPv4Address, ...]:
    """The IPv4 addresses that `address` wraps: mapped, compatible, 6to4, Teredo, NAT64."""
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
    """Whether the settings name the host and port of `parsed` as an inside one that links may reach."""
    named = f"{parsed.host}:{parsed.port or _port_of(parsed.scheme)}"
    return parsed.scheme in ("http", "https") and named in _allowed(config())


@lru_cache(maxsize=4)
def _allowed(settings: Config) -> frozenset[str]:
    google = urlsplit(settings.google_endpoint)
    own = {f"{google.hostname}:{google.port or _port_of(google.scheme)}"} if google.hostname else set()
    return frozenset(settings.link_hosts_allowed) | own


def _port_of(scheme: str) -> int:
    return 80 if scheme == "http" else 443
