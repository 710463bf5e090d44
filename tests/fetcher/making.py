"""Batches and items as rows, without a link behind them."""

from __future__ import annotations

from typing import Any

from accounts.models import Organisation
from fetcher.models import Batch, BatchItem, BatchStatus
from fetcher.sources.links import Kind


def batch_of(organisation: Organisation, **fields: Any) -> Batch:
    given = {"kind": Kind.DRIVE, "url": "x", "link_id": "1" * 20, "status": BatchStatus.FETCHING, **fields}
    return Batch.everything.create(organisation=organisation, **given)


def item_of(batch: Batch, name: str = "july.csv", **fields: Any) -> BatchItem:
    given = {"key": name, "name": name, "path": name, "filetype": "CSV", **fields}
    return BatchItem.everything.create(batch=batch, organisation=batch.organisation, **given)
