"""standfast-director with sessions of a keepalived.conf: its BFD process, BFD_CHECK, a reload, a death."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from rig.bfd_pair import SOURCE, Pair, Setting
from rig.namespaces import until, within

from standfast.director.bfd import Packet, State

pytestmark = [pytest.mark.live, pytest.mark.slow]
CALM = Setting(interval_ms=300)
"""No pause of a busy machine is taken for a failure."""
SERVICE = """virtual_server 192.0.2.1 80 {
    delay_loop 60
    lb_algo rr
    lb_kind DR
    protocol TCP
    real_server 10.79.0.2 80 {
        BFD_CHECK {
            name S
        }
    }
}
"""

ROUTER = """vrrp_instance V {
    state BACKUP
    interface eth0
    virtual_router_id 79
    priority 100
    advert_int 1
    virtual_ipaddress {
        10.79.0.100/24
    }
    track_bfd {
        S
    }
}
"""


class Director:
    """standfast-director on node a, its table in memory."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        self._folder = pair.folder / "director"
        self._folder.mkdir()

    def write(self, setting: Setting, more: str = SERVICE) -> None:
        """Write its configuration."""
        self.replace(setting.keepalived("a") + more)

    def replace(self, text: str) -> None:
        """Write another configuration."""
        (self._folder / "keepalived.conf").write_text(text)

    def start(self, *more: str) -> None:
        """Start it, its table in memory unless it has none."""
        names = {"use-file": "keepalived.conf", "socket": "d.sock", "ledger": "ledger", "vrrp-ledger": "vrrp",
                 "pid": "pid", "bfd-pid": "bfd-pid"}  # fmt: skip
        options = [f"--{option}={self._folder / name}" for option, name in names.items()]
        self.pair.spawn("a", sys.executable, "-m", "standfast.daemons.director.command", *more, *options)

    def explain(self) -> str:
        """Return what the command says of the sessions."""
        words = [sys.executable, "-m", "standfast.cli.main", "bfd", "explain", "--socket", str(self._folder / "d.sock")]
        environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
        return subprocess.run(
            words, capture_output=True, text=True, check=False, timeout=30, env=environment
        ).stdout  # fmt: skip

    def ask(self, path: str) -> dict[str, Any]:
        """Return what it answers; nothing if it does not."""
        words = [sys.executable, "-m", "standfast.daemons.director.command", "--ask", path, "--socket"]
        done = subprocess.run(
            [*words, str(self._folder / "d.sock")],
            capture_output=True, text=True, check=False, timeout=30,
            env={**os.environ, "PYTHONPATH": str(SOURCE)},
        )  # fmt: skip
        return dict(json.loads(done.stdout)) if not done.returncode and done.stdout else {}

    def server_is(self, word: str) -> bool:
        """Return whether the log said last that the real server is `up` or `down`."""
        said = [line for _, _, line in list(self.pair.lines) if "real server" in line]
        return bool(said) and f"is {word}:" in said[-1]

    def router_is(self, *states: str) -> bool:
        """Return whether the virtual router is in one of these states."""
        rows = self.ask("/v1/vrrp").get("routers", [])
        return bool(rows) and rows[0]["state"] in states

    @property
    def bfd_pid(self) -> int:
        """Return the BFD process's number, 0 without one."""
        path = self._folder / "bfd-pid"
        return int(path.read_text()) if path.exists() else 0


@pytest.fixture
def director(pair: Pair) -> Director:
    """Return a director that is not started."""
    return Director(pair)


def test_a_check_follows_its_session(director: Director) -> None:
    """A real server whose path is gone would get connections; one that is back would get none."""
    pair, setting = director.pair, Setting()
    director.write(setting)
    director.start("--memory")
    assert until(lambda: director.server_is("down")), pair.log("a")
    pair.start("b", "ours", setting)
    assert until(lambda: director.server_is("up")), pair.log("a")
    pair.cut()
    assert until(lambda: director.server_is("down")), pair.log("a")
    pair.cut(False)
    assert until(lambda: director.server_is("up")), pair.log("a")
    known = director.ask("/v1/bfd")
    assert [(row["name"], row["state"]) for row in known["sessions"]] == [("S", "Up")]


def begin(director: Director, setting: Setting) -> int:
    """Start both sides and wait until the real server is up; return the BFD process's number."""
    director.write(setting)
    director.start("--memory")
    director.pair.start("b", "ours", setting)
    assert until(lambda: director.server_is("up")), director.pair.log("a")
    return director.bfd_pid


