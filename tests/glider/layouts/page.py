"""docs/layouts.md: every layout, what it is recognised by and read from, and what its samples come to twice over, with
Glider and without. Run as a program, it writes the page; a test fails when the page is out of date."""

from __future__ import annotations

import tempfile
from pathlib import Path

from glider.layouts.layout import Layout
from glider.layouts.registry import shipped_layouts
from glider.layouts.rules import Kind, Sum
from tests.glider.independent import Fixture, every_fixture, expected
from tests.glider.layouts.samples import driven, figures_of

PAGE = Path(__file__).resolve().parents[3] / "docs" / "layouts.md"
EVIDENCE = {
    "V": "header taken word for word from files",
    "N": "names known from files, their order not",
    "D": "taken from the vendor's help page",
}
INTRODUCTION = """# Layouts

The kinds of sales files that OAS recognises, each by what is in it and never by its name. A layout is one file in
`glider/layouts/shipped/`; this page is made from them and from the samples in `tests/glider/samples/` by `make docs`.

[layout-keys.md](layout-keys.md) describes every key of a layout.

## What each sample comes to

The samples hold the shapes of real files with made-up values, and lines that are wrong on purpose. `net` is what
Glider makes of a sample, `net, without Glider` what the csv module and Decimal add up to.
"""
COLUMNS = ("layout", "sample", "read", "accepted", "rejected", "skipped", "net", "net, without Glider")


def page() -> str:
    layouts = shipped_layouts()
    samples = _table([_sample_row(fixture) for fixture in every_fixture()])
    parts = [INTRODUCTION, samples, f"\n## The {len(layouts)} layouts\n", *(_section(layout) for layout in layouts)]
    return "\n".join(parts)


def _table(rows: list[list[str]]) -> str:
    head = [list(COLUMNS), ["---", "---", *["---:"] * 6]]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (*head, *rows))


def _sample_row(fixture: Fixture) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="oas-page-") as folder:
        found = figures_of(fixture, driven(fixture, Path(folder)))
    counts = [str(found[name]) for name in ("rows_read", "accepted", "rejected", "skipped")]
    return [fixture.layout, _code(fixture.path.name), *counts, _money(found["net"]), _money(expected(fixture)["net"])]


def _money(net: dict[str, str]) -> str:
    return ", ".join(f"{amount} {currency}" for currency, amount in net.items()) or "nothing"


def _section(layout: Layout) -> str:
    facts = {
        "Source": f"{layout.source} ({EVIDENCE[layout.evidence]})",
        "Recognised by": _recognised_by(layout),
        "Net": _fields(layout, "net"),
        "Gross": _fields(layout, "gross"),
        "Quantity": _fields(layout, "quantity"),
        "Currency": _currency(layout),
        "Month of sale": _period(layout),
        "Left out": _left_out(layout),
        "Held against each other": "; ".join(_code(rule.text) for rule in layout.identities),
        "Never read": _names(layout.personal),
    }
    lines = [f"- {name}: {fact}" for name, fact in facts.items() if fact]
    return "\n".join([f"### {layout.title}", "", _code(layout.name), "", *lines, ""])


def _recognised_by(layout: Layout) -> str:
    if layout.reader:
        return "its lines, by code of its own"
    if layout.positions:
        return f"the cells of its {len(layout.positions)} columns, for it has no header"
    absent = f", and not {_names(layout.header.absent)}" if layout.header.absent else ""
    return _names(layout.header.fingerprint) + absent


def _fields(layout: Layout, name: str) -> str:
    by_level = [f"{_names(names)} ({level})" for level, names in layout.by_level.get(name, {}).items()]
    sums = [_sum(rule) for field, rule in layout.sums.items() if field == name]
    kinds = [_of_kind(kind, name) for kind in layout.kinds]
    return "; ".join(filter(None, (_names(layout.columns.get(name, ()), " or "), *by_level, *sums, *kinds)))


def _of_kind(kind: Kind, name: str) -> str:
    columns = [_code(column) for field, column in kind.columns.items() if field == name]
    return "; ".join([*columns, *(_sum(rule) for field, rule in kind.sums.items() if field == name)])


def _sum(rule: Sum) -> str:
    return " less ".join(filter(None, (_names(rule.plus, " and "), _names(rule.minus, " and "))))


def _currency(layout: Layout) -> str:
    ways = [_names(layout.columns.get("currency", ()), " or ")]
    if layout.currency_names:
        ways.append("in the name of a column")
    if layout.preamble.currency:
        ways.append(f"{_code(layout.preamble.currency)} above the header")
    if layout.currency.fixed:
        ways.append(layout.currency.fixed)
    if layout.currency.account:
        ways.append("that of the account, with a warning")
    return "; ".join(filter(None, ways))


def _period(layout: Layout) -> str:
    columns = (*layout.columns.get("period", ()), *layout.joined.get("period", ()))
    ways = [_names(columns, " or " if "period" in layout.columns else " and ")]
    if layout.dates.of_statement:
        ways[0] += " (of the statement, with a warning)"
    if layout.preamble.period:
        ways.append(f"{_code(layout.preamble.period)} above the header")
    if layout.filename and any("?P<period>" in text for text in layout.filename.matches):
        ways.append("the file's name")
    if not columns:
        ways.append("what the sender gives")
    return "; ".join(filter(None, ways))


def _left_out(layout: Layout) -> str:
    rules = [
        f"lines whose {_code(rule.column)} {_condition(rule.equals, rule.matches)} ({_reason_text(rule.reason)})"
        for rule in layout.skip
        if rule.column and not layout.reader
    ]
    rules += [f"files named like {_code(rule.file)} ({_reason_text(rule.reason)})" for rule in layout.skip if rule.file]
    if layout.stop:
        rules.append(
            f"what stands from a line that {_condition(layout.stop.equals, layout.stop.matches)} on (its summary)"
        )
    return "; ".join(rules)


def _condition(equals: tuple[str, ...], matches: str | None) -> str:
    if equals:
        return f"says {_names(equals, ' or ')}"
    return f"matches {_code(matches)}" if matches and matches != "." else "is filled" if matches else "is empty"


def _reason_text(reason: str) -> str:
    return reason.replace("_", " ")


def _names(names: tuple[str, ...], joined: str = ", ") -> str:
    return joined.join(_code(name) for name in names)


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
