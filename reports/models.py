"""Everything the app keeps in the database: the totals over all files (`reports.summary`)."""

from __future__ import annotations
