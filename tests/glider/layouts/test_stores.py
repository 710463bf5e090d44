"""Stores as files write them: which service they are of, and how the listener paid, if the name implies it."""

from __future__ import annotations

import pytest

from glider.canonical.schema import MONETISATIONS
from glider.layouts.stores import shipped_stores


@pytest.mark.parametrize(
    ("store", "dsp", "tier"),
    [
        ("Spotify Ad Supported", "Spotify", "ad_supported"),
        ("Spotify Discovery Mode", "Spotify", None),
        ("spotify premium  family", "Spotify", "subscription"),
        ("YouTube (Red)", "YouTube Music", "subscription"),
        ("Youtube Shorts Flat Fee", "YouTube", None),
        ("YouTube Art Track", "YouTube", None),
        ("YouTube Music", "YouTube Music", None),
        ("YouTube Music Video", "YouTube", None),
        ("YouTube Audio Tier", "YouTube Music", None),
        ("YouTube UGC", "YouTube", None),
        ("Apple iTunes", "iTunes", None),
        ("iTunes", "iTunes", None),
        ("iTunes Match", "iTunes", "subscription"),
        ("iTunes Songs", "iTunes", "purchase"),
        ("Apple Music", "Apple Music", None),
        ("Amazon Unlimited", "Amazon Music", "subscription"),
        ("Amazon Prime", "Amazon Music", "subscription"),
        ("Amazon Ads", "Amazon Music", "ad_supported"),
        ("Facebook / Instagram - Revenue Share", "Meta", None),
        ("Soundcloud Ad Monetization", "SoundCloud", "ad_supported"),
        ("SoundCloud Go+", "SoundCloud", "subscription"),
        ("Deezer", "Deezer", None),
        ("FLO", "FLO", None),
        ("Flourish Radio", "Flourish Radio", None),
        ("VK Music", "VK Music", None),
        ("Balance Forwarded From the previous quarter", "Balance Forwarded From the previous quarter", None),
        ("Nobody's Record Shop", "Nobody's Record Shop", None),
    ],
)
def test_a_store_is_of_a_service_and_may_name_a_tier(store: str, dsp: str, tier: str | None) -> None:
    stores = shipped_stores()
    assert (stores.dsp_of(store), stores.tier_of(store)) == (dsp, tier)


def test_every_service_is_itself_and_every_tier_is_a_monetisation() -> None:
    stores = shipped_stores()
    assert {dsp.name for dsp in stores.dsp if stores.dsp_of(dsp.name) != dsp.name} == set()
    assert len({dsp.name for dsp in stores.dsp}) == len(stores.dsp)
    assert set(stores.tiers.values()) <= set(MONETISATIONS)
