"""A client that signs requests with OAuth 1.0a by code of its own (RFC 5849), so that it checks the server's."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode
from xml.etree import ElementTree

from django.test import Client

HOST = "testserver"
FORM = "application/x-www-form-urlencoded"
Pairs = list[tuple[str, str]]


def escaped(text: str) -> str:
    return quote(text, safe="-._~")


def signature_of(method: str, address: str, pairs: Pairs, secret: str) -> str:
    """The signature of RFC 5849, 3.4.2, without a token."""
    normal = "&".join(f"{name}={value}" for name, value in sorted((escaped(n), escaped(v)) for n, v in pairs))
    base = "&".join(escaped(part) for part in (method.upper(), address, normal))
    digest = hmac.new(f"{escaped(secret)}&".encode(), base.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


@dataclass
class Answer:
    """What came: the status, the text, and the body as JSON or XML."""

    status: int
    text: str
    headers: Any

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def xml(self) -> ElementTree.Element:
        return ElementTree.fromstring(self.text)

    @property
    def code(self) -> int:
        """The code of the error in the envelope; 0 for success."""
        if self.text.startswith("{"):
            return int(self.json.get("error", {}).get("code", 0))
        found = self.xml.find("error")
        return int(found.get("code", "0")) if found is not None else 0


@dataclass
class SigningClient:
    """Signs with `key` and `secret`, and puts the parts of the signature where `place` says: query, header or form."""

    key: str
    secret: str
    place: str = "query"
    base: str = f"http://{HOST}"
    accept: str = "application/json"
    client: Client = field(default_factory=Client)

    def get(self, path: str, **parameters: Any) -> Answer:
        return self.ask("GET", path, parameters)

    def delete(self, path: str, **parameters: Any) -> Answer:
        return self.ask("DELETE", path, parameters)

    def form(self, path: str, **parameters: Any) -> Answer:
        return self.ask("POST", path, {}, form=parameters)

    def json(self, path: str, body: Any, **parameters: Any) -> Answer:
        return self.ask("POST", path, parameters, body=json.dumps(body), kind="application/json")

    def xml(self, path: str, body: str, **parameters: Any) -> Answer:
        return self.ask("POST", path, parameters, body=body, kind="text/xml")

    def oauth(self, **changes: str) -> dict[str, str]:
        parts = {
            "oauth_consumer_key": self.key,
            "oauth_nonce": secrets.token_hex(8),
            "oauth_signature_method": "HMAC-SHA1",
            "oauth_timestamp": str(int(time.time())),
            "oauth_version": "1.0",
        }
        return {name: value for name, value in (parts | changes).items() if value}

    def ask(
        self,
        method: str,
        path: str,
        parameters: dict[str, Any],
        *,
        form: dict[str, Any] | None = None,
        body: str | bytes = b"",
        kind: str = FORM,
        oauth: dict[str, str] | None = None,
    ) -> Answer:
        """Sign and send one request. `oauth`: the parts of the signature, where they are not the usual."""
        query = [(name, str(value)) for name, value in parameters.items()]
        fields = [(name, str(value)) for name, value in (form or {}).items()]
        parts = list((oauth or self.oauth()).items())
        address = f"{self.base}{quote(path)}"
        parts.append(("oauth_signature", signature_of(method, address, [*query, *fields, *parts], self.secret)))
        headers = {"Accept": self.accept}
        if self.place == "header":
            headers["Authorization"] = "OAuth " + ", ".join(f'{name}="{escaped(value)}"' for name, value in parts)
        elif self.place == "form" and form is not None:
            fields += parts
        else:
            query += parts
        content = urlencode(fields).encode() if form is not None else body
        return self.send(method, f"{path}?{urlencode(query)}", headers, content, kind)

    def send(self, method: str, address: str, headers: dict[str, str], content: str | bytes, kind: str) -> Answer:
        found = self.client.generic(method, address, content, content_type=kind, headers=headers)
        return Answer(found.status_code, found.content.decode(), found.headers)
