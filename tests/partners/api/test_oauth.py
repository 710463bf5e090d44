"""The signature of partners' requests: where its parts may be, what it covers, and that it counts once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.db import connections
from oauthlib.oauth1.rfc5849 import signature

from partners.services.partners import NewKey, disable_key
from tests.partners.moment import NOW
from tests.partners.signing import SigningClient, signature_of

pytestmark = pytest.mark.django_db
PATH = "/1.2/user/create"
PREFIX = "OAuth authentication error: "


@pytest.mark.parametrize("place", ["query", "header", "form"])
def test_the_parts_of_a_signature_may_be_in_query_header_or_form(place: str, moon: SigningClient) -> None:
    moon.place = place
    answer = moon.form(PATH, userId="Zoë & co +%", country="GB")
    assert (answer.status, answer.json["user"]["userId"]) == (200, "Zoë & co +%")


def test_a_part_that_comes_twice_with_one_value_counts_once(moon: SigningClient) -> None:
    """The platform's client sends its key in the header and in the query, and signs it once."""
    parts = moon.oauth()
    pairs = [("userId", "u"), ("country", "GB"), *parts.items()]
    held = signature_of("GET", f"{moon.base}{PATH}", pairs, moon.secret)
    header = "OAuth " + ", ".join(f'{n}="{v}"' for n, v in parts.items()) + f', oauth_signature="{_quoted(held)}"'
    address = f"{PATH}?userId=u&country=GB&oauth_consumer_key={moon.key}"
    answer = moon.send("GET", address, {"Authorization": header, "Accept": "application/json"}, b"", "")
    assert answer.status == 200
    other = address.replace(moon.key, "another")
    assert moon.send("GET", other, {"Authorization": header}, b"", "").status == 401


def _quoted(text: str) -> str:
    return text.replace("+", "%2B").replace("/", "%2F").replace("=", "%3D")


def test_a_signature_holds_for_every_public_address(moon: SigningClient) -> None:
    """The platform's client signs `https://localhost:9443` and sends `Host: localhost`."""
    moon.base = settings.CONFIG.partner_public_urls[0]
    assert moon.get(PATH, userId="u", country="GB").status == 200
    moon.base = "https://elsewhere.example"
    assert moon.get(PATH, userId="v", country="GB").status == 401


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"oauth_consumer_key": "", "oauth_nonce": ""}, "Invalid signature"),
        ({"oauth_consumer_key": "unknown"}, "Invalid signature"),
        ({"oauth_timestamp": str(int(NOW.timestamp()) - 400)}, "Timestamp out of range"),
        ({"oauth_timestamp": str(int(NOW.timestamp()) + 400)}, "Timestamp out of range"),
        ({"oauth_timestamp": "soon"}, "Invalid signature"),
        ({"oauth_timestamp": "٣" * 10}, "Invalid signature"),
        ({"oauth_signature_method": "PLAINTEXT"}, "Invalid signature"),
        ({"oauth_version": "2.0"}, "Invalid signature"),
        ({"oauth_token": "somebody"}, "Invalid signature"),
        ({"oauth_nonce": "n" * 256}, "Invalid signature"),
        ({"oauth_nonce": "ü"}, "Invalid signature"),
    ],
)
def test_what_is_not_signed_as_it_must_be_is_401_in_plain_text(
    change: dict[str, str], text: str, moon: SigningClient
) -> None:
    answer = moon.ask("GET", PATH, {"userId": "u", "country": "GB"}, oauth=moon.oauth(**change))
    assert (answer.status, answer.text) == (401, PREFIX + text)
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_request_without_credentials_says_so(moon: SigningClient) -> None:
    answer = moon.send("GET", f"{PATH}?userId=u&country=GB", {}, b"", "")
    assert (answer.status, answer.text) == (401, f"{PREFIX}Not authorised - no user credentials provided")


@pytest.mark.parametrize("version", ["", "1.0", "1.0a"])
def test_the_version_may_be_left_out(version: str, moon: SigningClient) -> None:
    oauth = moon.oauth(oauth_version=version)
    assert moon.ask("GET", PATH, {"userId": "u", "country": "GB"}, oauth=oauth).status == 200


