"""What a constraint of the database refuses becomes a refusal in words."""

from __future__ import annotations

import pytest
from django.db import IntegrityError

from accounts.models import Organisation
from catalogue.errors import Gone, saving
from catalogue.models import Alias, Artist, Release, Track, TrackArtist
from oas.api.refusals import BadValue

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("attr", "model", "fields"),
    [
        ("name", Artist, {"name": "Bo"}),
        ("upc", Release, {"upc": "036000291452", "title": "x"}),
        ("isrc", Track, {"isrc": "QZAAA2500001", "title": "x"}),
    ],
)
def test_what_is_there_already_is_refused_by_its_field(
    organisation: Organisation, attr: str, model: type[Artist | Release | Track], fields: dict[str, str]
) -> None:
    model.everything.create(organisation=organisation, **fields)
    with pytest.raises(BadValue) as refused, saving():
        model.everything.create(organisation=organisation, **fields)
    assert (refused.value.attr, refused.value.code) == (attr, "unique")
    assert model.objects.of(organisation).count() == 1


def test_a_second_alias_of_one_key_is_refused_by_its_text(organisation: Organisation, track: Track) -> None:
    fields = {"organisation": organisation, "kind": "isrc", "key": "QZAAA2500009", "text": "x", "track": track}
    Alias.everything.create(**fields)
    with pytest.raises(BadValue) as refused, saving():
        Alias.everything.create(**fields)
    assert (refused.value.attr, refused.value.code) == ("text", "unique")


@pytest.mark.django_db(transaction=True)
def test_a_row_whose_other_end_was_deleted_is_gone_and_nothing_of_the_block_stays(track: Track) -> None:
    def credit_nobody() -> None:
        with saving():
            Artist.everything.create(organisation=track.organisation, name="New")
            TrackArtist.objects.create(track=track, artist_id=0)

    with pytest.raises(Gone):
        credit_nobody()
    assert not Artist.objects.of(track.organisation).filter(name="New").exists()


def test_another_constraint_is_a_bug_and_stays_the_error_it_was(organisation: Organisation) -> None:
    with pytest.raises(IntegrityError, match="an_alias_is_of_a_track_or_a_release"), saving():
        Alias.everything.create(organisation=organisation, kind="isrc", key="x", text="x")
