"""The programs of a member: Corosync, our agent, and what the cluster needs beside them."""

from __future__ import annotations

import contextlib
import functools
import http.client
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from standfast.enrolment.live.places import CONF_VARIABLE, Places
from standfast.errors import Exit, LiveError, RequestError
from standfast.messaging.live import corosync_facts

UNITS = ("corosync.service", "standfast-cluster.service")
START_LIMIT_S = 60.0
STOP_LIMIT_S = 60.0
DAEMON_SOCKET = Path("/run/standfast/api.sock")
_SYSTEMD = Path("/run/systemd/system")
_LOG = Path("/var/log/standfast-cluster.log")
_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


class ProgramError(LiveError):
    """A program does not start, or does not end. `exit_status` is what a command ends with."""

    exit_status = Exit.UNAVAILABLE


@functools.cache
def corosync_version() -> str:
    """Return the version of the Corosync on this machine, empty if there is none."""
    program = shutil.which("corosync", path=_PATH)
    if not program:
        return ""
    try:
        done = subprocess.run([program, "-v"], capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"version '([^']+)'", done.stdout)
    return found[1] if found else ""


def demand_corosync() -> str:
    """Return Corosync's version. Raises: RequestError if it is not installed, or too old."""
    version = corosync_version()
    if not version:
        line = "apt-get install -y --no-install-recommends corosync"
        raise RequestError(f"corosync is not installed on this machine; type: {line}", Exit.UNAVAILABLE)
    if not version.startswith("3."):
        raise RequestError(f"corosync is {version} on this machine (expected: 3.x)", Exit.UNSATISFIED)
    return version


def answers() -> bool:
    """Return whether a Corosync answers on this machine."""
    with contextlib.suppress(LiveError):
        corosync_facts.configuration("totem.version")
        return True
    return False


def start(places: Places, agent_answers: Callable[[], bool]) -> None:
    """Start Corosync and the agent, and return when both answer. Raises: LiveError, after which nothing new runs."""
    ran = answers()
    if not ran:
        _start_corosync(places)
    try:
        until(answers, START_LIMIT_S, "Corosync does not answer", "corosync -t says what is wrong; else see its log")
        if not agent_answers():
            _start_agent(places)
        until(agent_answers, START_LIMIT_S, "the agent does not answer", f"see {_LOG}")
    except LiveError:
        if not ran:
            with contextlib.suppress(LiveError):
                stop(0)
        raise


def _start_corosync(places: Places) -> None:
    if _SYSTEMD.is_dir():
        _run(["systemctl", "start", UNITS[0]], {})
    else:
        _run([shutil.which("corosync", path=_PATH) or "corosync"], {CONF_VARIABLE: str(places.conf)})


def _start_agent(places: Places) -> None:
    if _SYSTEMD.is_dir() and _has_unit(UNITS[1]):
        _run(["systemctl", "start", UNITS[1]], {})
        return
    environment = {**os.environ, CONF_VARIABLE: str(places.conf)}
    with contextlib.suppress(OSError):
        _LOG.parent.mkdir(parents=True, exist_ok=True)
    with open(_LOG, "ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "standfast.enrolment.live.agent"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True,
        )  # fmt: skip


def _has_unit(unit: str) -> bool:
    done = subprocess.run(["systemctl", "cat", unit], capture_output=True, check=False)
    return done.returncode == 0


def stop(agent_pid: int) -> None:
    """End the daemon, the agent and Corosync, in this order; return when all are gone. Raises: LiveError."""
    stop_daemon()
    if _SYSTEMD.is_dir() and _has_unit(UNITS[1]):
        _run(["systemctl", "stop", *reversed(UNITS)], {})
        return
    if agent_pid:
        with contextlib.suppress(ProcessLookupError):
            os.kill(agent_pid, signal.SIGTERM)
            until(functools.partial(_is_gone, agent_pid), STOP_LIMIT_S, "the agent does not end", f"see {_LOG}")
    stop_corosync()


class _Daemon(http.client.HTTPConnection):
    """HTTP to this node's daemon."""

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(DAEMON_SOCKET))


def stop_daemon() -> None:
    """Let this node's daemon, if there is one, give its resources away and end. Raises: LiveError if it does not."""
    if not _daemon_answers():
        return
    connection = _Daemon("node", timeout=STOP_LIMIT_S)
    try:
        connection.request("POST", "/v1/stop", b"{}", {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status >= http.client.BAD_REQUEST:
            raise ProgramError(f"standfastd does not stop: {answer.read(2000).decode(errors='replace')}")
    except (OSError, http.client.HTTPException):
        pass  # it may end before it has answered
    finally:
        connection.close()
    until(lambda: not _daemon_answers(), STOP_LIMIT_S, "standfastd does not end", "standfast status; its log")


def _daemon_answers() -> bool:
    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        probe.connect(str(DAEMON_SOCKET))
        return True
    return False


def stop_corosync() -> None:
    """End Corosync; return when it is gone. Raises: LiveError."""
    if _SYSTEMD.is_dir():
        _run(["systemctl", "stop", UNITS[0]], {})
    elif answers():
        with contextlib.suppress(LiveError):  # it may be gone before it has answered
            corosync_facts.shut_down(regardless=True)
        until(lambda: not answers(), STOP_LIMIT_S, "Corosync does not end", "corosync-cfgtool -H --force")
        until(_no_lock, STOP_LIMIT_S, "Corosync does not end", "see its log")


def _no_lock() -> bool:
    """Return whether the process that Corosync's lock file names is gone."""
    for file in (Path("/run/corosync.pid"), Path("/var/run/corosync.pid")):
        with contextlib.suppress(OSError, ValueError):
            return _is_gone(int(file.read_text()))
    return True


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state == "Z"


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=START_LIMIT_S, stdin=subprocess.DEVNULL,
            env={**os.environ, **environment},
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ProgramError(f"{command[0]}: {error}") from None
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise ProgramError(f"{' '.join(command)} failed: {said or f'status {done.returncode}'}")


def until(condition: Callable[[], bool], limit_s: float, what: str, cure: str) -> None:
    """Return when it is so. Raises: LiveError after the limit."""
    end = time.monotonic() + limit_s
    while not condition():
        if time.monotonic() > end:
            raise ProgramError(f"{what} within {limit_s:.0f} s ({cure})")
        time.sleep(0.05)
