"""Refusals of the catalogue's services, with texts for the user; the API turns them into its error envelope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from oas.api.refusals import BadValue, Refused
from oas.transactions import broken_constraint


class InUse(Refused):
    """Other rows still refer to the one to be deleted. `facts`: how many of which kind."""

    code = "in_use"


class Gone(Refused):
    """A row that the request refers to was deleted while it was handled."""

    code = "gone"


class InvalidState(Refused):
    """The status of an import does not allow the request. `facts`: its status."""

    code = "invalid_state"


class NotOneOrganisation(Refused):
    """The works to be merged belong to several organisations."""

    code = "not_one_organisation"


_TAKEN = {
    "one_artist_per_name": ("name", "There is an artist of this name already."),
    "one_release_per_upc": ("upc", "There is a release with this UPC already."),
    "one_track_per_isrc": ("isrc", "There is a track with this ISRC already."),
    "one_alias_per_key": ("text", "This is already an alias of something else."),
}


@contextmanager
def saving() -> Iterator[None]:
    """Run one transaction; raises `BadValue` or `Gone` where a constraint of the database refuses it.

    The constraint decides, not a look before the write: of two requests at once one would pass such a look in vain.
    """
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise _refused(error) from error


def _refused(error: IntegrityError) -> Exception:
    name = broken_constraint(error)
    if name in _TAKEN:
        attr, text = _TAKEN[name]
        return BadValue(text, attr=attr, code="unique")
    if "_fk_" in name:
        return Gone("Something that this refers to was deleted meanwhile, or is still referred to: read it again.")
    return error
