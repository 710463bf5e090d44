from __future__ import annotations

import pytest
from django.core.management import call_command

from oas.kernel.buckets import cors_rules, lifecycle_rules, set_up_bucket
from oas.kernel.config import glider_config
from oas.kernel.storage import Storage


def test_the_bucket_is_made_and_making_it_again_changes_nothing() -> None:
    fresh = Storage(glider_config().model_copy(update={"s3_bucket": f"{glider_config().s3_bucket}-fresh"}))
    first = set_up_bucket(fresh, ["https://app.example"])
    fresh.put_json("kept.json", "{}")
    assert set_up_bucket(fresh, ["https://app.example"]) == first
    assert fresh.get_json("kept.json") == {}


def test_the_command_reports_that_the_bucket_is_ready(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup_bucket")
    assert "is ready" in capsys.readouterr().out


def test_browsers_of_named_origins_may_put_and_nothing_ages_out_a_sales_file() -> None:
    assert cors_rules(["https://app.example"])[0]["AllowedOrigins"] == ["https://app.example"]
    assert all("Expiration" not in rule for rule in lifecycle_rules())
