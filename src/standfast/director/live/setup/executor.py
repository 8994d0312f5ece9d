"""Setting up and taking back: facts, a plan, the ledger, and the steps, one after another."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

import msgspec

from standfast.director import setup
from standfast.director.live.setup import facts as facts_of_now
from standfast.director.live.setup import steps
from standfast.director.live.setup.failures import SetupError

FOLDER = Path("/var/lib/standfast/setup")


class World(Protocol):
    """What is set up: this machine, or a model of one."""

    def gather(self, extra: Iterable[str] = ()) -> setup.Facts:
        """Return the facts of now, with these sysctls besides."""
        ...

    def perform(self, step: setup.Step | setup.UndoStep) -> None:
        """Make a step. Raises: SetupError."""
        ...

    def boot_id(self) -> str:
        """Return the name of the time since the machine was started."""
        ...


class Machine:
    """This machine, in this network namespace."""

    gather = staticmethod(facts_of_now.gather)
    perform = staticmethod(steps.perform)
    boot_id = staticmethod(facts_of_now.boot_id)


class LedgerFile:
    """A ledger on disk, whole or not at all, durable when `write` returns."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def read(self) -> setup.Ledger | None:
        """Return the ledger; None if there is none. Raises: SetupError."""
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=setup.Ledger)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as wrong:
            raise SetupError(f"{self._path}: {wrong}") from None

    def write(self, ledger: setup.Ledger) -> None:
        """Keep a ledger; one without wishes and entries is no file. Raises: SetupError."""
        try:
            if ledger.wishes or ledger.entries:
                self._replace(msgspec.json.format(msgspec.json.encode(ledger)) + b"\n")
            else:
                self._path.unlink(missing_ok=True)
        except OSError as wrong:
            raise SetupError(f"{self._path}: {wrong.strerror}") from None

    def _replace(self, data: bytes) -> None:
        new = self._path.with_suffix(".new")
        with open(new, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._path)
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the ledger against other set-ups. Raises: SetupError."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with open(self._path.with_suffix(".lock"), "w") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                yield
        except OSError as wrong:
            raise SetupError(f"{self._path.parent}: {wrong.strerror}") from None


class Executor:
    """Sets up and takes back one role of a machine. `say` is told each step before it is made."""

    def __init__(
        self, file: LedgerFile, world: World | None = None, say: Callable[[str], None] = lambda _: None
    ) -> None:
        self._file = file
        self._world = world or Machine()
        self._say = say

    def ledger(self) -> setup.Ledger:
        """Return what is set up since the machine was started."""
        return setup.opened(self._file.read(), self._world.boot_id())

    def set_up(self, wish: setup.Wish) -> int:
        """Make what a wish needs and is not there; return how many steps that took. Raises: SetupError."""
        with self._file.locked():
            ledger = self.ledger().wishing(wish)
            self._file.write(ledger)
            made = 0
            named = setup.named_sysctls(ledger)
            for step in setup.required(wish, self._world.gather(named)):
                facts = self._world.gather(named)
                if setup.holds(step, facts):
                    continue
                ledger = ledger.noting(setup.entry(step, facts))
                self._file.write(ledger)
                self._say(str(step))
                self._world.perform(step)
                made += 1
        self._check(wish)
        return made

    def _check(self, wish: setup.Wish) -> None:
        left = setup.plan(wish, self._world.gather(setup.named_sysctls(self.ledger())))
        if left:
            raise SetupError("made, and yet not so: " + "; ".join(str(step) for step in left))

    def take_back(self, vips: Sequence[str] = ()) -> int:
        """Undo what was made for these addresses, or all; return how many steps that took. Raises: SetupError."""
        with self._file.locked():
            ledger = self.ledger()
            made, named = 0, setup.named_sysctls(ledger)
            for undoing in setup.undoing(ledger, self._world.gather(named), vips):
                now = setup.undo(undoing.entry, self._world.gather(named))
                if now.reason:
                    self._say(now.reason)
                if now.step:
                    self._say(str(now.step))
                    self._world.perform(now.step)
                    made += 1
                ledger = ledger.without(undoing.entry)
                self._file.write(ledger)
            self._file.write(ledger.wishing_without(vips))
        return made
