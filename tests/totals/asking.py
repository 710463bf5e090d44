"""The summary over HTTP, and its figures beside those that are expected."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rest_framework.test import APIClient

from tests.totals.driving import Expected

ADDRESS = "/api/sales/summary/"


def ask(api: APIClient, **question: Any) -> dict[str, Any]:
    answer = api.get(ADDRESS, question)
    assert answer.status_code == 200, answer.json()
    return dict(answer.json())


def figures(found: dict[str, Any]) -> tuple[int, int, int, int, Decimal]:
    counts = (found["artists"], found["releases"], found["tracks"], found["quantity"])
    return *counts, Decimal(found["total_gross_exact"])


def expected_figures(expected: Expected) -> tuple[int, int, int, int, Decimal]:
    return expected.artists, expected.releases, expected.tracks, expected.quantity, expected.total
