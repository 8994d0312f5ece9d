"""A node's first process: what makes the child of a supervisor a machine of its own.

It is forked, not executed: a boot costs no start of an interpreter. It holds the node's anchor connection to the
sequencer for as long as the node lives, starts the daemon once (again when it is sent SIGUSR1), and reaps. SIGTERM, by
which a daemon says that its node must not go on, ends the node at once; the supervisor boots it again.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from standfast.lab import topology
from standfast.lab.live import kernel
from standfast.messaging.live import anchor

READY = b"r"
UP = b"u"
FAILED = b"e"
RESET = 0  # the exit code of an init that was asked to end its node: a machine's reset button

_OVERLAID = ("/etc", "/var", "/usr/sbin")
_KEPT = {"lib": "/var/lib/standfast", "log": "/var/log", "etc": "/etc/standfast"}
_FRESH = ("/run", "/dev/shm", "/tmp")
SHARE_INSIDE = "/run/lab"
_WANTED = (signal.SIGCHLD, signal.SIGUSR1, signal.SIGTERM)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a node is made of.

    `folder`: the node's own folder, kept between its lives; `share`: the folder all nodes see as /run/lab;
    `visible`: paths that have to stay visible where a private folder would hide them; `daemon`: the command that is
    started, none if empty; `engine`: the command that is started before it, none if empty; `anchored`: an anchor at the
    sequencer is held.
    """

    node: topology.LabNode
    folder: Path
    share: Path
    environment: Mapping[str, str]
    daemon: Sequence[str] = ()
    engine: Sequence[str] = ()
    visible: Sequence[str] = ()
    rootful: bool = True
    overlay: bool = True
    anchored: bool = False


class _Held:
    """Descriptors of paths that a private mount is about to hide."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._fds = {path: os.open(path, os.O_PATH | os.O_CLOEXEC) for path in paths if os.path.exists(path)}

    def bind(self, path: str, target: str) -> None:
        """Bind what was at `path` to `target`, which is made."""
        source = f"/proc/self/fd/{self._fds[path]}"
        if os.path.isdir(source):
            os.makedirs(target, exist_ok=True)
        elif not os.path.exists(target):
            Path(target).touch()
        kernel.bind(source, target)

    def close(self) -> None:
        """Let go of them."""
        for fd in self._fds.values():
            os.close(fd)


def live(plan: Plan, ready: int, go: int) -> None:
    """Be the node, from the fork to its end. `ready` is written to, `go` read from: see `Supervisor.boot`."""
    try:
        _boot(plan, ready, go)
        signal.pthread_sigmask(signal.SIG_BLOCK, _WANTED)
        presence = _Presence(plan.node.id, plan.anchored)
        programs = _Programs(plan)
        programs.start()
    except BaseException as error:
        os.write(ready, FAILED + str(error).encode())
        raise
    os.write(ready, UP)
    os.close(ready)
    _serve(plan, programs, presence)


def _boot(plan: Plan, ready: int, go: int) -> None:
    os.setsid()
    _keep_only(ready, go)
    kernel.set_process_name(f"lab-{plan.node.name}")
    kernel.unshare(kernel.NEWNS | kernel.NEWUTS | kernel.NEWIPC | kernel.NEWNET)
    os.write(ready, READY)
    kernel.set_hostname(plan.node.name)
    _mounts(plan)
    os.chdir("/")
    if not os.read(go, 1):
        raise OSError("the supervisor is gone")
    os.close(go)
    _network(plan)


def _keep_only(*descriptors: int) -> None:
    """Close all else that the fork brought: the supervisor may be reading a pipe until its last writer is gone."""
    begin = 3
    for fd in sorted(descriptors):
        os.closerange(begin, fd)
        begin = fd + 1
    os.closerange(begin, 1 << 20)


def _network(plan: Plan) -> None:
    done = subprocess.run(
        ["ip", "-batch", "-"], input=topology.node_batch(plan.node), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise OSError(f"ip: {' '.join(done.stderr.split())}")


def _mounts(plan: Plan) -> None:
    kernel.private_mounts()
    kept = {name: str(plan.folder / name) for name in _KEPT}
    hidden = [path for path in plan.visible if path.startswith(tuple(f"{top}/" for top in (*_FRESH, *_OVERLAID)))]
    held = _Held([*kept.values(), str(plan.share), *hidden])
    kernel.mount("proc", "/proc", "proc")
    with contextlib.suppress(OSError):
        kernel.mount("sysfs", "/sys", "sysfs")
    kernel.mount("tmpfs", "/tmp", "tmpfs", data="mode=0755")
    for target in _OVERLAID if plan.overlay else ():
        _overlay(target, plan.rootful)
    for target in _FRESH:
        kernel.mount("tmpfs", target, "tmpfs", data="mode=1777" if target != "/run" else "mode=0755")
    for name, source in kept.items():
        _make(_KEPT[name])
        held.bind(source, _KEPT[name])
    held.bind(str(plan.share), SHARE_INSIDE)
    for path in hidden:
        held.bind(path, path)
    held.close()
    _files()


def _overlay(target: str, rootful: bool) -> None:
    """Let what is written below `target` stay in the node, where the kernel allows it."""
    upper, work = f"/tmp{target}/upper", f"/tmp{target}/work"
    os.makedirs(upper)
    os.makedirs(work)
    shutil.copymode(target, upper)
    if not rootful:
        _own_folders(target, upper, levels=2)
    options = f"lowerdir={target},upperdir={upper},workdir={work}"
    for more in ("", ",userxattr"):
        with contextlib.suppress(OSError):
            kernel.mount("overlay", target, "overlay", data=options + more)
            return


def _own_folders(lower: str, upper: str, levels: int) -> None:
    """Make folders in the upper layer: those below belong to a root who is nobody in our user namespace."""
    with os.scandir(lower) as entries:
        folders = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
    for name in folders:
        below, above = os.path.join(lower, name), os.path.join(upper, name)
        if os.access(below, os.R_OK | os.X_OK):
            os.mkdir(above)
            shutil.copymode(below, above)
            if levels > 1:
                _own_folders(below, above, levels - 1)


def _make(path: str) -> None:
    try:
        os.makedirs(path, exist_ok=True)
    except OSError as error:
        raise OSError(f"{path} cannot be made in the node ({error.strerror}); type: sudo mkdir -p {path}") from error


def _files() -> None:
    """Put the shared files where programs look for them."""
    kernel.bind(f"{SHARE_INSIDE}/hosts", "/etc/hosts")
    if os.path.isdir(f"{SHARE_INSIDE}/init.d"):
        kernel.bind(f"{SHARE_INSIDE}/init.d", "/etc/init.d")
    for folder in ("/run/resource-agents", "/run/lock", "/run/standfast", "/run/user"):
        os.makedirs(folder, exist_ok=True)
    # A machine that systemd has not booted (a container) may lack it, and ocf:heartbeat:Filesystem reads it.
    with contextlib.suppress(OSError):
        os.symlink("/proc/self/mounts", "/etc/mtab")
    tools = f"{SHARE_INSIDE}/sbin"
    for name in os.listdir(tools) if os.path.isdir(tools) else ():
        with contextlib.suppress(OSError):
            link = f"/usr/sbin/{name}.lab"
            os.symlink(f"{tools}/{name}", link)
            os.rename(link, f"/usr/sbin/{name}")


def _serve(plan: Plan, programs: _Programs, presence: _Presence) -> NoReturn:
    """Reap, start what ended again when told to, and be present for the sequencer, until the end."""
    woken, wake = os.pipe2(os.O_CLOEXEC | os.O_NONBLOCK)
    signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    for number in _WANTED:
        signal.signal(number, _noted)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _WANTED)
    while True:
        _wait(woken, presence)
        numbers = os.read(woken, 64) if select.select([woken], [], [], 0)[0] else b""
        if signal.SIGTERM in numbers:
            os._exit(RESET)
        programs.note(_reap())
        if signal.SIGUSR1 in numbers:
            programs.start()


def _wait(woken: int, presence: _Presence) -> None:
    """Return when there may be something to do."""
    readers = [woken, *presence.descriptors()]
    ready = select.select(readers, [], [], presence.patience_s)[0]
    presence.tend(ready)


def _noted(number: int, frame: object) -> None:
    """Handle a signal: the wake-up descriptor has its number already."""


class _Presence:
    """The node's anchor at the sequencer: as long as it is open, the machine is up. It comes back by itself."""

    def __init__(self, node_id: int, wanted: bool) -> None:
        self._node_id = node_id
        self._wanted = wanted
        self._connection: socket.socket | None = None
        self._connect()

    @property
    def patience_s(self) -> float | None:
        """Return how long to wait before the next attempt; None while there is nothing to attempt."""
        return anchor.RETRY_S if self._wanted and not self._connection else None

    def descriptors(self) -> list[int]:
        """Return what becomes readable when the sequencer is gone."""
        return [self._connection.fileno()] if self._connection else []

    def tend(self, ready: Sequence[int]) -> None:
        """See whether the connection is still there, and make one if there is none."""
        if self._connection and self._connection.fileno() in ready and not self._hears():
            self._connection.close()
            self._connection = None
        self._connect()

    def _hears(self) -> bool:
        assert self._connection
        with contextlib.suppress(OSError):
            return bool(self._connection.recv(4096))
        return False

    def _connect(self) -> None:
        if self._wanted and not self._connection:
            with contextlib.suppress(OSError):
                self._connection = anchor.anchor(f"{SHARE_INSIDE}/sequencer", self._node_id)
                os.set_inheritable(self._connection.fileno(), False)


