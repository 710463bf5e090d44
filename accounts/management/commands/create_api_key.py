"""`manage.py create_api_key ORGANISATION [--name N] [--scopes read,write] [--days N] [--key PREFIX.SECRET]`"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.management.organisations import organisation_named
from accounts.models import Scope
from accounts.services import KeyTaken, create_key
from accounts.tokens import KeyText


class Command(BaseCommand):
    help = "Create an API key of an organisation and print it, this once: it cannot be read again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its name, or its id")
        parser.add_argument("--name", default="command line", help="where the key is used")
        parser.add_argument("--scopes", default="read,write", help="read, or read,write")
        parser.add_argument("--days", type=int, help="how long it is valid; without it, until it is revoked")
        parser.add_argument("--key", metavar="PREFIX.SECRET", help="use this secret; a second call changes nothing")
        parser.add_argument("--quiet", action="store_true", help="print the key only")

    def handle(self, *args: Any, **options: Any) -> None:
        days = options["days"]
        if days is not None and days < 1:
            raise CommandError("--days must be 1 or more.")
        try:
            key, text = create_key(
                organisation=organisation_named(options["organisation"]),
                name=options["name"],
                scopes=_scopes(options["scopes"]),
                expires_at=None if days is None else timezone.now() + timedelta(days=days),
                text=_given(options["key"]),
            )
        except KeyTaken as error:
            raise CommandError(str(error)) from None
        if not options["quiet"]:
            self.stdout.write(f"{key.name}, for {key.organisation}, may {' and '.join(key.scopes)}. Keep it safe:")
        self.stdout.write(text.text)


def _scopes(text: str) -> set[str]:
    scopes = {part.strip() for part in text.split(",") if part.strip()}
    if not scopes or scopes - set(Scope.values):
        raise CommandError("--scopes takes read, or read,write.")
    return scopes


def _given(text: str | None) -> KeyText | None:
    if text is None:
        return None
    key = KeyText.parse(text)
    if key is None:
        raise CommandError("--key must be 8 characters, a dot and 32 characters (letters, digits, - and _).")
    return key
