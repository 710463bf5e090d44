"""Rules of a layout that turn cells into one of a few values: level, usage, monetisation."""

from __future__ import annotations

from pydantic import Field

from glider.layouts.rules import Names, Rule


class Choice(Rule):
    """How cells become one of a few values."""

    columns: Names = ()
    """The columns to look at. The cells of several are searched together, by `contains`."""
    filled: bool = Field(False, examples=[True])
    """Whether the name of the column counts instead of its cell: that of the only one which is neither blank nor 0."""
    values: dict[str, str] = Field(default_factory=dict)
    """What a whole cell means, compared without regard to case."""
    contains: dict[str, str] = Field(default_factory=dict)
    """What a text found anywhere in the cell means. Entries are tried in order, after `values`."""
    default: str | None = None
    """The value where nothing fits."""

    def means(self, text: str) -> str | None:
        """The value of a cell with `text`; None where nothing fits and there is no default."""
        lowered = text.strip().casefold()
        for value, meaning in self.values.items():
            if value.casefold() == lowered:
                return meaning
        return next((meaning for piece, meaning in self.contains.items() if piece.casefold() in lowered), self.default)

    def meanings(self) -> set[str]:
        """Every value that a cell can get."""
        return {*self.values.values(), *self.contains.values(), *([self.default] if self.default else [])}


class LevelRule(Choice):
    """Whether a line sells a track or a release."""

    release_without: str | None = None
    """A field of `columns`. Lines in which it is blank sell a release, whatever else applies."""


class UsageRule(Choice):
    """What was sold. Without a rule that fits, `other`."""


class MonetisationRule(Choice):
    """What the listener paid with. Without a rule that fits, what the name of the store implies, or else `unknown`."""


def refuse_unknown_values(choice: Choice, allowed: tuple[str, ...], key: str) -> None:
    """Raise ValueError, with the `key` of the layout, when `choice` can give a value that is not `allowed`."""
    if wrong := choice.meanings() - set(allowed):
        raise ValueError(f"{key}: no such value: {', '.join(sorted(wrong))} (known: {', '.join(allowed)})")
