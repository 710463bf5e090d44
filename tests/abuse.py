"""Requests to every operation of the schema, with input that fits and input that does not, on a stack of its own.

    python -m tests.abuse [--seconds 600] [--seed 1]

Schemathesis makes the requests (examples, edge cases, random ones, and sequences where one answer leads to the next)
and checks each answer. Prints a summary; exits with 1 when an answer was wrong.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.session import LocalStack, launch

PLENTY = "REQUESTS_PER_MINUTE LOGINS_PER_MINUTE ORGANISATION_REQUESTS_PER_MINUTE FILES_IN_FLIGHT BYTES_A_DAY"
# Two checks would report what is right: valid input may still be refused (a wrong password, an id that is taken), and
# lists and forms of HTML take numbers as text.
LEFT_OUT = "positive_data_acceptance,negative_data_rejection"


def command(stack: LocalStack, report: Path, seconds: int, seed: int) -> list[str]:
    address, key = stack.env["OAS_URL"], stack.env["OAS_API_KEY"]
    return [
        str(Path(sys.executable).with_name("schemathesis")), "run", f"{address}/api/schema/",
        "--header", f"X-Api-Key: {key}",
        "--phases", "examples,coverage,fuzzing,stateful",
        "--checks", "all", "--exclude-checks", LEFT_OUT,
        "--max-time", str(seconds), "--seed", str(seed), "--max-examples", "50",
        "--continue-on-failure", "--no-shrink", "--request-timeout", "30",
        "--report", "json", "--report-json-path", str(report),
    ]  # fmt: skip


def summary(report: dict[str, Any]) -> str:
    """Return the report as text: what was requested, and what was wrong with the answers."""
    cases, operations = report["test_cases"], report["operations"]
    found = report["failures"]
    lines = [
        f"{operations['tested']} of {operations['total']} operations, {cases['generated']} requests in "
        f"{report['running_time']:.0f} s, seed {report['seed']}",
        *(f"{phase:<10} {outcome['status']}" for phase, outcome in report["phases"].items()),
        *(f"{each['title']}: {each['count']} ({', '.join(each['operations'])})" for each in found),
        f"{sum(each['count'] for each in found)} wrong answers",
    ]
    return "\n".join(lines)


def main(seconds: int, seed: int) -> int:
    with tempfile.TemporaryDirectory(prefix="oas-abuse-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "stack").mkdir()
        settings = "".join(f"OAS_{setting}=1000000000000\n" for setting in PLENTY.split())
        (folder / "stack" / "settings").write_text(settings, encoding="utf-8")
        stack = launch(folder / "stack", "--port", "0")
        try:
            stack.wait_ready()
            report = folder / "report.json"
            subprocess.run(command(stack, report, seconds, seed), cwd=folder, timeout=seconds + 300, check=False)
            outcome = json.loads(report.read_text(encoding="utf-8"))
        finally:
            stack.stop()
    sys.stdout.write(f"\n{summary(outcome)}\n")
    return 1 if outcome["failures"] else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    sys.exit(main(given.seconds, given.seed))
