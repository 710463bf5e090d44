"""The preview of a sales file, and columns mapped by hand from it."""

from __future__ import annotations

import secrets
import time
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Organisation
from glider.contract import Cause
from jobs.models import Job
from jobs.services import dispatch, finishing
from jobs.services.results import failure
from layouts.models import Layout, Origin, State
from layouts.services import previews
from layouts.services.layout_sets import published_set
from oas.kernel.config import config
from oas.kernel.storage import storage
from salesfiles.choices import FileType
from salesfiles.models import SalesFile
from salesfiles.services.files import create_file
from salesfiles.services.pinned_uploads import pin_upload
from salesfiles.services.uploads import begin_upload
from tests.glider.driving import distrokid
from tests.jobs.glider_in_process import Glider
from tests.layouts.own_layouts import OWN, names

pytestmark = pytest.mark.django_db
GOOD = distrokid("2025-07|Spotify|Song One|QZAAA2500001|036000291452|3|0.5", "2025-07|Spotify|S|||1|x")
UNKNOWN = "Day;What;Who;To us\n31/07/2025;Song;Artist;1,50\n30/07/2025;Song;Artist;2,25\n"


def uploaded(organisation: Organisation, content: str) -> SalesFile:
    """A file whose content lies in S3, seen and pinned."""
    body = content.encode() + b"\n" * secrets.randbelow(5000)
    file = create_file(
        organisation=organisation,
        filename="sales.csv",
        filetype=FileType.CSV,
        filesize=len(body),
        mongo_db_id=secrets.token_hex(12),
    )
    begin_upload(file)
    storage().put_bytes(file.raw_key, body)
    pin_upload(file)
    return file


def preview(api: APIClient, file: SalesFile, glider: Glider) -> Any:
    """The preview, asked for, made, and asked for again."""
    assert api.get(path(file)).status_code == 202
    glider.work()
    answer = api.get(path(file))
    assert answer.status_code == 200, answer.content
    return answer.json()


def path(file: SalesFile) -> str:
    return f"/api/files/salesfiles/{file.pk}/preview/"