def test_a_changed_parameter_breaks_the_signature(moon: SigningClient) -> None:
    oauth = moon.oauth()
    pairs = [("userId", "u"), ("country", "GB"), *oauth.items()]
    held = signature_of("GET", f"{moon.base}{PATH}", pairs, moon.secret)
    query = "&".join(f"{n}={v}" for n, v in oauth.items())
    address = f"{PATH}?userId=other&country=GB&{query}&oauth_signature={_quoted(held)}"
    assert moon.send("GET", address, {}, b"", "").status == 401


def test_a_json_body_is_not_signed_and_a_form_is(moon: SigningClient) -> None:
    assert moon.json("/1.2/playlists", {"name": "P"}, country="GB").status == 200
    assert moon.form(PATH, userId="u", country="GB").status == 200


def test_a_nonce_counts_once_and_only_after_the_signature_held(moon: SigningClient) -> None:
    oauth = moon.oauth(oauth_nonce="odd-nonce.%25~!")
    thief = SigningClient(moon.key, "guessed")
    given = {"userId": "u", "country": "GB"}
    assert thief.ask("GET", PATH, given, oauth=oauth).text == f"{PREFIX}Invalid signature"
    assert moon.ask("GET", PATH, given, oauth=oauth).status == 200
    again = moon.ask("GET", "/1.2/user/details", {"userId": "u"}, oauth=oauth)
    assert (again.status, again.text) == (401, f"{PREFIX}Nonce already used")


@pytest.mark.django_db(transaction=True)
def test_of_several_requests_with_one_nonce_at_once_one_passes(moon: SigningClient) -> None:
    oauth = moon.oauth()

    def ask(_: int) -> int:
        try:
            own = SigningClient(moon.key, moon.secret)
            return own.ask("GET", PATH, {"userId": "u", "country": "GB"}, oauth=oauth).status
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(ask, range(8))) == [200] + [401] * 7


def test_a_disabled_key_and_one_of_an_inactive_partner_are_unknown(moon: SigningClient, partner_key: NewKey) -> None:
    disable_key(partner_key.key)
    assert moon.get(PATH, userId="u", country="GB").text == f"{PREFIX}Invalid signature"


def test_an_api_key_of_the_organisation_opens_nothing_here(moon: SigningClient) -> None:
    answer = moon.send("GET", f"{PATH}?userId=u&country=GB", {"X-Api-Key": "abcdefgh." + "x" * 32}, b"", "")
    assert answer.status == 401


def test_no_other_error_holds_the_letters_of_a_failed_signature(moon: SigningClient) -> None:
    answer = moon.get("/1.2/user/details", userId="my-OAuth-user")
    assert (answer.code, "oauth" in answer.text.lower()) == (1002, False)


# --- vectors of the field ---

# RFC 5849, 1.2 and 3.4.1.1, with tokens left out where the field signs without one, and requests that oauthlib signed.
VECTORS = [
    ("GET", "http://photos.example.net/photos", [("file", "vacation.jpg"), ("size", "original")]),
    ("POST", "https://photos.example.net/initiate", []),
    ("GET", "http://example.com/request", [("b5", "=%3D"), ("a3", "a"), ("c@", ""), ("a2", "r b"), ("c2", "")]),
    ("GET", "http://example.com/request", [("a3", "2 q"), ("a3", "a")]),
    ("GET", "https://www.example.net:8080/", [("q", "1")]),
    ("GET", "http://example.com/r%20v/X", [("id", "123")]),
    ("POST", "https://api.example.com/1.2/user/create", [("userId", "Zoë"), ("country", "GB")]),
    ("GET", "https://api.example.com/stream/subscription", [("userId", "a&b=c"), ("trackId", "12")]),
    ("DELETE", "https://api.example.com/1.2/playlists/0123", [("country", "DE")]),
    ("GET", "https://api.example.com/clip/1", [("country", "日本"), ("x", "~-._!*'()")]),
]


@pytest.mark.parametrize(("method", "address", "pairs"), VECTORS)
def test_our_own_signatures_are_those_of_oauthlib(method: str, address: str, pairs: list[tuple[str, str]]) -> None:
    oauth = [("oauth_consumer_key", "9djdj82h48djs9d2"), ("oauth_signature_method", "HMAC-SHA1"),
             ("oauth_timestamp", "137131201"), ("oauth_nonce", "7d8f3e4a")]  # fmt: skip
    held = signature_of(method, address, [*pairs, *oauth], "j49sk3j29djd&=")
    asked = SimpleNamespace(params=[*pairs, *oauth], uri=address, http_method=method, signature=held)
    assert signature.verify_hmac_sha1(asked, "j49sk3j29djd&=", "")
