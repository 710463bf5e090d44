"""`manage.py create_organisation NAME [--currency EUR] [--owner USERNAME]`"""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.services import create_organisation


class Command(BaseCommand):
    help = "Create an organisation (once: a second call finds it) and, with --owner, make a person its owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--currency", default="EUR", help="ISO 4217; of a new organisation only")
        parser.add_argument("--owner", metavar="USERNAME", help="a person that exists (manage.py createsuperuser)")
        parser.add_argument("--quiet", action="store_true", help="print the id only")

    def handle(self, *args: Any, **options: Any) -> None:
        owner = _person(options["owner"]) if options["owner"] else None
        try:
            organisation, created = create_organisation(
                name=options["name"].strip(), currency=options["currency"].upper(), owner=owner
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        if options["quiet"]:
            self.stdout.write(str(organisation.pk))
        else:
            state = "created" if created else "exists"
            self.stdout.write(f"{organisation.name}: {state}, id {organisation.pk}, {organisation.currency}")


def _person(username: str) -> User:
    try:
        return User.objects.get(username=username)
    except User.DoesNotExist:
        raise CommandError(f"There is no user {username}.") from None
