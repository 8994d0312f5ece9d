"""What this executor leaves to a successor of the same boot: its history, and the agents that run now.

All lies in a folder that dies with the boot. The history's file is replaced as a whole by a rename, so that a reader
sees the old one or the new one; it is not synced, for it shall not outlive the kernel. It holds parameters: only root
reads it. Each agent has a file of its own, so that threads that start agents need not wait for each other.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from standfast.errors import LiveError
from standfast.executor.events import Result

FOLDER = "/run/standfast"
HISTORY = "executor.json"
RUNNING = "executor-agents"
FORMAT = 1


class RunningAgent(msgspec.Struct, frozen=True):
    """An agent's process, which leads its group and session. `start_ticks` tells it from a later one of its number."""

    pid: int
    start_ticks: int
    resource_id: str
    action: str


class Left(msgspec.Struct, frozen=True):
    """What a predecessor left: its results, and the agents that ran when it wrote last."""

    results: tuple[Result, ...] = ()
    agents: tuple[RunningAgent, ...] = ()


class HistoryFile(msgspec.Struct, frozen=True):
    """The form of the history on disk."""

    format: int
    boot: str
    results: tuple[Result, ...]


class RunningFile(msgspec.Struct, frozen=True):
    """The form of a running agent on disk."""

    format: int
    boot: str
    agent: RunningAgent


File = TypeVar("File", HistoryFile, RunningFile)


def boot_id() -> str:
    """Return the kernel's name for this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


class Journal:
    """The files. `boot` names the life of the kernel: files of another are not looked at."""

    def __init__(self, folder: str = FOLDER, boot: str = "") -> None:
        self.folder = Path(folder)
        self.boot = boot or boot_id()

    def remember(self, results: Iterable[Result]) -> None:
        """Keep the history. Raises: LiveError if the disk refuses."""
        self._write(HISTORY, HistoryFile(FORMAT, self.boot, tuple(results)))

    def begun(self, agent: RunningAgent) -> None:
        """Keep that an agent runs now; from any thread. Raises: LiveError if the disk refuses."""
        self._write(f"{RUNNING}/{agent.pid}", RunningFile(FORMAT, self.boot, agent))

    def ended(self, agent: RunningAgent) -> None:
        """Forget an agent."""
        with contextlib.suppress(OSError):
            (self.folder / RUNNING / str(agent.pid)).unlink()

    def load(self) -> tuple[Left, tuple[str, ...]]:
        """Return what was left, and what is to be said of files that cannot be used; those count as empty."""
        refused: list[str] = []
        history = self._read(HISTORY, HistoryFile, refused)
        names = sorted(p.name for p in (self.folder / RUNNING).glob("[0-9]*"))
        running = [self._read(f"{RUNNING}/{name}", RunningFile, refused) for name in names]
        return Left(history.results if history else (), tuple(r.agent for r in running if r)), tuple(refused)

    def _write(self, name: str, content: HistoryFile | RunningFile) -> None:
        path = self.folder / name
        new = path.with_name(f".{path.name}.new")
        try:
            path.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
            fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with open(fd, "wb", buffering=0) as file:
                file.write(msgspec.json.encode(content))
            os.replace(new, path)
        except OSError as e:
            with contextlib.suppress(OSError):
                new.unlink()
            raise LiveError(f"cannot write {path}: {e.strerror}") from e

    def _read(self, name: str, kind: type[File], refused: list[str]) -> File | None:
        path = self.folder / name
        try:
            content = msgspec.json.decode(path.read_bytes(), type=kind)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, RecursionError) as e:
            refused.append(f"{path} cannot be used: {e}")
            return None
        if (content.format, content.boot) != (FORMAT, self.boot):
            refused.append(f"{path} is of another boot or format")
            return None
        return content
