"""The supervisor over small parts of our own: shell scripts that do what parts do when things go wrong."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from devstack import supervisor as module
from devstack.folder import Folder
from devstack.process import base_environment
from devstack.service import Build, Part, free_port
from devstack.supervisor import PartFailed, Supervisor
from tests.session import wait_for

FOREVER = "exec sleep 600"


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(module, "BACK_OFF", (0.02, 0.1))
    monkeypatch.setattr(module, "STOP_LIMIT", 1.0)
    folder = Folder(tmp_path)
    made = Supervisor(folder, said.append)
    yield made
    made.stop()


def part(folder: Folder, script: str, *, ready: Callable[[], object] = lambda: None, port: int | None = None) -> Part:
    return Part(
        name="part",
        command=["/bin/sh", "-c", script],
        ready=ready,
        env=base_environment(folder.root),
        cwd=folder.root,
        port=port,
    )


def start(supervisor: Supervisor, script: str) -> psutil.Process:
    supervisor.launch(lambda: part(supervisor.folder, script), wave=1)
    supervisor.wait_ready(5)
    return psutil.Process(supervisor.running[0].process.pid)


def tick_until(supervisor: Supervisor, condition: Callable[[], object]) -> None:
    def look() -> object:
        supervisor.tick()
        return condition()

    wait_for(look, 30, "the supervisor")


def test_a_part_that_dies_is_said_and_started_again(supervisor: Supervisor, said: list[str]) -> None:
    first = start(supervisor, FOREVER)

    first.kill()
    tick_until(supervisor, partial(_is_another, supervisor, first.pid))

    assert said == ["part was ended by SIGKILL; starting it again in 0.02 s"]
    assert supervisor.running[0].process.poll() is None


def test_children_of_a_dead_part_are_ended_before_it_starts_again(supervisor: Supervisor) -> None:
    parent = start(supervisor, "sleep 600 & wait")
    wait_for(parent.children, 5, "the child")
    (child,) = parent.children()

    parent.kill()
    tick_until(supervisor, partial(_is_another, supervisor, parent.pid))

    wait_for(lambda: not child.is_running(), 5, "the child to end")


def test_waits_double_up_to_the_longest(supervisor: Supervisor, said: list[str]) -> None:
    start(supervisor, "exec sleep 0.05")

    with pytest.raises(PartFailed):
        tick_until(supervisor, lambda: False)

    waits = [float(sentence.split()[-2]) for sentence in said]
    assert waits == [0.02, 0.04, 0.08, 0.1]


def test_five_deaths_within_a_minute_end_the_stack_with_the_end_of_the_log(supervisor: Supervisor) -> None:
    start(supervisor, "echo going down; exec sleep 0.05")

    with pytest.raises(PartFailed, match=r"(?s)part died 5 times within a minute.*going down") as failure:
        tick_until(supervisor, lambda: False)

    assert str(failure.value).count("going down") == 5


def test_four_deaths_in_a_minute_are_borne(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    start(supervisor, FOREVER)
    for _ in range(4):
        pid = supervisor.running[0].process.pid
        os.kill(pid, signal.SIGKILL)
        tick_until(supervisor, partial(_is_another, supervisor, pid))

    monkeypatch.setattr(module, "WITHIN", 0.0)  # the four are long ago now
    pid = supervisor.running[0].process.pid
    os.kill(pid, signal.SIGKILL)
    tick_until(supervisor, partial(_is_another, supervisor, pid))


def _is_another(supervisor: Supervisor, pid: int) -> bool:
    return supervisor.running[0].process.pid != pid


def test_a_part_that_ends_before_it_is_ready_fails_at_once(supervisor: Supervisor) -> None:
    supervisor.launch(lambda: part(supervisor.folder, "echo no such setting; exit 3", ready=_never), wave=1)

    with pytest.raises(PartFailed, match=r"(?s)part ended with exit code 3 before it was ready.*no such setting"):
        supervisor.wait_ready(5)


def test_a_part_that_is_late_is_named_with_its_reason(supervisor: Supervisor) -> None:
    supervisor.launch(lambda: part(supervisor.folder, FOREVER, ready=_never), wave=1)

    with pytest.raises(PartFailed, match=r"part did not become ready within 0 seconds \(asleep\)"):
        supervisor.wait_ready(0.2)


def _never() -> None:
    raise ConnectionError("asleep")


def test_a_part_whose_port_was_snatched_gets_another(supervisor: Supervisor, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = [other.getsockname()[1], free_port()]
        supervisor.launch(_bound_to(supervisor.folder, ports), wave=1)
        supervisor.wait_ready(10)

    assert ports == []
    assert supervisor.running[0].tries == 2


def _bound_to(folder: Folder, ports: list[int]) -> Build:
    """Parts that listen on these ports, one after the other, and end when they cannot."""

    def build() -> Part:
        port = ports.pop(0)
        program = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
        return part(folder, f'exec {sys.executable} -c "{program}"', ready=lambda: _connect(port), port=port)

    def _connect(port: int) -> None:
        if ports:
            raise ConnectionError("that is the other program")
        socket.create_connection(("127.0.0.1", port), timeout=1).close()

    return build


def test_stop_ends_a_part_that_will_not_listen_and_its_children(supervisor: Supervisor) -> None:
    stubborn = start(supervisor, "trap '' TERM; setsid sleep 600 & sleep 600 & while true; do sleep 0.1; done")
    wait_for(lambda: len(stubborn.children()) >= 2, 5, "the children")
    family = [stubborn, *stubborn.children(recursive=True)]

    supervisor.stop()

    assert [process for process in family if process.is_running()] == []


def test_parts_are_ended_wave_by_wave(supervisor: Supervisor) -> None:
    log = supervisor.folder.root / "order"
    for name, wave in (("server", 1), ("client", 2)):
        script = f"trap 'echo {name} >> {log}; exit' TERM; touch {name}; while true; do sleep 0.02; done"
        supervisor.launch(partial(part, supervisor.folder, script), wave=wave)
    wait_for(lambda: all((supervisor.folder.root / name).exists() for name in ("server", "client")), 5, "both")

    supervisor.stop()

    assert log.read_text().split() == ["client", "server"]


def test_a_step_is_run_to_its_end_with_its_exit_code(supervisor: Supervisor) -> None:
    log = supervisor.folder.log("step")

    code = supervisor.run(["/bin/sh", "-c", "echo done; exit 7"], env={}, cwd=log.parent, log=log, limit=10)

    assert (code, log.read_text()) == (7, "done\n")


def test_a_step_that_takes_too_long_is_ended(supervisor: Supervisor) -> None:
    log = supervisor.folder.log("step")

    assert supervisor.run(["/bin/sleep", "600"], env={}, cwd=log.parent, log=log, limit=0.2) == module.TIMED_OUT


def test_leftovers_of_a_killed_run_are_ended_and_strangers_are_not(supervisor: Supervisor) -> None:
    marked = subprocess.Popen(["sleep", "600"], env=base_environment(supervisor.folder.root))
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        supervisor.end_leftovers()

        assert marked.wait(timeout=5) is not None
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_recorded_id_that_was_given_to_another_process_is_left_alone(supervisor: Supervisor) -> None:
    stranger = subprocess.Popen(["sleep", "600"])
    supervisor.folder.processes.write_text(f'[{{"name": "x", "pid": {stranger.pid}, "created": 1.0}}]')
    try:
        supervisor.end_leftovers()

        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_part_dies_with_a_supervisor_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import time, pathlib; from devstack.process import spawn;"
        "p = spawn(['sleep', '600'], env={}, cwd=pathlib.Path('/'), log=None);"
        "print(p.pid, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))

    parent.kill()
    parent.wait()
    parent.stdout.close()

    wait_for(lambda: not _runs(child), 5, "the part to end")


def _runs(process: psutil.Process) -> bool:
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
