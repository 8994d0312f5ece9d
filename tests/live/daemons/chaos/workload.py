"""What goes on while faults happen: changes of the configuration, and moves of services."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Callable

from chaos.harness import RESOURCES, World

from standfast.errors import StandfastError
from standfast.web import schema

WRITERS = 2
WRITE_S = 0.05
MOVE_S = 2.0
PATIENCE_S = 4.0


class _Repeated(threading.Thread):
    """Does something again and again, until it is told to end."""

    def __init__(self, work: Callable[[], None], pause_s: float) -> None:
        super().__init__(daemon=True)
        self._work = work
        self._pause_s = pause_s
        self._ended = threading.Event()

    def run(self) -> None:
        """Do it until the end."""
        while not self._ended.wait(self._pause_s):
            with contextlib.suppress(StandfastError, OSError):
                self._work()

    def end(self) -> None:
        """Return when the last time is over."""
        self._ended.set()
        self.join()


class Workload:
    """Writers and a mover. `acknowledged`: the tags that must be in the document."""

    def __init__(self, world: World, draw: random.Random, moves: bool = True) -> None:
        self.world = world
        self.acknowledged: list[str] = []
        self.attempts = 0
        self.moves = 0
        self._draw = draw
        self._lock = threading.Lock()
        self._threads = [_Repeated(self._write, WRITE_S) for _ in range(WRITERS)]
        if moves:
            self._threads.append(_Repeated(self._move, MOVE_S))

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Return when nothing is on its way."""
        for thread in self._threads:
            thread.end()

    def _chosen(self) -> tuple[int, str, str, str]:
        with self._lock:
            self.attempts += 1
            return self.attempts, *(
                self._draw.choice(words) for words in (self.world.names, RESOURCES[:3], self.world.names)
            )

    def _write(self) -> None:
        number, node, _, _ = self._chosen()
        name = f"mark-{number}-{time.monotonic_ns()}"
        edit = schema.Edit("create", f'<tag id="{name}"><obj_ref id="a"/></tag>', "tags")
        self.world.api(node, PATIENCE_S).change(edit)
        with self._lock:
            self.acknowledged.append(name)

    def _move(self) -> None:
        _, node, resource, target = self._chosen()
        what = "web" if resource == "c" else resource
        api = self.world.api(node, PATIENCE_S)
        if self.moves % 2:
            api.post(f"/v1/resources/{what}/clear", schema.Order(), schema.ChangeAnswer)
        api.post(f"/v1/resources/{what}/move", schema.Order(node=target), schema.ChangeAnswer)
        self.moves += 1

    def lost(self, document: bytes) -> list[str]:
        """Return what was acknowledged and is not in the document."""
        text = document.decode()
        return [name for name in self.acknowledged if f'"{name}"' not in text]


def tidy(world: World) -> None:
    """Remove the tags, and what moves left: the next round begins with a small document."""
    api = world.api(world.names[0], 30)
    api.change(schema.Edit("replace", "<tags/>", "tags"), schema.Edit("replace", "<constraints/>", "constraints"))
