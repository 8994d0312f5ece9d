"""Our LVS schedulers beside the kernel's: random connections, weights, thresholds, on IPv4 and IPv6."""

from __future__ import annotations

import contextlib
import errno
import os
import random
import shlex
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from standfast import director
from standfast.director import lvs
from standfast.director.live import open_ipvs
from standfast.director.lvs import schedulers
from standfast.director.memory_connections import HeldServer

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.busy]

SEED = 20261129
STEPS = 40
SERVERS = 4
FLAGGED = [("sh", lvs.FALLBACK), ("sh", lvs.SOURCE_PORT), ("mh", lvs.FALLBACK), ("mh", lvs.SOURCE_PORT)]
BY_SOURCE = sorted(schedulers.NAMES - {"dh", "lblc", "lblcr"})
KINDS = [(name, lvs.ServiceFlag.NONE) for name in BY_SOURCE] + FLAGGED
CLIENTS, VIPS = {4: "127.0.0.{}", 6: "2001:db8::{:x}"}, {4: "192.0.2.1", 6: "2001:db8::ffff"}


def test_every_choice_is_the_kernels(run_in_uml: Callable[[str], Any]) -> None:
    """If this failed, the model and what is built on it would balance otherwise than Linux does."""
    tests = "tests/live/director/test_lvs_schedulers.py -k guest -p no:cacheprovider --basetemp=/run/pytest"
    result = run_in_uml(f"{shlex.quote(sys.executable)} -m pytest {tests}")
    assert result.status == 0, result.output[-8000:]
    assert f"{2 * len(KINDS)} passed" in result.output, result.output[-2000:]


@dataclass
class World:
    """One virtual service in the kernel, and the same real servers for our LVS scheduler."""

    plane: director.Dataplane
    service: lvs.VirtualService
    version: int
    scheduler: schedulers.LvsScheduler
    held: dict[int, HeldServer] = field(default_factory=dict)
    listeners: dict[int, socket.socket] = field(default_factory=dict)
    dialled: list[tuple[socket.socket, socket.socket]] = field(default_factory=list)

    @property
    def candidates(self) -> list[schedulers.Candidate]:
        return [held.candidate for held in reversed(self.held.values())]

    def real(self, number: int, weight: int, upper: int, lower: int) -> lvs.RealServer:
        address = ip_address(CLIENTS[self.version].format(100 + number))
        return lvs.RealServer(lvs.ServerKey(address, 8080), lvs.Forwarding.NAT, weight, upper, lower)

    def change(self, change: lvs.Change, number: int) -> None:
        """Make a change in the kernel and in our list; tell our LVS scheduler."""
        assert self.plane.apply([change]) == []
        before = self.candidates
        if isinstance(change, lvs.AddServer):
            self.held[number] = HeldServer.of(change.server)
        elif isinstance(change, lvs.EditServer):
            self.held[number].edit(change.server)
        self.scheduler = self.scheduler.changed(before, self.candidates)

    def take_counts(self) -> None:
        """Take the connections from the kernel; thresholds are judged by our rule."""
        by_key = {s.server.key: s for s in self.plane.servers(self.service.key)}
        for held in self.held.values():
            status = by_key[held.server.key]
            held.active, held.inactive = status.active, status.inactive
            held.mark_overload()

    def dial(self, client: int) -> tuple[int | None, int | None]:
        """Open a connection; return who took it, and whom we would have chosen."""
        family = socket.AF_INET6 if self.version == 6 else socket.AF_INET
        dialling = socket.socket(family)
        dialling.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
        dialling.bind((CLIENTS[self.version].format(client), 0))
        key = self.service.key
        assert isinstance(key, lvs.ServiceAddress)
        source = ip_address(dialling.getsockname()[0])
        flow = schedulers.Flow(source, dialling.getsockname()[1], key.address)
        chosen, self.scheduler = self.scheduler.choose(self.candidates, flow)
        ours = next((n for n, held in self.held.items() if chosen and held.server.key == chosen.key), None)
        if not self._connected(dialling, (str(key.address), key.port)):
            dialling.close()
            return None, ours
        return self._accepted(dialling), ours

    def _connected(self, dialling: socket.socket, to: tuple[str, int]) -> bool:
        """Connect; silence is a refusal (IPv6 has no other) if the kernel has no such connection in its table."""
        source = dialling.getsockname()
        client = lvs.ServerKey(ip_address(source[0]), source[1])
        dialling.settimeout(0.5)
        try:
            dialling.connect(to)
            return True
        except TimeoutError:
            if all(c.client != client for c in self.plane.connections()):
                return False
        except OSError:
            return False
        dialling.settimeout(20)
        return dialling.connect_ex(to) in (0, errno.EISCONN)

    def _accepted(self, dialling: socket.socket) -> int | None:
        end = time.monotonic() + 20
        while time.monotonic() < end:
            for number, listener in self.listeners.items():
                with contextlib.suppress(BlockingIOError):
                    self.dialled.append((dialling, listener.accept()[0]))
                    return number
            threading.Event().wait(0.002)
        dialling.close()
        return None

    def hang_up(self, which: int) -> None:
        """Close a connection on both sides."""
        for end in self.dialled.pop(which):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 0, 0))
            end.close()


