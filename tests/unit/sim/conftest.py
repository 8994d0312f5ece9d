"""A stand-in for the machines: it does what its script says, and remembers what it heard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, scheduler
from standfast.runtime import Now
from standfast.sim.company import Look
from standfast.sim.daemon import Machine, Machines


class Mute:
    """A machine that hears everything; `script` returns its effects."""

    def __init__(self, script: Callable[[object], list] | None = None) -> None:
        self.heard: list[object] = []
        self._script = script or (lambda event: [])

    def handle(self, event: object, now: Now) -> list:
        self.heard.append(event)
        return self._script(event)


class MuteCompany:
    """Nobody decides anything; `script` is the controllers'."""

    def __init__(self, script: Callable[[object], list] | None = None) -> None:
        self._script = script
        self.made: list[Machines] = []

    def machines(self, name: str, node_id: int) -> Machines:
        self.made.append(Machines(Mute(self._script), Mute(), Mute()))
        return self.made[-1]

    def look(self, controller: Machine) -> Look:
        return Look(None, "")

    def schedule(self, document: cib.Document, now_s: int) -> scheduler.Outcome:
        raise AssertionError("nobody asks")


@pytest.fixture
def mute_company():
    return MuteCompany


@pytest.fixture
def mute():
    return Mute
