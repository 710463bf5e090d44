"""The organisations that a management command names."""

from __future__ import annotations

import pytest
from django.core.management.base import CommandError

from accounts.management.organisations import organisation_named, organisations_named
from accounts.models import Organisation


def test_an_organisation_is_found_by_name_and_by_id(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    assert organisation_named(organisation.name) == organisation
    assert organisation_named(str(other_organisation.pk)) == other_organisation


def test_a_name_of_digits_counts_before_an_id(organisation: Organisation) -> None:
    of_digits = Organisation.objects.create(name=str(organisation.pk))
    assert organisation_named(str(organisation.pk)) == of_digits


@pytest.mark.parametrize("wanted", ["Label X", "0", "-1", "1.0", "²", ""])
def test_an_unknown_organisation_is_an_error_with_a_hint(organisation: Organisation, wanted: str) -> None:
    with pytest.raises(CommandError) as error:
        organisation_named(wanted)
    text = f"There is no organisation {wanted} (manage.py create_organisation makes one)."
    assert (str(error.value), error.value.returncode) == (text, 1)


def test_without_a_name_all_organisations_are_meant_and_one_that_is_unknown_ends_with_2(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    assert organisations_named(None) == [organisation, other_organisation]
    assert organisations_named(other_organisation.name) == [other_organisation]
    with pytest.raises(CommandError, match=r"^There is no organisation Label X\.$") as error:
        organisations_named("Label X")
    assert error.value.returncode == 2
