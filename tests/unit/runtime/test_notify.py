"""What is said to systemd."""

import os
import socket
from pathlib import Path

import pytest

from standfast.runtime.live import notify


def test_a_state_is_one_datagram(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd would wait for a word that never comes."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "s"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "s"))
        assert notify.notify(notify.READY, "STATUS=up")
        assert systemd.recv(100) == b"READY=1\nSTATUS=up"


def test_without_systemd_nothing_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A daemon that is started by hand would fail."""
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    assert not notify.notify(notify.READY)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "gone"))
    assert not notify.notify(notify.READY)


def test_the_watchdog_is_fed_twice_as_often_as_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd would end a daemon that is well."""
    monkeypatch.setenv("WATCHDOG_USEC", "30000000")
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()))
    assert notify.watchdog_interval_s() == 15.0
    monkeypatch.setenv("WATCHDOG_PID", "1")
    assert notify.watchdog_interval_s() == 0.0
