"""The papers name only what exists: paths, tests, links, and targets of the Makefile."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAPERS = [
    *(ROOT / name for name in ("README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "THREAT_MODEL.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
APP = "APP"  # stands for any app in CONTRIBUTING.md
INVENTED = ("moonshop", "july.csv")  # the example of a new layout in CONTRIBUTING.md
# A path: words separated by slashes, of which the first is a folder of ours, or a single file name with a known ending.
PATH = re.compile(
    r"(?<![\w/.=:{}…-])(?:[\w.-]+/)+[\w.*-]*|(?<![\w/.=:{}…-])[\w-]+\.(?:py|toml|md|yaml|yml|lock)\b(?!/)"
)
CODE = re.compile(r"`([^`\n]+)`|^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)


@cache
def files() -> frozenset[str]:
    """Return the paths of all files of the repository, and those of their folders with a slash at the end."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    names = listed.stdout.split() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
    return frozenset(names) | {f"{parent}/" for name in names for parent in Path(name).parents if parent != Path()}


@cache
def top_folders() -> frozenset[str]:
    return frozenset(name.partition("/")[0] for name in files() if "/" in name)


def code_of(paper: Path) -> Iterator[str]:
    """Yield what a paper has in backticks, and the lines of its blocks of code."""
    for inline, block in CODE.findall(paper.read_text(encoding="utf-8")):
        yield from [inline] if inline else block.splitlines()


def paths_of(paper: Path) -> set[str]:
    found = {match for text in code_of(paper) for match in PATH.findall(text)}
    known = (*top_folders(), APP)
    return {path.rstrip(".") for path in found if path.partition("/")[0] in known or "/" not in path}


def exists(path: str) -> bool:
    """Whether `path` is a file or folder. `APP` may be any app, and a bare file name may be in any folder."""
    if APP in path.split("/"):
        return any(exists(path.replace(APP, folder, 1)) for folder in top_folders())
    if "*" in path:
        return any(ROOT.glob(path))
    if path in files() or f"{path}/" in files():
        return True
    return "/" not in path and any(name.endswith(f"/{path}") for name in files())


def test_a_path_that_does_not_exist_is_found(tmp_path: Path) -> None:
    paper = tmp_path / "paper.md"
    paper.write_text(
        "`oas/nowhere.py`, `oas/urls.py`, `APP/nowhere.py`, `nowhere.py`\n\n```\npy -m pytest tests/gone.py\n```\n"
    )
    missing = {path for path in paths_of(paper) if not exists(path)}
    assert missing == {"oas/nowhere.py", "APP/nowhere.py", "nowhere.py", "tests/gone.py"}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_path_exists(paper: Path) -> None:
    named = {path for path in paths_of(paper) if not any(word in path for word in INVENTED)}
    assert {path for path in named if not exists(path)} == set()


def test_the_papers_for_contributors_name_paths() -> None:
    """Else the test above would hold by finding none."""
    assert len(paths_of(ROOT / "ARCHITECTURE.md")) > 60
    assert len(paths_of(ROOT / "CONTRIBUTING.md")) > 40


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_test_exists(paper: Path) -> None:
    text = "\n".join(code_of(paper))
    for path, name in re.findall(r"(tests/[\w/.]+\.py)(?:::(test_\w+))?", text):
        module = (ROOT / path).read_text(encoding="utf-8")
        assert name in ("", "test_name") or f"\ndef {name}(" in module, f"{path} has no {name}"


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_link_leads_to_a_file_and_a_heading(paper: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", paper.read_text(encoding="utf-8")):
        path, _, anchor = target.partition("#")
        linked = (paper.parent / path).resolve() if path else paper
        assert linked.is_file(), target
        assert not anchor or anchor in anchors_of(linked), target


def anchors_of(paper: Path) -> set[str]:
    """Return the anchors of a paper's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", paper.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.name)
def test_every_command_exists(paper: Path) -> None:
    """Targets of `make`, commands of `manage.py`, modules of `python -m`."""
    text = "\n".join(code_of(paper))
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    for line in re.findall(r"^make ([a-z ]+)|[^\w]make ([a-z ]+)", text, re.MULTILINE):
        assert set("".join(line).split()) <= targets, line
    for module in re.findall(r"-m ((?:benchmarks|tests|devstack)[\w.]*)", text):
        assert exists(f"{module.replace('.', '/')}.py"), module
