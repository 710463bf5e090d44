"""`make audit`: known weaknesses of the packages in requirements.lock, as pip-audit finds them.

Exits with 1 when there is one. Where the source of advisories cannot be reached nothing is audited: that is printed,
and is no failure, as it is no news about the packages.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
LIMIT: Final = 180.0  # seconds
OPTIONS: Final = (
    "--require-hashes",
    "--disable-pip",
    "--timeout",
    "5",
    "--progress-spinner",
    "off",
    "--format",
    "json",
)
Report = dict[str, Any]


def main() -> int:
    text, failed = verdict(report_of(sys.argv[1], ROOT / "requirements.lock"))
    sys.stdout.write(f"{text}\n")
    return int(failed)


def report_of(program: str, lock: Path) -> Report:
    """Run the pip-audit at the path `program` and return its report; empty when it could not make one."""
    try:
        done = subprocess.run(
            [program, *OPTIONS, "--requirement", str(lock)], capture_output=True, text=True, timeout=LIMIT, check=False
        )
        report: Report = json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, json.JSONDecodeError):
        return {}
    return report


def verdict(report: Report) -> tuple[str, bool]:
    """Return the text to print, and whether a package has a known weakness."""
    packages = report.get("dependencies", [])
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        return "Not audited: the source of advisories cannot be reached from here.", False
    weak = [_line(package, weakness) for package in audited for weakness in package["vulns"]]
    counts = f"{len(audited)} of {len(packages)} packages audited, {len(weak)} known weaknesses."
    return "\n".join([*weak, counts]), bool(weak)


def _line(package: dict[str, Any], weakness: dict[str, Any]) -> str:
    mended = ", ".join(weakness.get("fix_versions", ())) or "no version yet"
    return f"{package['name']} {package['version']}: {weakness['id']}, mended in {mended}"


if __name__ == "__main__":
    sys.exit(main())
