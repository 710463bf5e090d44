"""Find the organisations that a management command names, by name or by id."""

from __future__ import annotations

from django.core.management.base import CommandError

from accounts.models import Organisation


def organisation_named(wanted: str) -> Organisation:
    """The organisation whose name is `wanted`, or else whose id. Raises `CommandError`."""
    found = _find(wanted)
    if found is None:
        raise CommandError(f"There is no organisation {wanted} (manage.py create_organisation makes one).")
    return found


def organisations_named(wanted: str | None) -> list[Organisation]:
    """The one that `organisation_named` finds; all of them, by id, when `wanted` is None.

    Raises `CommandError` with exit code 2: of the commands that compare totals, 1 means that they differ.
    """
    if wanted is None:
        return list(Organisation.objects.order_by("pk"))
    found = _find(wanted)
    if found is None:
        raise CommandError(f"There is no organisation {wanted}.", returncode=2)
    return [found]


def _find(wanted: str) -> Organisation | None:
    # The name comes before the id, because a label may be called 1984.
    found = Organisation.objects.filter(name=wanted).first()
    if found is None and wanted.isdecimal():
        found = Organisation.objects.filter(pk=int(wanted)).first()
    return found
