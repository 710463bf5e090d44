"""The command `load_layouts`."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from glider.layouts.registry import shipped_layouts
from layouts.models import Layout

pytestmark = pytest.mark.django_db


def test_loading_again_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("load_layouts")
    count = len(shipped_layouts())
    assert capsys.readouterr().out == f"{count} layouts, 0 of them new or changed; 0 retired.\n"


def test_what_was_loaded_and_retired_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    Layout.objects.filter(name="distrokid").update(version="old")
    Layout.objects.filter(name="believe").update(name="gone")
    call_command("load_layouts")
    assert capsys.readouterr().out == f"{len(shipped_layouts())} layouts, 2 of them new or changed; 1 retired.\n"
