"""The command `inspect` uses the layouts and names that the database has."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import Organisation
from glider.terminal import FAILED
from jobs.models import Job
from layouts.models import LayoutSwitch, NameKind, State, StoreName
from layouts.services.known_names import create_name
from tests.glider.driving import distrokid
from tests.layouts.own_layouts import SALES, own_layout

pytestmark = pytest.mark.django_db


@pytest.fixture
def sales(tmp_path: Path) -> Path:
    path = tmp_path / "sales.csv"
    path.write_bytes(SALES)
    return path


def test_a_custom_layout_reads_a_file_once_it_is_live(sales: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = own_layout(state=State.DRAFT)
    with pytest.raises(SystemExit) as ended:
        call_command("inspect", sales)
    assert (ended.value.code, "unknown_layout" in capsys.readouterr().out) == (FAILED, True)
    layout.state = State.LIVE
    layout.save()
    call_command("inspect", sales)
    assert f"layout      our_shop (Our own shop), version {layout.version}" in capsys.readouterr().out
    assert not Job.objects.unscoped().exists()


def test_the_switches_and_names_of_an_organisation_count_when_it_is_named(
    organisation: Organisation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "sales.tsv"
    path.write_text(distrokid("2025-07|Moon Shop|Song|QZAAA2500001||1|0.5").replace("\tUS\t", "\tFoo\t"))
    StoreName.objects.create(store="moon shop", dsp="Sun")
    create_name(organisation=organisation, kind=NameKind.STORE, written="Moon Shop", meaning="Venus")
    create_name(organisation=organisation, kind=NameKind.TERRITORY, written="Foo", meaning="AT")
    call_command("inspect", path)
    theirs = capsys.readouterr().out
    call_command("inspect", path, organisation=organisation.pk)
    ours = capsys.readouterr().out
    assert ("Sun" in theirs, "Venus" in theirs) == (True, False)
    assert ("Sun" in ours, "Venus" in ours, " AT " in ours) == (False, True, True)
    LayoutSwitch.objects.unscoped().create(organisation=organisation, name="distrokid", enabled=False)
    with pytest.raises(SystemExit):
        call_command("inspect", path, organisation=organisation.pk)


def test_a_file_that_is_not_there_is_told_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        call_command("inspect", tmp_path / "none.csv")
    assert ended.value.code == FAILED
    assert "There is no file" in capsys.readouterr().out