@pytest.mark.parametrize("peer", ["keepalived"], indirect=True)
def test_sessions_alone(director: Director, peer: str) -> None:
    """Who only wants to know of a path would need IPVS for it; and nobody could say what is wrong with a session."""
    pair, setting = director.pair, CALM
    director.write(setting, "")
    director.start()
    assert until(lambda: "!! nothing was ever heard of it" in director.explain()), pair.log("a")
    pair.start("b", peer, setting)
    assert until(lambda: "Up, detection time 900 ms" in director.explain()), pair.log("a")


def test_a_reload_keeps_the_session(director: Director) -> None:
    """Whoever adds a service would take all others out for a second."""
    pair, setting = director.pair, CALM
    before = begin(director, setting)
    director.write(setting, SERVICE + SERVICE.replace("192.0.2.1 80", "192.0.2.1 81"))
    pair.signal("a", signal.SIGHUP)
    assert until(lambda: "reloaded: 2 virtual services" in pair.log("a")), pair.log("a")
    assert director.bfd_pid == before
    rows = director.ask("/v1/bfd")["sessions"]
    assert (rows[0]["counts"]["up"], rows[0]["counts"].get("down", 0)) == (1, 0)


def test_a_session_that_a_reload_removes(director: Director) -> None:
    """Whoever takes a bfd_instance out of the file would cause a takeover at the neighbour."""
    pair = director.pair
    before = begin(director, CALM)
    director.replace("virtual_server 192.0.2.1 80 {\n delay_loop 60\n lb_algo rr\n lb_kind DR\n protocol TCP\n}\n")
    pair.signal("a", signal.SIGHUP)
    assert until(lambda: not Path(f"/proc/{before}").exists()), pair.log("a")
    said = [seen.packet.state for seen in list(pair.sent) if seen.node == "a"]
    assert State.ADMIN_DOWN in said[-3:], pair.log("a")
    assert until(lambda: "the neighbour is AdminDown" in pair.log("b")), pair.log("b")


def test_a_bfd_process_that_dies(director: Director) -> None:
    """Sessions would be unknown for ever, and the checks what they were."""
    pair, setting = director.pair, Setting()
    before = begin(director, setting)
    os.kill(before, signal.SIGKILL)
    assert until(lambda: director.bfd_pid not in (0, before)), pair.log("a")
    assert until(lambda: director.ask("/v1/bfd").get("restarts") == 1), pair.log("a")
    assert until(lambda: director.server_is("up")), pair.log("a")
    now = director.bfd_pid
    pair.end("a")
    assert until(lambda: not Path(f"/proc/{now}").exists())


def test_garbage_on_the_wire(director: Director) -> None:
    """Somebody who sends nonsense would take services down, or nobody would see that it is sent."""
    pair, setting, world = director.pair, CALM, random.Random(5)
    begin(director, setting)
    good = Packet(State.DOWN, 7, 0, 1_000_000, 10_000, 3).pack()
    sender = within(pair.names["b"], lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    with sender:
        for number in range(5000):
            payload = bytearray(good)
            if number % 2:
                payload[0] ^= 1 << world.randrange(5, 8)  # the version
            else:
                payload[8:12] = world.randbytes(4)  # somebody's discriminator
            sender.sendto(payload, (setting.address("a"), 3784))
            if number % 10 == 9:
                time.sleep(0.005)

    def counted() -> bool:
        dropped = director.ask("/v1/bfd")["dropped"]
        return bool(min(dropped.get("version", 0), sum(dropped.values()) / 2) > 2000)

    assert until(counted), (director.ask("/v1/bfd"), pair.log("a"))
    row = director.ask("/v1/bfd")["sessions"][0]
    assert (row["state"], row["counts"]["up"]) == ("Up", 1), pair.log("a")


def test_a_virtual_router_follows_its_session(director: Director) -> None:
    """A machine that cannot reach the others' side would keep the address."""
    pair, setting = director.pair, Setting()
    director.write(setting, ROUTER)
    director.start("--memory")
    assert until(lambda: director.router_is("fault", "initialize")), pair.log("a")
    pair.start("b", "ours", setting)
    assert until(lambda: director.router_is("active")), pair.log("a")
    pair.cut()
    assert until(lambda: director.router_is("fault")), pair.log("a")
    pair.cut(False)
    assert until(lambda: director.router_is("active")), pair.log("a")
