"""What the stack needs of Django: tables, indexes, static files, and the demo organisation.

Run as `python -m devstack.prepare` with the environment of the stack. Idempotent.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ORGANISATION = "Demo Label"
CURRENCY = "USD"  # that of samples/demo.csv


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oas.settings")
    django.setup()
    from django.core.management import call_command

    from oas.kernel.documents import documents

    call_command("migrate", interactive=False, verbosity=1)
    documents().ensure_indexes()
    call_command("collectstatic", interactive=False, verbosity=0)
    make_demo(os.environ["OAS_ADMIN_USER"], os.environ["OAS_ADMIN_PASSWORD"], os.environ["OAS_API_KEY"])


def make_demo(name: str, password: str, key: str) -> None:
    """Create the organisation, its owner `name` (a superuser) and the API key with the text `key`. Idempotent."""
    from accounts import services
    from accounts.tokens import KeyText

    user = make_admin(name, password)
    organisation, _ = services.create_organisation(name=ORGANISATION, currency=CURRENCY, owner=user)
    services.create_key(organisation=organisation, name="demo", created_by=user, text=KeyText.parse(key))


def make_admin(name: str, password: str) -> User:
    """Create or update the superuser `name`. A password that fits is left alone: a new hash would end sessions."""
    from django.contrib.auth.models import User

    user, _ = User.objects.update_or_create(
        username=name, defaults={"is_staff": True, "is_superuser": True, "email": f"{name}@localhost"}
    )
    if not user.check_password(password):
        user.set_password(password)
        user.save(update_fields=["password"])
    return user


if __name__ == "__main__":
    main()
