"""The attendant as a process: it is told, it tells, it ends last, and another follows one that dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import select
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from standfast.director import vrrp
from standfast.director.checks import Script
from standfast.director.configuration import Fifo
from standfast.director.vrrp.events import Notify, State, TrackChanged
from standfast.director.vrrp.live.attendance import ATTENDANT, Attendance
from standfast.director.vrrp.live.timers import TimerQueue
from standfast.director.vrrp.tracking import Reading

LIMIT_S = 20
SOURCE = str(Path(__file__).resolve().parents[5] / "src")


class Host:
    """The VRRP process's loop, as far as it concerns the attendant."""

    def __init__(self) -> None:
        self.heard: list[TrackChanged] = []
        self._poll = select.epoll()
        self._timers = TimerQueue()
        self._poll.register(self._timers.fileno(), select.EPOLLIN)
        self.attendance = Attendance(self._poll, self._timers, self.heard.append)

    def until(self, condition: Callable[[], object]) -> bool:
        end = time.monotonic() + LIMIT_S
        while not condition():
            if time.monotonic() > end:
                return False
            self._timers.arm()
            ready = {fd for fd, _ in self._poll.poll(0.1)}
            if self.attendance.fileno() in ready:
                self.attendance.read()
            self._timers.acknowledge()
            for timer in self._timers.due():
                assert timer.router == ATTENDANT
                self.attendance.restart()
            self.attendance.flush()
        return True

    def close(self) -> None:
        self.attendance.end()
        self._timers.close()
        self._poll.close()


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> Iterator[Host]:
    """Return a host, which ends its attendant."""
    monkeypatch.setenv("PYTHONPATH", SOURCE)  # for the child: it is another program
    made = Host()
    yield made
    made.close()


@pytest.fixture
def configuration(tmp_path: Path, virtual_router: Callable[..., vrrp.VirtualRouter]) -> vrrp.Configuration:
    """Return a router that tracks a script and a file, and tells of its states into `calls`."""
    note = Script(("/bin/sh", "-c", f'sleep 0.1; echo "$@" >> {tmp_path}/calls', "sh"))
    tracked = (vrrp.Tracked("script:chk"), vrrp.Tracked("file:f"))
    return vrrp.Configuration(
        (virtual_router(tracked=tracked, notifies=vrrp.Notifies(any=note)),),
        scripts=(vrrp.TrackScript("chk", Script(("/usr/bin/test", "!", "-e", f"{tmp_path}/down")), interval_ms=50),),
        files=(vrrp.TrackFile("f", f"{tmp_path}/f", init_value=3),),
        telling=vrrp.Telling(user="root", fifos=(Fifo(f"{tmp_path}/fifo"),)),
    )


def test_what_is_tracked_is_told(host: Host, configuration: vrrp.Configuration, tmp_path: Path) -> None:
    """A router would know nothing of its scripts and files."""
    host.attendance.start(configuration)
    host.attendance.first()
    assert TrackChanged("file:f", Reading(True, 3)) in host.heard
    assert host.until(lambda: TrackChanged("script:chk", Reading(True)) in host.heard)
    (tmp_path / "down").touch()
    assert host.until(lambda: TrackChanged("script:chk", Reading(False)) in host.heard)
    (tmp_path / "f").write_text("-4")
    assert host.until(lambda: TrackChanged("file:f", Reading(True, -4)) in host.heard)


def test_what_is_told_last_is_run_before_the_end(host: Host, configuration: vrrp.Configuration, tmp_path: Path) -> None:
    """`notify_stop` would be lost with the process, or come before `notify_master`."""
    host.attendance.start(configuration)
    host.attendance.first()
    fifo = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    states = (State.BACKUP, State.ACTIVE, State.INITIALIZE)
    for state in states:
        host.attendance.tell(Notify("V", state, 100))
    host.attendance.end()
    words = ["BACKUP", "MASTER", "STOP"]
    assert (tmp_path / "calls").read_text().split("\n")[:-1] == [f"INSTANCE V {word} 100" for word in words]
    assert os.read(fifo, 4096).decode().split("\n")[:-1] == [f'INSTANCE "V" {word} 100' for word in words]
    os.close(fifo)
    assert not (tmp_path / "fifo").exists()


