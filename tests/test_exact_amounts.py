"""Amounts are added, multiplied and compared with all their digits: Decimal itself rounds to 28 of them.

This reads the code: arithmetic with something that is called like an amount stands in `with exact():`, or `add_up` does
it. Expressions of Polars have the precision of their column and are no arithmetic of Python's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = (
    "oas", "accounts", "idempotency", "jobs", "rates", "catalogue", "layouts", "totals", "salesfiles", "fetcher",
    "reports", "upkeep", "glider", "devstack",
)  # fmt: skip
AMOUNTS = frozenset(
    {"amount", "amounts", "net", "gross", "revenue", "rate", "rates", "total_local", "net_read", "net_accepted",
     "net_rejected", "units", "expected", "tolerance", "slack", "total", "share", "Decimal", "value", "getattr"}
)  # fmt: skip
ROUNDING = frozenset({"abs", "sum", "round", "fsum", "reduce"})
METHODS = frozenset({"quantize", "scaleb", "fma", "remainder_near", "normalize"})
POLARS = frozenset({"pl", "Expr"})

# "module: function" → why its arithmetic needs no more digits, or is not one of amounts.
_BY_CALLER = "its caller has the context"
_COUNTS = "whole numbers"
ALLOWED = {
    "catalogue/services/imports/staged_rows.py: Staging.add": _COUNTS,
    "fetcher/services/progress.py: _count": _COUNTS,
    "glider/cleaning/input/workbook_program.py: _number": "the binary number of a cell",
    "glider/cleaning/input/zip_safety.py: refuse_unsound": _COUNTS,
    "glider/cleaning/recognition/stated_totals.py: _tolerance": "a 5 in one place",
    "glider/cleaning/recognition/stated_totals.py: numbers_of_totals": "a list that grows",
    "glider/cleaning/sale_lines/totals_lines.py: _Sums.add": _BY_CALLER,
    "glider/cleaning/sale_lines/totals_lines.py: _check": _BY_CALLER,
    "glider/cleaning/sale_lines/totals_lines.py: _matching": _BY_CALLER,
    "glider/cleaning/sale_lines/totals_lines.py: _tolerance": "a 5 in one place",
    "glider/cleaning/values/identifiers.py: check_digit_holds": _COUNTS,
    "glider/cleaning/recognition/headers.py: _unknown": _COUNTS,
    "oas/kernel/amounts.py: ": "powers of ten",
    "oas/kernel/intake/encodings/characters.py: _share_of_set": _COUNTS,
    "oas/kernel/intake/encodings/readings.py: Witness._share": _COUNTS,
    "rates/daily_file.py: _refuse_other": _COUNTS,
    "rates/services.py: find_rate": "Fractions, which are exact",
    "rates/services.py: load": _COUNTS,
    "rates/services.py: _rounded": "a Fraction, which is exact",
    "salesfiles/services/control_totals.py: _converted": _BY_CALLER,
    "salesfiles/services/control_totals.py: _of_cleaning": _BY_CALLER,
    "salesfiles/services/control_totals.py: _revenue": _BY_CALLER,
    "salesfiles/services/job_results.py: ": "a power of ten",
    "totals/services/queries.py: _figures": _BY_CALLER,
    "totals/services/queries.py: _rest": _BY_CALLER,
    "totals/services/queries.py: _series": _BY_CALLER,
    "totals/services/queries.py: _sums": _BY_CALLER,
    "upkeep/reconcile/files.py: mend": _COUNTS,
    "upkeep/verification/verify.py: _verify": "a list",
}


def is_exact(node: ast.AST) -> bool:
    """Whether `node` is a `with exact():`."""
    items = node.items if isinstance(node, ast.With) else []
    return any(isinstance(item.context_expr, ast.Call) and name_of(item.context_expr.func) == "exact" for item in items)


def name_of(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def words(node: ast.AST) -> set[str]:
    """The names, attributes and keys in an expression."""
    found = {name_of(each) for each in ast.walk(node)}
    keys = [each.slice for each in ast.walk(node) if isinstance(each, ast.Subscript)]
    return found | {str(key.value) for key in keys if isinstance(key, ast.Constant)}


def rounds(node: ast.AST) -> bool:
    """Whether Decimal rounds the result of `node` to the digits of its context, were its operands decimals."""
    if isinstance(node, ast.BinOp):
        return not isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Mod))
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.op, (ast.USub, ast.UAdd)) and not isinstance(node.operand, ast.Constant)
    if isinstance(node, ast.Call):
        return name_of(node.func) in (METHODS if isinstance(node.func, ast.Attribute) else ROUNDING)
    return isinstance(node, ast.AugAssign) and not isinstance(node.op, (ast.BitOr, ast.BitAnd, ast.Mod))


def inexact(tree: ast.AST, place: str = "") -> Iterator[tuple[str, str]]:
    """The place and text of each arithmetic with an amount that stands in no `with exact():`."""
    for node in ast.iter_child_nodes(tree):
        if is_exact(node):
            continue
        named = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        inner = f"{place}.{node.name}".lstrip(".") if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else place
        if not named and rounds(node) and words(node) & AMOUNTS and not words(node) & POLARS:
            yield inner, ast.unparse(node)
        else:
            yield from inexact(node, inner)


def modules() -> list[Path]:
    found = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    return [path for path in found if "migrations" not in path.parts]


def found_in(path: Path) -> list[tuple[str, str]]:
    module = path.relative_to(ROOT).as_posix()
    return [(f"{module}: {place}", text) for place, text in inexact(ast.parse(path.read_text(encoding="utf-8")))]


def test_amounts_are_added_and_multiplied_with_all_their_digits() -> None:
    found = [each for path in modules() for each in found_in(path)]
    assert [f"{place}: {text}" for place, text in found if place not in ALLOWED] == []
    assert sorted(ALLOWED.keys() - {place for place, _ in found}) == [], "allowed, but no longer there"


@pytest.mark.parametrize(
    "code",
    [
        "sum((part.net for part in parts), Decimal(0))",
        "one.net + other.net",
        "net * rates[currency]",
        "abs(amount - stated)",
        "total += row['revenue']",
        "-row['revenue']",
        "amount.quantize(CENT)",
    ],
)
def test_what_it_finds(code: str) -> None:
    assert list(inexact(ast.parse(f"def f():\n    {code}"))) == [("f", code)]
    assert list(inexact(ast.parse(f"def f():\n    with exact():\n        {code}"))) == []


@pytest.mark.parametrize("code", ["pl.col('net') * pl.lit(rate)", "a + b", "net == other", "-1", "add_up(amounts)"])
def test_what_it_leaves(code: str) -> None:
    assert list(inexact(ast.parse(code))) == []
