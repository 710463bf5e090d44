"""Example answers of the routes of sales files, for their OpenAPI descriptions."""

from __future__ import annotations

MONGO_ID = "64f0c2a1b7e89d0012ab34cd"
LINK = "https://s3.example/oas/organisation%3D1/raw/1f2e3d4c/sales.csv?X-Amz-Signature=…"

RATE = {
    "currency": "USD",
    "to_currency": "EUR",
    "rate": "0.966109725629307497",
    "origin": "reference",
    "period": "2025-01",
    "source": "ECB, USD: mean of 22 days",
}
FILE = {
    "id": 7,
    "uuid": "1f2e3d4c",
    "filename": "sales.csv",
    "filetype": "CSV",
    "filesize": 48213,
    "mongo_db_id": MONGO_ID,
    "organisation": 1,
    "status": "FINALIZED",
    "status_cause": "",
    "error_message": "",
    "reporting_period": "2025-01",
    "upload_mode": "MANUALLY",
    "response_module": "PENDING",
    "module_response": "importer",
    "exchange_rate": "0.966109725629307497",
    "layout": None,
    "decimal_mark": None,
    "day_first": None,
    "encoding": None,
    "exchange_rates": [RATE],
    "total_rows": 998,
    "total_artists": 12,
    "total_local": "1234.560001",
    "local_currency": "EUR",
    "source_format": "distrokid",
    "currency": "USD",
    "revision": 1,
    "live_revision": 1,
    "live_exchange_rates": [RATE],
    "stale": False,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "accepted_rows": 998,
    "rejected_rows": 2,
    "skipped_rows": 0,
    "progress": None,
    "actions": ["reimport"],
    "created_at": "2025-02-01T09:30:00Z",
    "updated_at": "2025-02-01T09:30:02Z",
}
WARNING = "2 lines with the territory XK are of no country of ISO 3166."
DETAIL = {**FILE, "warnings": [WARNING]}
PROCESSED = {"id": 7, "status": "UPLOADING", "presigned_url": LINK, "upload": None}
TOTAL = {"name": "Aurora Lane", "revenue": "801.12", "quantity": 20412, "rows": 410, "share": "0.648912"}
CHECK = {"name": "rows_read", "expected": "1000", "found": "1000", "tied": True}
SNAPSHOT = {
    "id": 7,
    "mongo_db_id": MONGO_ID,
    "revision": 1,
    "status": "FINALIZED",
    "reporting_period": "2025-01",
    "periods": ["2024-12", "2025-01"],
    "currency": "USD",
    "total_rows": 998,
    "total_local": "1234.560001",
    "local_currency": "EUR",
    "exchange_rates": [RATE],
    "checks": [CHECK],
    "warnings": [WARNING],
    "byArtist": [TOTAL],
    "byDSP": [{**TOTAL, "name": "Spotify"}],
    "byTerritory": [{**TOTAL, "name": "DE"}],
    "byTrack": [{**TOTAL, "name": "Night Bus", "artist": "Aurora Lane", "isrc": "DEA123456789"}],
    "byRelease": [{**TOTAL, "name": "Lines", "artist": "Aurora Lane", "upc": "0123456789012"}],
}
