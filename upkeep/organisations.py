"""Which organisations a command is about."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import Organisation


def organisations_named(wanted: str | None) -> list[Organisation]:
    """By id or name; all of them when none is named. Raises `CommandError` (exit code 2)."""
    every = Organisation.objects.order_by("pk")
    if wanted is None:
        return list(every)
    found = list(every.filter(pk=int(wanted)) if wanted.isdecimal() else every.filter(name=wanted))
    if not found:
        raise CommandError(f"There is no organisation {wanted}.", returncode=2)
    return found
