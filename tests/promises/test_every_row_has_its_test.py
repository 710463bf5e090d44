"""The promises of OAS, one row each, and the module whose tests hold each of them."""

from __future__ import annotations

from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROWS = {
    1: "a webhook is signed, of now, and has one effect",
    2: "a webhook is a hint, the result is the truth",
    3: "what is delivered is retried within limits",
    4: "a POST can be repeated without a second effect",
    5: "a task may run twice and has one effect",
    6: "the broker waits longer than the longest task",
    7: "no message is lost, none goes out too early",
    8: "work that is stuck is found",
    9: "no change is lost",
    10: "no link leads to the inside",
    11: "what Google Drive sends instead of a file is recognised",
    12: "unpacking and parsing have limits",
    13: "an upload is what was declared, and stays it",
    14: "no text of a report is a formula",
    15: "nothing of another organisation is visible",
    16: "what OAS decides cannot be sent",
    17: "no organisation can use up what others need",
    18: "messages are JSON with ids",
    19: "bad secrets and settings stop the start",
    20: "what comes from upstream is checked",
    21: "errors help, and give nothing away",
    22: "money and lines add up",
    23: "a reimport replaces and never adds",
    24: "the schema is the one of the code",
    25: "threats are written down",
    27: "currencies never mix",
}


@pytest.mark.parametrize("row", ROWS, ids=ROWS.values())
def test_a_promise_has_one_module_with_tests(row: int) -> None:
    (module,) = HERE.glob(f"test_{row:02}_*.py")
    text = module.read_text(encoding="utf-8")
    assert text.startswith(f'"""Promise {row}: ')
    assert "\ndef test_" in text


def test_a_number_of_a_module_is_a_promise() -> None:
    numbers = {module.name[5:7] for module in HERE.glob("test_*.py") if module.name != Path(__file__).name}
    assert {number for number in numbers if number.isdigit()} <= {f"{row:02}" for row in ROWS}
