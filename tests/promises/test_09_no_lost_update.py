"""Promise 9: of simultaneous changes of a status one succeeds, and a change of an outdated version is refused."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Organisation
from oas.api.refusals import Refused
from salesfiles.models import SalesFile
from salesfiles.status import Status
from tests.salesfiles.glider_stand_in import new_file

AT_ONCE = 8


@pytest.mark.django_db(transaction=True)
def test_of_many_that_move_a_file_one_succeeds_and_one_change_is_written(organisation: Organisation) -> None:
    file = new_file(organisation)
    barrier = Barrier(AT_ONCE)

    def move(n: int) -> bool:
        mine = SalesFile.objects.of(organisation).get(pk=file.pk)
        barrier.wait(timeout=20)
        try:
            mine.move_to(Status.UPLOADING, actor=f"actor-{n}")
        except Refused:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        won = list(pool.map(move, range(AT_ONCE)))
    assert won.count(True) == 1
    assert [change.actor for change in file.history.all()] == [f"actor-{won.index(True)}"]


def test_a_change_of_an_outdated_version_is_412(alice_api: APIClient, organisation: Organisation) -> None:
    address = f"/api/files/salesfiles/{new_file(organisation).pk}/"
    read = alice_api.get(address)["ETag"]
    first = alice_api.patch(address, {"exchange_rate": "2"}, headers={"If-Match": read})
    second = alice_api.patch(address, {"exchange_rate": "3"}, headers={"If-Match": read})
    assert (first.status_code, second.status_code) == (200, 412)
    assert alice_api.get(address).json()["exchange_rate"] == "2"
