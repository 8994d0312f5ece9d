"""SIGKILL of daemons at random moments while the configuration is being written."""

from __future__ import annotations

import contextlib
import random
import threading
import time
from typing import Any

import pytest

from standfast import errors
from standfast.web import schema

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy]

KILLS = 200
SEED = 20


class Writer(threading.Thread):
    """Sets properties one after the other at whichever daemon answers; keeps what was acknowledged."""

    def __init__(self, cluster: Any) -> None:
        super().__init__(daemon=True)
        self.cluster = cluster
        self.acknowledged: list[str] = []
        self.ended = threading.Event()

    def run(self) -> None:
        number = 0
        while not self.ended.is_set():
            number += 1
            name = f"mark-{number}"
            xml = f'<tag id="{name}"><obj_ref id="a"/></tag>'
            with contextlib.suppress(errors.StandfastError, OSError):
                node = random.choice(("n1", "n2", "n3"))
                self.cluster.api(node).change(schema.ChangeRequest([schema.Edit("create", xml, "tags")]))
                self.acknowledged.append(name)
            time.sleep(0.002)


def test_two_hundred_kills_lose_nothing(running: Any) -> None:
    """An acknowledged change would be lost with the daemon that acknowledged it, or a service restarted, or a node
    fenced because of a crash of our own."""
    before = running.trace()
    draw = random.Random(SEED)
    writer = Writer(running)
    writer.start()
    for _ in range(KILLS):
        name = draw.choice(("n1", "n2", "n3"))
        time.sleep(draw.uniform(0, 0.05))
        running.kill_daemon(name)
        running.start_daemon(name)
        running.eventually(f"{name} takes part again", lambda n=name: running.status(n))
    writer.ended.set()
    writer.join()
    running.eventually("all take part", running.all_online)
    running.eventually("at rest", running.at_rest)
    document = running.api().cib("tags").decode()
    lost = [name for name in writer.acknowledged if f'"{name}"' not in document]
    assert len(writer.acknowledged) > KILLS
    assert lost == []
    assert running.fenced == []
    assert running.trace() == before
    running.eventually("equal", lambda: len({running.api(n).cib() for n in running.daemons}) == 1)
