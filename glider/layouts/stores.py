"""Which service (DSP) a store's name stands for, and what the name says of how the listener paid."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files
from typing import Self

from pydantic import BaseModel, ConfigDict, Field


class Dsp(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    names: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()

    def fits(self, store: str) -> bool:
        return store == self.name.casefold() or store in self.names or store.startswith(self.starts)


class Stores(BaseModel):
    """The table of `stores.toml`. A store that it does not know is its own DSP, as written."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tiers: dict[str, str] = Field(default_factory=dict)
    dsp: tuple[Dsp, ...] = ()

    @classmethod
    def shipped(cls) -> Self:
        text = files("glider.layouts").joinpath("stores.toml").read_text(encoding="utf-8")
        return cls.model_validate(tomllib.loads(text))

    def with_names(self, names: dict[str, str]) -> Self:
        """Store → DSP as an administrator has it, before everything else."""
        added = tuple(Dsp(name=dsp, names=(store_key(store),)) for store, dsp in names.items())
        return self.model_copy(update={"dsp": (*added, *self.dsp)})

    def dsp_of(self, store: str) -> str:
        lowered = store_key(store)
        return next((dsp.name for dsp in self.dsp if dsp.fits(lowered)), store)

    def tier_of(self, store: str) -> str | None:
        words = f" {' '.join(store.casefold().split())} "
        return next((tier for part, tier in self.tiers.items() if f" {part} " in words), None)


def store_key(store: str) -> str:
    return " ".join(store.casefold().split())


@lru_cache(maxsize=1)
def shipped_stores() -> Stores:
    return Stores.shipped()
