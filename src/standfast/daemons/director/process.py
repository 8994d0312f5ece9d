"""The process around a director: background, pid files, network namespace, limits, log, what systemd is told."""

from __future__ import annotations

import contextlib
import os
import resource
import sys
from collections.abc import Iterable

import msgspec

from standfast.director.events import Level
from standfast.errors import LiveError
from standfast.runtime.live import namespaces

FILES_WANTED = 65536


class LogSettings(msgspec.Struct, frozen=True):
    """Where the log of a process goes: as that of the process that started it."""

    console: bool
    detail: bool
    name: str
    file: str = ""


def to_background() -> None:
    """Go on as a process of init, in a session of its own; the caller's process ends. Source: daemon(7)."""
    for _ in range(2):
        if os.fork():
            os._exit(0)
        if os.getsid(0) != os.getpid():
            os.setsid()
    os.chdir("/")
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)


def enter_namespace(name: str) -> None:
    """Go on in a network namespace made by `ip netns`. Raises: LiveError."""
    try:
        namespaces.enter(namespaces.file_of(name))
    except OSError as error:
        raise LiveError(f"network namespace {name}: {error.strerror}") from error


def remove_folder(path: str) -> None:
    """Remove a folder if it is there and empty."""
    with contextlib.suppress(OSError):
        os.rmdir(path)


def set_umask(mask: int | None) -> None:
    """Have files that are made from now on lack these permissions; None: those that they lack already."""
    if mask is not None:
        os.umask(mask)


def namespace_name() -> str:
    """Return the name of the network namespace that this process is in, as `ip netns` knows it, or nothing.

    Daemons in several namespaces share one /run, and are not each other's second.
    """
    with contextlib.suppress(OSError):
        mine = os.stat("/proc/self/ns/net").st_ino
        for each in os.scandir("/run/netns"):
            if each.stat().st_ino == mine:
                return each.name
    return ""


def allow_many_files() -> None:
    """Let it have as many open files as it may: each probe under way has one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, FILES_WANTED)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))


class PidFiles:
    """The pid files of one process."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = [path for path in dict.fromkeys(paths) if path]

    def running(self) -> int:
        """Return the number of the process that the first file names if it lives and is not ours, else 0."""
        for path in self._paths[:1]:
            try:
                with open(path, encoding="ascii") as file:
                    pid = int(file.read())
                os.kill(pid, 0)
            except (OSError, ValueError):
                continue
            if pid != os.getpid():
                return pid
        return 0

    def write(self) -> None:
        """Write them. Raises: LiveError."""
        for path in self._paths:
            try:
                os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
                with open(path, "w", encoding="ascii") as file:
                    file.write(f"{os.getpid()}\n")
            except OSError as error:
                raise LiveError(f"{path}: {error.strerror}") from error

    def remove(self) -> None:
        """Remove them."""
        for path in self._paths:
            with contextlib.suppress(OSError):
                os.unlink(path)


def notify(state: str) -> None:
    """Tell systemd, if it started this. Source: sd_notify(3)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    import socket  # only here: whoever is told has one long since

    with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sender:
        sender.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)


class Log:
    """The log of a process. It begins with its first line: a start that has nothing to say does not wait for it.

    One in a file begins at once: what cannot be written is refused before anything is done.
    """

    def __init__(self, settings: LogSettings) -> None:
        self._settings: LogSettings | None = settings
        if settings.file:
            self.begin()

    def begin(self) -> None:
        """Let what is logged from now on be written, if it is not yet."""
        settings, self._settings = self._settings, None
        if settings is not None:
            log_to(settings)

    def error(self, text: str) -> None:
        """Log an error."""
        self.begin()
        import logging

        logging.getLogger("standfast.director").error("%s", text)


def log_to(settings: LogSettings) -> None:
    """Send the log to the console, a file, or else to syslog (the console where there is none)."""
    import logging

    logging.addLevelName(Level.NOTICE, "NOTICE")
    handler: logging.Handler = logging.StreamHandler(sys.stderr)
    layout = f"%(asctime)s {settings.name}[%(process)d] %(levelname)s %(message)s"
    if settings.file:
        handler = logging.FileHandler(settings.file)
    elif not settings.console and os.path.exists("/dev/log"):
        from logging.handlers import SysLogHandler

        handler = SysLogHandler("/dev/log", SysLogHandler.LOG_DAEMON)
        layout = f"{settings.name}[%(process)d]: %(message)s"
    handler.setFormatter(logging.Formatter(layout))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO if settings.detail else Level.NOTICE)