def test_a_preview_tells_layout_reasons_lines_and_totals(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    answer = preview(alice_api, uploaded(organisation, GOOD), glider)
    part = answer["parts"][0]
    assert (answer["cause"], answer["container"], answer["seen"]) == (None, "text", [])
    assert (part["layout"], part["delimiter"], part["header_line"]) == ("distrokid", "\t", 1)
    assert "Song/Album" in part["known"]
    assert (
        part["unknown"] == ["Team Percentage", "Songwriter Royalties Withheld"] or "Team Percentage" in part["unknown"]
    )
    assert [line["track"] for line in answer["lines"]] == ["Song One"]
    assert answer["totals"]["reasons"]["bad_net"] == 1
    assert answer["totals"]["net_by_currency"] == {"USD": "0.500000000000000000"}


def test_a_preview_imports_nothing_and_changes_no_status(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    file = uploaded(organisation, GOOD)
    preview(alice_api, file, glider)
    file.refresh_from_db()
    assert (file.status, file.current_job, file.source_format) == ("UPLOADED", None, "")


def test_asking_again_is_answered_from_the_first_look(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    file = uploaded(organisation, GOOD)
    first = preview(alice_api, file, glider)
    assert alice_api.get(path(file)).json() == first
    glider.work()
    assert len(glider.messages) == 1


def test_an_unknown_file_shows_its_rows_and_the_reason(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    answer = preview(alice_api, uploaded(organisation, UNKNOWN), glider)
    assert answer["cause"] == "unknown_layout"
    assert answer["seen"][0]["rows"][0] == ["Day", "What", "Who", "To us"]
    assert "'To us'" in answer["message"]


def test_a_preview_is_pending_at_once_while_glider_is_stopped(
    organisation: Organisation, alice_api: APIClient, glider: Glider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing waits in the web thread: neither a sleep nor a look at the queue."""
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail("a web thread slept"))
    glider.is_running = False
    file = uploaded(organisation, GOOD)
    for _ in range(2):
        answer = alice_api.get(path(file))
        assert (answer.status_code, answer.json(), answer["Retry-After"]) == (202, {"status": "pending"}, "2")
        glider.work()
    assert [message["module"] for message in glider.messages] == ["preview"]
    assert Job.objects.of(organisation).filter(file=file).count() == 1


def test_other_details_do_not_ask_for_a_second_preview_while_one_is_under_way(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    glider.is_running = False
    file = uploaded(organisation, GOOD)
    for period in ("2025-01", "2025-02", "2025-03"):
        SalesFile.everything.filter(pk=file.pk).update(reporting_period=period)
        assert alice_api.get(path(file)).status_code == 202
    assert Job.objects.of(organisation).filter(file=file, module="preview").count() == 1


def test_previews_are_dispatched_in_turn_with_everything_else(
    organisation: Organisation, alice_api: APIClient, glider: Glider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An organisation has as many jobs in the broker as it may have; further previews wait in the database."""
    monkeypatch.setattr(dispatch, "config", lambda: config().model_copy(update={"organisation_jobs": 2}))
    glider.is_running = False
    for _ in range(5):
        alice_api.get(path(uploaded(organisation, GOOD)))
    glider.work()
    assert (len(glider.messages), Job.objects.of(organisation).filter(published_at=None).count()) == (2, 3)


def test_a_preview_whose_answer_was_lost_is_made_again(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    file = uploaded(organisation, GOOD)
    first = preview(alice_api, file, glider)
    storage().delete(Job.objects.of(organisation).get(file=file).message["result_key"])
    assert preview(alice_api, file, glider) == first
    assert len(glider.messages) == 2


def test_a_preview_that_no_worker_finishes_says_so_and_is_tried_again_later(
    organisation: Organisation, alice_api: APIClient, glider: Glider
) -> None:
    glider.is_running = False
    file = uploaded(organisation, GOOD)
    alice_api.get(path(file))
    job = Job.objects.of(organisation).get(file=file)
    finishing.apply(job, failure(job, "No worker finished it.", cause=Cause.LEASE_EXPIRED))
    assert alice_api.get(path(file)).json()["message"] == "No worker finished it."
    Job.everything.filter(pk=job.pk).update(finished_at=timezone.now() - previews.RETRY_AFTER)
    assert alice_api.get(path(file)).status_code == 202


def test_nothing_uploaded_yet_is_said(organisation: Organisation, alice_api: APIClient) -> None:
    file = create_file(
        organisation=organisation, filename="a.csv", filetype=FileType.CSV, filesize=1, mongo_db_id="a" * 24
    )
    answer = alice_api.get(path(file))
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (409, "upload_missing")


def test_charlie_sees_no_preview(organisation: Organisation, charlie_api: APIClient, glider: Glider) -> None:
    assert charlie_api.get(path(uploaded(organisation, GOOD))).status_code == 404
    assert not Job.objects.of(organisation).exists()


# --- the admin: mapping by hand, and own layouts ---

MAPPING = {
    "name": "new_shop",
    "title": "New shop",
    "header_row": "0",
    "notation": "day_month_year",
    "decimals": "comma",
    "fixed_currency": "EUR",
    "column_net": "To us",
    "column_period": "Day",
    "column_track": "What",
    "column_artist": "Who",
}


def test_columns_mapped_by_hand_become_a_layout_that_reads_the_file(
    organisation: Organisation, admin: Client, alice_api: APIClient, glider: Glider
) -> None:
    file = uploaded(organisation, UNKNOWN)
    page = f"/admin/salesfiles/salesfile/{file.pk}/map/"
    waiting = admin.get(page)
    assert (waiting.status_code, waiting["Refresh"]) == (202, "2")
    glider.work()
    assert "To us" in admin.get(page).content.decode()
    answer = admin.post(page, MAPPING)
    layout = Layout.objects.get(name="new_shop")
    change = f"/admin/layouts/layout/{layout.pk}/change/"
    assert (answer.status_code, answer["Location"], layout.state) == (302, change, State.DRAFT)
    glider.work()
    assert "Read as new_shop: " in admin.get(change).content.decode()
    layout.refresh_from_db()
    assert (layout.recognised_own_example, layout.tried["figures"]["accepted"]) == (True, 2)
    admin.post("/admin/layouts/layout/", {"action": "make_live", "_selected_action": [layout.pk]})
    assert "new_shop" in names(published_set(organisation.pk))
    seen = preview(alice_api, file, glider)
    assert (seen["cause"], seen["parts"][0]["layout"]) == (None, "new_shop")
    assert seen["totals"]["net_by_currency"] == {"EUR": "3.750000000000000000"}


def test_the_mapping_page_chooses_the_columns_that_are_proposed_and_says_what_they_come_to(
    organisation: Organisation, admin: Client, alice_api: APIClient, glider: Glider
) -> None:
    content = "Sales Month;Performer;Song;Net Revenue (EUR)\n2026-01;A;B;1,50\n2026-01;A;C;2,25\n"
    file = uploaded(organisation, content)
    seen = preview(alice_api, file, glider)
    assert seen["cause"] == "unknown_layout"
    assert seen["proposal"]["columns"] == {
        "period": "Sales Month", "artist": "Performer", "track": "Song", "net": "Net Revenue (EUR)"
    }  # fmt: skip
    assert seen["proposal"]["totals"]["net_by_currency"] == {"EUR": "3.750000000000000000"}
    page = admin.get(f"/admin/salesfiles/salesfile/{file.pk}/map/").content.decode()
    assert '<option value="Net Revenue (EUR)" selected>' in page
    assert "2 would be accepted, 0 rejected" in page
    assert "net 3.75 EUR over 2026-01." in page
    assert 'value="EUR"' in page
    assert not Layout.objects.filter(origin=Origin.OWN).exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"column_net": ""}, "This field is required"),
        ({"fixed_currency": ""}, "name the currency"),
        ({"name": "believe"}, "There is a layout of this name"),
        ({"header_row": "1"}, "Not in the row that names the columns"),
    ],
)
def test_a_mapping_that_cannot_be_right_is_refused_in_words(
    change: dict[str, str], words: str, organisation: Organisation, admin: Client, glider: Glider
) -> None:
    page = f"/admin/salesfiles/salesfile/{uploaded(organisation, UNKNOWN).pk}/map/"
    admin.get(page)
    glider.work()
    answer = admin.post(page, MAPPING | change)
    assert words in answer.content.decode()
    assert not Layout.objects.filter(origin=Origin.OWN).exists()


def test_a_recognised_file_has_nothing_to_map(organisation: Organisation, admin: Client, glider: Glider) -> None:
    page = f"/admin/salesfiles/salesfile/{uploaded(organisation, GOOD).pk}/map/"
    assert admin.get(page).status_code == 202
    glider.work()
    assert admin.get(page).status_code == 404


def test_an_own_layout_is_checked_tried_and_made_live(admin: Client, glider: Glider) -> None:
    wrong = admin.post("/admin/layouts/layout/add/", {"text": OWN.replace("net =", "nett =")})
    assert "no such field: nett" in wrong.content.decode()
    example = SimpleUploadedFile("shop.csv", b"Sold on,What,To us\n2025-07-01,Song,1.25\n")
    answer = admin.post("/admin/layouts/layout/add/", {"text": OWN, "example": example})
    assert answer.status_code == 302
    layout = Layout.objects.get(name="our_shop")
    change = f"/admin/layouts/layout/{layout.pk}/change/"
    assert admin.get(change)["Refresh"] == "2"
    glider.work()
    page = admin.get(change).content.decode()
    assert "Refresh" not in admin.get(change)
    assert "Read as our_shop: 1 lines, 1 accepted" in page
    done = admin.post("/admin/layouts/layout/", {"action": "make_live", "_selected_action": [layout.pk]})
    assert "our_shop is live" in [str(message) for message in get_messages(done.wsgi_request)][-1]
    layout.refresh_from_db()
    assert layout.state == State.LIVE


def test_an_example_of_another_layout_does_not_make_it_live(admin: Client, glider: Glider) -> None:
    example = SimpleUploadedFile("d.tsv", GOOD.encode())
    admin.post("/admin/layouts/layout/add/", {"text": OWN, "example": example})
    layout = Layout.objects.get(name="our_shop")
    glider.work()
    admin.get(f"/admin/layouts/layout/{layout.pk}/change/")
    done = admin.post("/admin/layouts/layout/", {"action": "make_live", "_selected_action": [layout.pk]})
    assert "try it on an example first" in [str(message) for message in get_messages(done.wsgi_request)][-1]
    layout.refresh_from_db()
    assert layout.state == State.DRAFT


def test_a_shipped_layout_is_changed_by_a_copy(admin: Client) -> None:
    shipped = Layout.objects.get(name="believe", origin=Origin.SHIPPED)
    assert 'name="text"' not in admin.get(f"/admin/layouts/layout/{shipped.pk}/change/").content.decode()
    answer = admin.post("/admin/layouts/layout/", {"action": "copy_to_change", "_selected_action": [shipped.pk]})
    copy = Layout.objects.get(name="believe", origin=Origin.OWN)
    assert answer["Location"].endswith(f"/{copy.pk}/change/")
    assert (copy.state, copy.text) == (State.DRAFT, shipped.text)
