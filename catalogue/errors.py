"""What a service refuses to do, in words for the user. The API turns these into its one error envelope."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import IntegrityError, transaction

from oas.api.refusals import BadValue, Refused
from oas.transactions import broken_constraint


class InUse(Refused):
    """Something still refers to it. `facts`: how many of what."""

    code = "in_use"


class Gone(Refused):
    """What the request refers to was deleted meanwhile."""

    code = "gone"


class InvalidState(Refused):
    """The import is not at the point where this can be done. `facts`: its status."""

    code = "invalid_state"


class NotOneOrganisation(Refused):
    """What is to be merged belongs to several organisations."""

    code = "not_one_organisation"


_TAKEN = {
    "one_artist_per_name": ("name", "There is an artist of this name already."),
    "one_release_per_upc": ("upc", "There is a release with this UPC already."),
    "one_track_per_isrc": ("isrc", "There is a track with this ISRC already."),
    "one_alias_per_key": ("text", "This is already an alias of something else."),
}


@contextmanager
def saving() -> Iterator[None]:
    """One transaction; what its constraints refuse becomes `BadValue` or `Gone`."""
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
