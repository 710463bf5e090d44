"""The way out: what may be reached, what never, and what is passed on to whom."""

from __future__ import annotations

import ipaddress
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from oas.kernel.config import config
from oas.kernel.http import safe_http
from oas.kernel.http.safe_http import Blocked, Broken, TooLong


class Handler(BaseHTTPRequestHandler):
    """Answers by path: /to?<address> redirects, /cut breaks off, /big sends a lot, everything else says what it got."""

    seen: list[tuple[str, dict[str, str]]]

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.seen.append((self.path, headers))
        path, _, target = self.path.partition("?")
        if path == "/to":
            self.send_response(302)
            self.send_header("location", target)
            self.end_headers()
        elif path == "/cut":
            self.send_response(200)
            self.send_header("content-length", "1000")
            self.end_headers()
            self.wfile.write(b"half")
        else:
            body = b"x" * 1_000_000 if path == "/big" else b"hello"
            self.send_response(200)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)


class Host:
    def __init__(self) -> None:
        self.seen: list[tuple[str, dict[str, str]]] = []
        handler = type("Bound", (Handler,), {"seen": self.seen})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Host]]:
    """Two hosts that are allowed, and a third that is not."""
    found = [Host(), Host(), Host()]
    monkeypatch.setenv("OAS_LINK_HOSTS_ALLOWED", ",".join(f"127.0.0.1:{host.port}" for host in found[:2]))
    config.cache_clear()
    yield found
    monkeypatch.undo()
    config.cache_clear()
    for host in found:
        host.end()


def read(url: str, *, most_bytes: int = 10**6, seconds: float = 20, headers: dict[str, str] | None = None) -> bytes:
    with safe_http.request(url, headers=headers, most_bytes=most_bytes, seconds=seconds) as answer:
        return answer.read()


INSIDE = [
    "127.0.0.1", "10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "192.0.0.8", "192.88.99.1", "255.255.255.255", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fec0::1",
    "ff0e::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::7f00:1", "2002:7f00:1::", "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2001:db8::1", "2001:0:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_an_inside_address_is_never_reached(address: str) -> None:
    assert not safe_http.is_public(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(Blocked):
        read(f"https://{host}/")


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "64:ff9b::808:808", "2002:808:808::"])
def test_the_public_internet_may_be_reached(address: str) -> None:
    assert safe_http.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0x7f.1/",
        "https://127.0.0.1./", "https://user@example.com/", "https://user:password@example.com/",
        "http://example.com/", "https://example.com:22/", "https://example.com:8443/", "ftp://example.com/",
        "file:///etc/passwd", "gopher://example.com/", "//example.com/", "example.com", "", "https://", "https:///x",
        "https://[::1", "https://\uff11\uff12\uff17.0.0.1/",
    ],
)  # fmt: skip
def test_what_is_no_public_https_address_is_refused_before_a_name_is_asked_for(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a name was asked for"))
    with pytest.raises(Blocked):
        read(url)


def resolve_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Names have these addresses, another list each time one is asked for; returns the names asked for."""
    waiting, asked = list(answers), list[str]()

    def resolved(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        found = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    return asked


def test_a_name_of_an_inside_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["10.0.0.1"])
    with pytest.raises(Blocked):
        read("https://files.example/")


def test_one_inside_address_among_several_is_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch, ["93.184.216.34", "127.0.0.1"])
    with pytest.raises(Blocked):
        read("https://files.example/")


def test_a_name_that_changes_its_answer_is_asked_for_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was vetted is what is connected to: the connection itself is to a number."""
    asked = resolve_to(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    connected: list[tuple[str, str, str]] = []

    def connect(self: Any, request: Any) -> Any:
        names = (request.url.host, request.headers["host"], request.extensions["sni_hostname"])
        connected.append(names)
        raise httpx.ConnectError("nobody there")

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", connect)
    with pytest.raises(Broken):
        read("https://files.example/")
    assert asked == ["files.example"]
    assert connected == [("93.184.216.34", "files.example", "files.example")]


def test_an_allowed_host_is_reached(hosts: list[Host]) -> None:
    assert read(f"{hosts[0].url}/x") == b"hello"
    assert hosts[0].seen[0][1]["host"] == f"127.0.0.1:{hosts[0].port}"


def test_allowed_is_a_host_with_its_port_and_nothing_else(hosts: list[Host]) -> None:
    for url in (hosts[2].url, f"http://localhost:{hosts[0].port}", f"http://user@127.0.0.1:{hosts[0].port}"):
        with pytest.raises(Blocked):
            read(url)
    assert [host.seen for host in hosts] == [[], [], []]


@pytest.mark.parametrize(
    "target",
    ["https://169.254.169.254/latest/", "https://[::ffff:127.0.0.1]/", "file:///etc/passwd", "http://2130706433/"],
)
def test_a_redirect_to_an_inside_address_is_not_followed(hosts: list[Host], target: str) -> None:
    with pytest.raises(Blocked):
        read(f"{hosts[0].url}/to?{target}")


def test_a_redirect_to_another_port_inside_is_not_followed(hosts: list[Host]) -> None:
    with pytest.raises(Blocked):
        read(f"{hosts[0].url}/to?{hosts[2].url}/")
    assert hosts[2].seen == []


def test_credentials_are_not_sent_on_to_another_host(hosts: list[Host]) -> None:
    secret = {"authorization": "Bearer secret", "x-api-key": "secret", "cookie": "a=secret", "range": "bytes=0-1"}
    read(f"{hosts[0].url}/to?{hosts[1].url}/x", headers=secret)
    assert "secret" in str(hosts[0].seen)
    assert "secret" not in str(hosts[1].seen)
    assert hosts[1].seen[0][1]["range"] == "bytes=0-1"


def test_three_redirects_are_enough(hosts: list[Host]) -> None:
    url = f"{hosts[0].url}/x"
    for _ in range(3):
        url = f"{hosts[0].url}/to?{url}"
    assert read(url) == b"hello"
    with pytest.raises(Blocked):
        read(f"{hosts[0].url}/to?{url}")


def test_an_answer_that_is_too_long_is_cut(hosts: list[Host]) -> None:
    with pytest.raises(TooLong):
        read(f"{hosts[0].url}/big", most_bytes=999_999)
    assert len(read(f"{hosts[0].url}/big", most_bytes=1_000_000)) == 1_000_000


def test_an_answer_that_takes_too_long_is_given_up(hosts: list[Host]) -> None:
    with pytest.raises(Broken):
        read(f"{hosts[0].url}/big", seconds=-1)


def test_a_cut_connection_is_no_answer(hosts: list[Host]) -> None:
    with pytest.raises(Broken):
        read(f"{hosts[0].url}/cut")


def test_a_proxy_of_the_environment_is_not_used(hosts: list[Host], monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, hosts[2].url)
    assert read(f"{hosts[0].url}/x") == b"hello"
    assert hosts[2].seen == []
