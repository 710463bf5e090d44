"""Ports, and the packages that services come from."""

from __future__ import annotations

import socket

import pytest

from devstack.services.service import NotInstalled, NotReady, expect, free_port, is_taken, script, wheel


def test_a_port_is_taken_while_a_process_listens_on_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert is_taken(port)
    assert not is_taken(port)


def test_a_free_port_can_be_bound() -> None:
    socket.create_server(("127.0.0.1", free_port())).close()


def test_a_package_that_is_not_installed_is_named() -> None:
    with pytest.raises(NotInstalled, match=r"The package no_such_wheel is not installed: run make install\."):
        wheel("no_such_wheel")


def test_a_program_that_is_not_installed_is_named() -> None:
    with pytest.raises(NotInstalled, match=r"The program no-such-program is not installed: run make install\."):
        script("no-such-program")


def test_a_condition_that_does_not_hold_is_not_ready() -> None:
    expect([1], "there are none")
    with pytest.raises(NotReady, match="there are none"):
        expect([], "there are none")