def _reap() -> dict[int, int]:
    ended: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            ended[pid] = os.waitstatus_to_exitcode(status)
    return ended


class _Programs:
    """What the init starts: the engine's process, if the node has one of its own, and the daemon."""

    def __init__(self, plan: Plan) -> None:
        self._node = plan.node.name
        self._environment = dict(plan.environment)
        self._commands = {"corosync": list(plan.engine), "standfastd": list(plan.daemon)}
        self._pids: dict[str, int] = {}

    def start(self) -> None:
        """Start what does not run."""
        for name, command in self._commands.items():
            if command and not self._pids.get(name):
                self._pids[name] = _spawn(command, self._environment, f"/var/log/{name}.log")

    def note(self, ended: Mapping[int, int]) -> None:
        """Take note of those that ended, with their exit codes."""
        for name, pid in self._pids.items():
            if pid in ended:
                print(f"{self._node}: {name} ended: {ended[pid]}", file=sys.stderr, flush=True)
                self._pids[name] = 0


def _spawn(command: list[str], environment: dict[str, str], log: str) -> int:
    """Return the pid of a program in a session of its own, 0 if it cannot be started."""
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o640)
    nothing = os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC)
    actions = [(os.POSIX_SPAWN_DUP2, nothing, 0), (os.POSIX_SPAWN_DUP2, out, 1), (os.POSIX_SPAWN_DUP2, out, 2)]
    try:
        return os.posix_spawnp(
            command[0], command, environment, file_actions=actions, setsid=True, setsigmask=()
        )  # fmt: skip
    except OSError as error:
        os.write(out, f"{command[0]}: {error.strerror}\n".encode())
        return 0
    finally:
        os.close(out)
        os.close(nothing)
