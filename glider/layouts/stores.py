"""Stores: the service (DSP) that the name of a store stands for, and how the listener paid, if the name implies it."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Dsp(BaseModel):
    """A service, and the names under which files list it: whole `names`, and the `starts` of names, as store keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    names: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()

    def fits(self, store: str) -> bool:
        """Whether the store with the key `store` is of this service by its whole name."""
        return store == self.name.casefold() or store in self.names

    def start_of(self, store: str) -> int:
        """The length of the longest of `starts` that the key `store` begins with; 0 if it begins with none."""
        return max((len(start) for start in self.starts if store.startswith(start)), default=0)


class Stores(BaseModel):
    """The table of `stores.toml`: services, and `tiers`, word → monetisation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiers: dict[str, str] = Field(default_factory=dict)
    dsp: tuple[Dsp, ...] = ()

    @classmethod
    def shipped(cls) -> Self:
        text = files("glider.layouts").joinpath("stores.toml").read_text(encoding="utf-8")
        return cls.model_validate(tomllib.loads(text))

    def with_names(self, names: dict[str, str]) -> Self:
        """A copy of this table that first looks in `names` (store → DSP), which an administrator has added."""
        added = tuple(Dsp(name=dsp, names=(store_key(store),)) for store, dsp in names.items())
        return self.model_copy(update={"dsp": (*added, *self.dsp)})

    def dsp_of(self, store: str) -> str:
        """The service of `store`. An unknown store is its own service, as it is written."""
        return self.known_dsp_of(store) or store

    def known_dsp_of(self, store: str) -> str | None:
        """The service of `store`; None for an unknown store.

        Whole names count before starts, and of several starts the longest: `YouTube Music Video` is no YouTube Music.
        """
        key = store_key(store)
        whole = next((dsp for dsp in self.dsp if dsp.fits(key)), None)
        if whole is not None:
            return whole.name
        longest = max(self.dsp, key=lambda dsp: dsp.start_of(key), default=None)
        return longest.name if longest is not None and longest.start_of(key) else None

    def tier_of(self, store: str) -> str | None:
        """The monetisation that words in the name of `store` imply, if any."""
        padded = f" {store_key(store)} "
        return next((tier for words, tier in self.tiers.items() if f" {words} " in padded), None)


def store_key(store: str) -> str:
    """The form in which names of stores are compared, without regard to case and runs of spaces."""
    return " ".join(store.casefold().split())


@lru_cache(maxsize=1)
def shipped_stores() -> Stores:
    return Stores.shipped()