def test_another_follows_one_that_dies(host: Host, configuration: vrrp.Configuration, tmp_path: Path) -> None:
    """Nothing would be tracked, and nobody told, until somebody notices."""
    host.attendance.start(configuration)
    host.attendance.first()
    before = host.attendance.pid
    os.kill(before, signal.SIGKILL)
    assert host.until(lambda: host.attendance.pid not in (0, before))
    host.heard.clear()
    host.attendance.tell(Notify("V", State.ACTIVE, 100))
    assert host.until(lambda: TrackChanged("script:chk", Reading(True)) in host.heard)
    assert host.until((tmp_path / "calls").exists)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_whose_scripts_are(host: Host, configuration: vrrp.Configuration) -> None:
    """What an ordinary user may do would be done by root."""
    number = pwd.getpwnam("nobody").pw_uid
    check = Script(("/bin/sh", "-c", f'test "$(id -u) $(id -G)" = "{number} $(id -g)"'))
    scripts = (vrrp.TrackScript("chk", check),)
    telling = replace(configuration.telling, user="nobody", script_security=True)
    host.attendance.start(replace(configuration, scripts=scripts, telling=telling))
    assert host.until(lambda: TrackChanged("script:chk", Reading(True)) in host.heard)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_a_script_that_others_can_change_is_not_run(
    host: Host, configuration: vrrp.Configuration, tmp_path: Path
) -> None:
    """Any user of the machine could have root run what he likes."""
    path = tmp_path / "check"
    path.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    path.chmod(0o777)
    scripts = (vrrp.TrackScript("chk", Script((str(path),))),)
    telling = replace(configuration.telling, script_security=True)
    host.attendance.start(replace(configuration, scripts=scripts, telling=telling))
    assert host.until(lambda: TrackChanged("script:chk", Reading(False)) in host.heard)
    assert not (tmp_path / "ran").exists()


def test_another_configuration_follows(host: Host, configuration: vrrp.Configuration, tmp_path: Path) -> None:
    """A reload would leave what is tracked as it was."""
    host.attendance.start(configuration)
    host.attendance.first()
    assert host.until(lambda: TrackChanged("script:chk", Reading(True)) in host.heard)
    before = host.attendance.pid
    (tmp_path / "other").write_text("8")
    host.heard.clear()
    host.attendance.start(replace(configuration, files=(vrrp.TrackFile("f", f"{tmp_path}/other"),)))
    assert host.until(lambda: TrackChanged("file:f", Reading(True, 8)) in host.heard)
    assert host.attendance.pid == before
    assert host.until(lambda: TrackChanged("script:chk", Reading(True)) in host.heard)


def test_a_fifos_script_gets_its_path(host: Host, configuration: vrrp.Configuration, tmp_path: Path) -> None:
    """`notify_fifo_script` would not know what to read."""
    script = Script(("/bin/sh", "-c", f'head -n 1 "$1" > {tmp_path}/head', "sh"))
    telling = replace(configuration.telling, fifos=(Fifo(f"{tmp_path}/fifo", script=script),))
    host.attendance.start(replace(configuration, telling=telling))
    host.attendance.first()
    host.attendance.tell(Notify("V", State.ACTIVE, 100))
    head = tmp_path / "head"
    assert host.until(lambda: head.exists() and head.read_text() == 'INSTANCE "V" MASTER 100\n')


def test_one_that_does_not_listen_holds_nobody_up(
    host: Host, configuration: vrrp.Configuration, virtual_router: Callable[..., vrrp.VirtualRouter], tmp_path: Path
) -> None:
    """The routers would wait for a mail server, and their adverts be late."""
    plain = replace(configuration, routers=(virtual_router(),))
    host.attendance.start(plain)
    host.attendance.first()
    fifo = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    fcntl.fcntl(fifo, fcntl.F_SETPIPE_SZ, 1 << 20)  # or lines are lost, as nobody reads meanwhile
    pid, heard = host.attendance.pid, b""
    os.kill(pid, signal.SIGSTOP)
    for number in range(4000):
        host.attendance.tell(Notify("V", State.ACTIVE, number % 255))
        host.attendance.flush()
    host.attendance.tell(Notify("V", State.INITIALIZE, 100))
    os.kill(pid, signal.SIGCONT)

    def last_came() -> bool:
        nonlocal heard
        with contextlib.suppress(BlockingIOError):
            heard += os.read(fifo, 1 << 16)
        return heard.endswith(b"STOP 100\n")

    assert host.until(last_came)
    assert host.attendance.pid == pid
    os.kill(pid, signal.SIGSTOP)
    for _ in range(4000):
        host.attendance.tell(Notify("V", State.ACTIVE, 100))
        host.attendance.flush()
    host.attendance.start(replace(plain, scripts=()))
    assert host.until(lambda: host.attendance.pid not in (0, pid))
    os.close(fifo)


def test_none_is_started_for_nothing(host: Host, virtual_router: Callable[..., vrrp.VirtualRouter]) -> None:
    """A machine with plain routers would have one more process."""
    host.attendance.start(vrrp.Configuration((virtual_router(),)))
    host.attendance.first()
    host.attendance.tell(Notify("V", State.ACTIVE, 100))
    host.attendance.flush()
    assert host.attendance.fileno() == -1
    assert host.attendance.pid == 0
