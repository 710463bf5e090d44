"""The supervisor, run over shell scripts that do what services do when things go wrong."""

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
from devstack.services.service import Build, Service, free_port
from devstack.supervisor import ServiceFailed, Supervisor
from tests.session import wait_for

FOREVER = "exec sleep 600"


@pytest.fixture
def reported() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, reported: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(module, "BACK_OFF", (0.02, 0.1))
    monkeypatch.setattr(module, "STOP_LIMIT", 1.0)
    folder = Folder(tmp_path)
    made = Supervisor(folder, reported.append)
    yield made
    made.stop()


def service(
    folder: Folder, script: str, *, ready: Callable[[], object] = lambda: None, port: int | None = None
) -> Service:
    return Service(
        name="service",
        command=["/bin/sh", "-c", script],
        ready=ready,
        env=base_environment(folder.root),
        cwd=folder.root,
        port=port,
    )


def start(supervisor: Supervisor, script: str) -> psutil.Process:
    supervisor.launch(lambda: service(supervisor.folder, script), wave=1)
    supervisor.wait_ready(5)
    return psutil.Process(supervisor.running[0].process.pid)


def tick_until(supervisor: Supervisor, condition: Callable[[], object]) -> None:
    def look() -> object:
        supervisor.tick()
        return condition()

    wait_for(look, 30, "the supervisor")


def test_a_service_that_dies_is_reported_and_started_again(supervisor: Supervisor, reported: list[str]) -> None:
    first = start(supervisor, FOREVER)

    first.kill()
    tick_until(supervisor, partial(_is_another, supervisor, first.pid))

    assert reported == ["service was ended by SIGKILL; starting it again in 0.02 s"]
    assert supervisor.running[0].process.poll() is None


def test_children_of_a_dead_service_are_ended_before_it_starts_again(supervisor: Supervisor) -> None:
    parent = start(supervisor, "sleep 600 & wait")
    wait_for(parent.children, 5, "the child")
    (child,) = parent.children()

    parent.kill()
    tick_until(supervisor, partial(_is_another, supervisor, parent.pid))

    wait_for(lambda: not child.is_running(), 5, "the child to end")


def test_the_wait_before_a_start_doubles_up_to_the_longest(supervisor: Supervisor, reported: list[str]) -> None:
    start(supervisor, "exec sleep 0.05")

    with pytest.raises(ServiceFailed):
        tick_until(supervisor, lambda: False)

    waits = [float(sentence.split()[-2]) for sentence in reported]
    assert waits == [0.02, 0.04, 0.08, 0.1]


def test_five_deaths_within_a_minute_end_the_stack_with_the_end_of_the_log(supervisor: Supervisor) -> None:
    start(supervisor, "echo going down; exec sleep 0.05")

    with pytest.raises(ServiceFailed, match=r"(?s)service died 5 times within a minute.*going down") as failure:
        tick_until(supervisor, lambda: False)

    assert str(failure.value).count("going down") == 5


def test_four_deaths_within_a_minute_do_not_end_it(supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch) -> None:
    start(supervisor, FOREVER)
    for _ in range(4):
        pid = supervisor.running[0].process.pid
        os.kill(pid, signal.SIGKILL)
        tick_until(supervisor, partial(_is_another, supervisor, pid))

    monkeypatch.setattr(module, "WITHIN", 0.0)  # as if the four were long ago
    pid = supervisor.running[0].process.pid
    os.kill(pid, signal.SIGKILL)
    tick_until(supervisor, partial(_is_another, supervisor, pid))


def _is_another(supervisor: Supervisor, pid: int) -> bool:
    return supervisor.running[0].process.pid != pid


def test_a_service_that_ends_before_it_is_ready_fails_at_once(supervisor: Supervisor) -> None:
    supervisor.launch(lambda: service(supervisor.folder, "echo no such setting; exit 3", ready=_never), wave=1)

    with pytest.raises(ServiceFailed, match=r"(?s)service ended with exit code 3 before it was ready.*no such setting"):
        supervisor.wait_ready(5)


def test_a_service_that_is_late_is_named_with_its_reason(supervisor: Supervisor) -> None:
    supervisor.launch(lambda: service(supervisor.folder, FOREVER, ready=_never), wave=1)

    with pytest.raises(ServiceFailed, match=r"service did not become ready within 0 seconds \(asleep\)"):
        supervisor.wait_ready(0.2)


def _never() -> None:
    raise ConnectionError("asleep")


def test_a_service_whose_port_was_taken_gets_another(supervisor: Supervisor, tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        ports = [other.getsockname()[1], free_port()]
        supervisor.launch(_bound_to(supervisor.folder, ports), wave=1)
        supervisor.wait_ready(10)

    assert ports == []
    assert supervisor.running[0].tries == 2


def _bound_to(folder: Folder, ports: list[int]) -> Build:
    """Build services that listen on these ports, one after the other, and that end when they cannot."""

    def build() -> Service:
        port = ports.pop(0)
        program = f"import socket, time; s = socket.create_server(('127.0.0.1', {port})); time.sleep(600)"
        return service(folder, f'exec {sys.executable} -c "{program}"', ready=lambda: _connect(port), port=port)

    def _connect(port: int) -> None:
        if ports:
            raise ConnectionError("that is the other program")
        socket.create_connection(("127.0.0.1", port), timeout=1).close()

    return build


def test_stop_ends_a_service_that_ignores_its_signal_and_its_children(supervisor: Supervisor) -> None:
    stubborn = start(supervisor, "trap '' TERM; setsid sleep 600 & sleep 600 & while true; do sleep 0.1; done")
    wait_for(lambda: len(stubborn.children()) >= 2, 5, "the children")
    family = [stubborn, *stubborn.children(recursive=True)]

    supervisor.stop()

    assert [process for process in family if process.is_running()] == []


def test_services_are_ended_wave_by_wave(supervisor: Supervisor) -> None:
    log = supervisor.folder.root / "order"
    for name, wave in (("server", 1), ("client", 2)):
        script = f"trap 'echo {name} >> {log}; exit' TERM; touch {name}; while true; do sleep 0.02; done"
        supervisor.launch(partial(service, supervisor.folder, script), wave=wave)
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


def test_leftovers_of_a_killed_run_are_ended_and_other_processes_are_not(supervisor: Supervisor) -> None:
    marked = subprocess.Popen(["sleep", "600"], env=base_environment(supervisor.folder.root))
    unrelated = subprocess.Popen(["sleep", "600"])
    try:
        supervisor.end_leftovers()

        assert marked.wait(timeout=5) is not None
        assert unrelated.poll() is None
    finally:
        unrelated.kill()
        unrelated.wait()


def test_a_recorded_id_that_belongs_to_another_process_now_is_left_alone(supervisor: Supervisor) -> None:
    unrelated = subprocess.Popen(["sleep", "600"])
    supervisor.folder.processes.write_text(f'[{{"name": "x", "pid": {unrelated.pid}, "created": 1.0}}]')
    try:
        supervisor.end_leftovers()

        assert unrelated.poll() is None
    finally:
        unrelated.kill()
        unrelated.wait()
