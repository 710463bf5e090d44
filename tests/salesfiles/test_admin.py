from __future__ import annotations

import json
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import Organisation
from glider.contract import progress_key
from jobs.services import leases
from salesfiles.models import SalesFile
from salesfiles.services.files import delete_file
from tests.salesfiles.glider_stand_in import (
    cleaning_file,
    failed,
    finalized_file,
    finish,
    job_of,
    new_file,
    processed_file,
)

LIST = "/admin/salesfiles/salesfile/"


@pytest.fixture
def admin(db: None) -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", "root@label.example", "root-password-31415"))
    return client


def page_of(client: Client, file: SalesFile) -> str:
    answer = client.get(reverse("admin:salesfiles_salesfile_change", args=[file.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def act(client: Client, action: str, *files: SalesFile) -> list[str]:
    """The messages after an action on `files`."""
    answer = client.post(LIST, {"action": action, "_selected_action": [file.pk for file in files]})
    assert answer.status_code == 302
    return [str(message) for message in get_messages(answer.wsgi_request)]


def test_the_list_shows_status_progress_and_totals(admin: Client, organisation: Organisation) -> None:
    finalized_file(organisation, filename="done.csv")
    busy = cleaning_file(organisation, filename="busy.csv")
    leases.client().set(progress_key(job_of(busy).pk), json.dumps({"percent": 40, "rows": 1}), ex=60)
    text = admin.get(LIST).content.decode()
    for word in ("done.csv", "FINALIZED", "3.75", "busy.csv", "cleaning 40 %", "Label A"):
        assert word in text


@pytest.mark.parametrize("query", ["status__exact=FINALIZED", "source_format=test-layout", "q=done", "q=zzz"])
def test_the_list_is_filtered_and_searched(admin: Client, organisation: Organisation, query: str) -> None:
    finalized_file(organisation, filename="done.csv")
    new_file(organisation, filename="other.csv")
    text = admin.get(f"{LIST}?{query}").content.decode()
    assert "other.csv" not in text
    assert ("done.csv" in text) == (query != "q=zzz")


def test_the_queries_of_the_list_do_not_grow(
    admin: Client, organisation: Organisation, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(10):
        new_file(organisation)
    with django_assert_max_num_queries(14):
        admin.get(LIST)


def test_a_deleted_file_is_not_listed(admin: Client, organisation: Organisation) -> None:
    delete_file(file=new_file(organisation, filename="gone.csv"))
    assert "gone.csv" not in admin.get(LIST).content.decode()


def test_a_file_shows_its_history_jobs_checks_and_rejects(admin: Client, organisation: Organisation) -> None:
    file = processed_file(organisation)
    text = page_of(admin, file)
    for word in (
        "lines imported = lines accepted",
        "does not tie",
        "control_totals",
        "Succeeded",
        "rejects.csv.gz",
        "X-Amz-Signature",
    ):
        assert word in text


def test_where_a_bug_struck_is_for_admins(admin: Client, organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    finish(job_of(file), failed(job_of(file)).model_copy(update={"detail": "KeyError at reading:42"}))
    file.refresh_from_db()
    assert "KeyError at reading:42" in page_of(admin, file)
    assert "KeyError" not in file.error_message


def test_what_a_file_name_says_is_not_run(admin: Client, organisation: Organisation) -> None:
    file = new_file(organisation, filename="<script>alert(1)</script>.csv")
    assert "<script>alert(1)" not in page_of(admin, file) + admin.get(LIST).content.decode()


def test_nothing_is_edited_by_hand(admin: Client, organisation: Organisation) -> None:
    file = new_file(organisation)
    address = reverse("admin:salesfiles_salesfile_change", args=[file.pk])
    assert 'name="status"' not in page_of(admin, file)
    assert admin.post(address, {"status": "FINALIZED", "filename": "x"}).status_code == 403
    assert admin.get(reverse("admin:salesfiles_salesfile_add")).status_code == 403
    assert admin.post(reverse("admin:salesfiles_salesfile_delete", args=[file.pk])).status_code == 403
    file.refresh_from_db()
    assert (file.status, file.filename, file.version) == ("INITIALIZED", "sales.csv", 1)


def test_reimport_says_what_happened_to_each(admin: Client, organisation: Organisation) -> None:
    done, new = finalized_file(organisation, filename="done.csv"), new_file(organisation, filename="new.csv")
    assert act(admin, "reimport", done, new) == [
        f"done.csv ({done.uuid}) is being reimported.",
        f"new.csv ({new.uuid}): A sales file that is INITIALIZED does not take reimport.",
    ]
    done.refresh_from_db()
    assert done.status == "CLEANING"
    last = done.history.last()
    assert last
    assert last.actor == "root"


def test_accept_after_review(admin: Client, organisation: Organisation) -> None:
    file = processed_file(organisation)
    assert act(admin, "accept_after_review", file) == [f"sales.csv ({file.uuid}) is finalized."]
    file.refresh_from_db()
    assert file.status == "FINALIZED"


def test_cancel(admin: Client, organisation: Organisation) -> None:
    file = cleaning_file(organisation)
    act(admin, "cancel", file)
    file.refresh_from_db()
    assert (file.status, file.status_cause, file.error_message) == ("FAILED", "cancelled", "Cancelled by root.")


def test_delete(admin: Client, organisation: Organisation) -> None:
    act(admin, "delete_files", finalized_file(organisation))
    assert not SalesFile.objects.of(organisation).exists()


def test_who_may_only_look_cannot_act(organisation: Organisation) -> None:
    viewer = User.objects.create_user("eve", "eve@label.example", "eve-password-31415", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_salesfile"))
    client = Client()
    client.force_login(viewer)
    file: Any = finalized_file(organisation)
    assert "sales.csv" in client.get(LIST).content.decode()
    client.post(LIST, {"action": "reimport", "_selected_action": [file.pk]})
    file.refresh_from_db()
    assert file.status == "FINALIZED"
