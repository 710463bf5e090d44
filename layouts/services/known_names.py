"""Names of stores and territories that an organisation has explained: they count for files read from then on."""

from __future__ import annotations

from accounts.models import Organisation
from glider.layouts.stores import store_key
from glider.layouts.territory_names import WORLDWIDE, is_country
from layouts.models import KnownName, NameKind
from oas.api.refusals import BadValue


def create_name(
    *, organisation: Organisation, kind: NameKind, written: str, meaning: str, actor: str = ""
) -> KnownName:
    """Remember what `written` means to `organisation`. Idempotent.

    Raises `BadValue`: the meaning is no code of a territory, or the name has another meaning already (`unique`).
    """
    written, meaning = " ".join(written.split()), checked_meaning(kind, meaning)
    facts = {"written": written, "meaning": meaning, "created_by": actor}
    # The constraint decides between two requests at once; the later one then reads what the earlier has made.
    name, _ = KnownName.objects.of(organisation).get_or_create(
        organisation=organisation, kind=kind, key=store_key(written), defaults=facts
    )
    if name.meaning != meaning:
        raise BadValue(f"It means {name.meaning} already: change that instead.", attr="written", code="unique")
    return name


def change_meaning(*, name: KnownName, meaning: str) -> KnownName:
    """Give `name` another meaning. Idempotent. Raises `BadValue` when it is no code of a territory."""
    name.meaning = checked_meaning(NameKind(name.kind), meaning)
    name.save(update_fields=["meaning"])
    return name


def checked_meaning(kind: NameKind, meaning: str) -> str:
    """Return `meaning` as it is stored. Raises `BadValue`: it is no code of a territory."""
    text = " ".join(meaning.split())
    if kind == NameKind.STORE:
        return text
    if not is_country(text.upper()):
        example = f"a code of ISO 3166-1 such as DE, or {WORLDWIDE} for the whole world"
        raise BadValue(f"{text} is no territory: give {example}.", attr="meaning")
    return text.upper()