@pytest.fixture(scope="module")
def addresses() -> Iterator[None]:
    """The services' and the IPv6 clients' and servers' addresses on the loopback interface."""
    if not os.environ.get("STANDFAST_IN_UML"):
        pytest.skip("runs inside user-mode-linux, started by the test above")
    for limit in ("/proc/sys/net/ipv4/icmp_ratelimit", "/proc/sys/net/ipv6/icmp/ratelimit"):
        Path(limit).write_text("0")
    six = [VIPS[6], *(CLIENTS[6].format(n) for n in (*range(1, 17), *range(101, 101 + SERVERS)))]
    words = [f"{VIPS[4]}/32 dev lo", *(f"{address}/128 dev lo nodad" for address in six)]
    for verb in ("add", "del"):
        lines = "".join(f"addr {verb} {line.removesuffix(' nodad' if verb == 'del' else '')}\n" for line in words)
        subprocess.run(["ip", "-b", "-"], input=lines, text=True, check=True)
        if verb == "add":
            yield


@pytest.mark.parametrize("version", [4, 6], ids=["ipv4", "ipv6"])
@pytest.mark.usefixtures("addresses")
@pytest.mark.parametrize(("name", "flags"), KINDS)
def test_in_guest_random_steps(version: int, name: str, flags: lvs.ServiceFlag) -> None:
    """If this failed, a choice after some change, overload or refusal would not be the kernel's."""
    chance = random.Random(f"{SEED} {name} {flags:d} {version}")
    port = 1000 + 20 * KINDS.index((name, flags)) + version
    key = lvs.ServiceAddress(lvs.Transport.TCP, ip_address(VIPS[version]), port)
    service = lvs.VirtualService(key, name, flags)
    with contextlib.closing(open_ipvs()) as plane, contextlib.ExitStack() as stack:
        plane.flush()
        assert plane.apply([lvs.AddService(service)]) == []
        world = World(plane, service, version, schedulers.scheduler_of(name, flags))
        for number in range(1, 1 + SERVERS):
            where = (CLIENTS[version].format(100 + number), 8080)
            listener = socket.create_server(where, family=socket.AF_INET6 if version == 6 else socket.AF_INET)
            listener.setblocking(False)
            world.listeners[number] = stack.enter_context(listener)
            server = world.real(
                number, chance.choice((0, 1, 1, 2, 5)), *chance.choice(((0, 0), (0, 0), (3, 0), (4, 2)))
            )
            world.change(lvs.AddServer(key, server), number)
        choices = [choice for _ in range(STEPS) if (choice := step(world, chance)) is not None]
        while world.dialled:
            world.hang_up(0)
        plane.flush()
    assert len(choices) > STEPS // 3
    assert [recorded for recorded, _ in choices] == [ours for _, ours in choices]


def step(world: World, chance: random.Random) -> tuple[int | None, int | None] | None:
    """Do something at random; return both choices if it was a connection."""
    what = chance.random()
    if what < 0.2:
        number = chance.randint(1, SERVERS)
        old = world.held[number].server
        weight = chance.choice((0, 1, 2, 3, 7))
        server = world.real(number, weight, old.upper_threshold, old.lower_threshold)
        world.change(lvs.EditServer(world.service.key, server), number)
        return None
    if what < 0.4 and world.dialled:
        world.hang_up(chance.randrange(len(world.dialled)))
        world.take_counts()
        return None
    choice = world.dial(chance.randint(1, 16))
    world.take_counts()
    return choice
