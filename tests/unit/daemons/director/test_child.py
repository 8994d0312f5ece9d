"""A process below the director, with a small program in its place."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from standfast.daemons.director.child import Child

PROGRAM = """
import select, socket, sys
from standfast.director.realtime.live.control import Control
control = Control(socket.socket(fileno=int(sys.argv[1])), str)
control.say(control.begin() + " begun")
while not control.ended:
    select.select([control], [], [])
    for order in control.orders():
        control.say(order)
"""
PATIENCE_S = 30.0
NO_SIGNALS = os.open(os.devnull, os.O_RDONLY)


class Echo(Child):
    """A child that says again what it is told."""

    def __init__(self, program: str, respawns: bool) -> None:
        super().__init__("echo", program, NO_SIGNALS, respawns)
        self.said: list[Any] = []
        self.losses = 0

    def _first_order(self) -> str:
        return f"life {self.deaths}"

    def _take(self, message: Any) -> None:
        self.said.append(message)

    def _lost(self) -> None:
        self.losses += 1

    def start(self) -> None:
        """Start it."""
        self._start()

    async def say(self, order: str) -> None:
        """Tell it something."""
        await self._say(order)


async def until(true: Callable[[], object]) -> None:
    """Wait until something is so."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() < began + PATIENCE_S
        await asyncio.sleep(0.01)


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the name of the small program's module."""
    (tmp_path / "echo_below_a_director.py").write_text(PROGRAM)
    monkeypatch.syspath_prepend(str(tmp_path))
    return "echo_below_a_director"


def test_a_life_and_its_successor(program: str) -> None:
    """A process that dies would be missed for ever, or a new one not know what it is to do."""

    async def story() -> tuple[list[Any], int]:
        child = Echo(program, True)
        child.start()
        await until(lambda: child.said)
        await child.say("word")
        await until(lambda: len(child.said) == 2)
        os.kill(child.pid, signal.SIGKILL)
        await until(lambda: len(child.said) == 3)
        pid = child.pid
        await child.close()
        assert not Path(f"/proc/{pid}").exists()
        return child.said, child.losses

    assert asyncio.run(story()) == (["life 0 begun", "word", "life 1 begun"], 2)


def test_one_that_is_not_started_again(program: str) -> None:
    """With -R the director would go on without half of its work, as if nothing had happened."""

    async def story() -> bool:
        child = Echo(program, False)
        child.start()
        await until(lambda: child.said)
        os.kill(child.pid, signal.SIGKILL)
        await asyncio.wait_for(child.gave_up.wait(), PATIENCE_S)
        await child.close()
        return child.pid == 0

    assert asyncio.run(story())


def test_one_that_was_never_started(program: str) -> None:
    """A director without such work would not end."""
    child = Echo(program, True)
    asyncio.run(child.close())
    assert child.pid == 0
