"""`python manage.py local`: runs the embedded stack. It needs no setting, so it runs before Django is set up."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from devstack.folder import Folder, FolderInUse
from devstack.process import NOT_PASSED_ON
from devstack.services.postgres import CannotPlace
from devstack.services.programs import PortTaken
from devstack.services.service import NotInstalled
from devstack.stack import Stack
from devstack.supervisor import ServiceFailed

STOPPED_BY = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
FAILED, REFUSED = 1, 2  # exit codes


class Stopped(BaseException):
    """A signal asked us to end. Not an Exception: the supervisor catches those while it waits for services."""


@dataclass(frozen=True)
class Options:
    """Options of the command line; `add_arguments` describes each."""

    dir: Path
    port: int
    once: Path | None = None
    servers: bool = False
    persist: bool = False
    owner: int | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dir", type=Path, default=Path(".local"), help="where data, logs and secrets are kept")
    parser.add_argument("--port", type=int, default=8000, help="of the web server; 0 takes a free one")
    parser.add_argument("--owner", type=int, metavar="PID", help="end when this process is gone")
    parser.add_argument("--persist", action="store_true", help="start services again however often they die")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--once", type=Path, metavar="FILE", help="send this sales file, show its totals, and end")
    what.add_argument("--servers", action="store_true", help="only PostgreSQL, MongoDB, S3 and Redis")


def main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="manage.py local", description="Run everything OAS needs, in one folder.")
    add_arguments(parser)
    return run(Options(**vars(parser.parse_args(words))))


def run(options: Options) -> int:
    """Run until stopped, or until the file `once` is FINALIZED or has failed. Returns the exit code."""
    if options.once is not None and not options.once.is_file():
        return _refuse(f"There is no file {options.once}.")
    _forget_surroundings()
    folder = Folder(options.dir)
    try:
        with folder.locked():
            return _run_stack(Stack(folder, report, persist=options.persist), options)
    except (FolderInUse, PortTaken, CannotPlace, NotInstalled) as error:
        return _refuse(str(error))


def _run_stack(stack: Stack, options: Options) -> int:
    for number in STOPPED_BY:
        signal.signal(number, _stop)
    try:
        return _serve(stack, options)
    except Stopped:
        return 0 if options.once is None else FAILED
    except ServiceFailed as error:
        report(str(error))
        return FAILED
    finally:
        for number in STOPPED_BY:
            # Ending takes some seconds; a second Ctrl-C must not cut it short and leave processes running.
            signal.signal(number, signal.SIG_IGN)
        stack.stop()


def _serve(stack: Stack, options: Options) -> int:
    _start(stack, options)
    if options.once is not None:
        return stack.run("devstack.demo", str(options.once.resolve()))
    if not options.servers:
        _introduce(stack)
    report("ready")
    stack.supervisor.watch(options.owner)
    return 0


def _start(stack: Stack, options: Options) -> None:
    report(f"starting in {stack.folder.root}")
    started = time.monotonic()
    if options.servers:
        stack.start_servers()
    else:
        stack.start(port=options.port)
    stack.write_env()
    report(f"up after {time.monotonic() - started:.1f} s")


def _introduce(stack: Stack) -> None:
    known = stack.environment
    url = known["OAS_URL"]
    report(f"API      {url}/api/   X-Api-Key: {known['OAS_API_KEY']}")
    report(f"docs     {url}/api/docs/")
    report(f"admin    {url}/admin/   {known['OAS_ADMIN_USER']} / {known['OAS_ADMIN_PASSWORD']}")
    report(f"settings {stack.folder.env}")
    report(f"logs     {stack.folder.root / 'logs'}")


def _forget_surroundings() -> None:
    """Remove settings from our environment that libraries would read: they must not lead to servers of others."""
    for name in [name for name in os.environ if name.startswith(NOT_PASSED_ON)]:
        del os.environ[name]


def _stop(number: int, frame: FrameType | None) -> None:
    raise Stopped


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr, flush=True)
    return REFUSED


def report(sentence: str) -> None:
    print(sentence, flush=True)
