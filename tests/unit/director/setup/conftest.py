"""A machine in memory: what the steps of a set-up do to it, and what the kernel does by itself then."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import pytest

from standfast.director import setup
from standfast.director.setup import Held, Link, Route

FORWARD = "net/ipv4/ip_forward"
SYSCTLS = {
    FORWARD: "0",
    **{
        setup.conf(link, knob): value
        for link in ("all", "default", "lo", "eth0", "eth1")
        for knob, value in {
            "arp_ignore": "0", "arp_announce": "0", "rp_filter": "1", "send_redirects": "1",
            "accept_redirects": "0", "forwarding": "0",
        }.items()
    },
}  # fmt: skip


def host(**changes: object) -> setup.Facts:
    """Return a machine with one network, its router at .254 and a second interface."""
    facts = setup.Facts(
        links=(Link("lo", arp=False, mtu=65536), Link("eth0", mac="02:00:00:00:00:01"), Link("eth1")),
        addresses=(Held("127.0.0.1/8", "lo"), Held("10.0.0.1/24", "eth0"), Held("10.1.0.1/24", "eth1")),
        routes=(
            Route("10.0.0.0/24", "eth0"),
            Route("10.1.0.0/24", "eth1"),
            Route("0.0.0.0/0", "eth0", "10.0.0.254"),
        ),
        sysctls=dict(SYSCTLS),
        kernel="6.1.0-18-amd64",
    )
    return msgspec.structs.replace(facts, **changes)


class CutOffError(Exception):
    """The power failed before or after a step."""


class MemoryMachine:
    """The world of a set-up as values. `steps_left`: so many steps until the power fails."""

    CutOff = CutOffError

    def __init__(self, facts: setup.Facts | None = None, *, boot: str = "first") -> None:
        self.facts = facts or host()
        self.boot = boot
        self.steps_left = 1000
        self.made: list[str] = []

    def gather(self, extra: Iterable[str] = ()) -> setup.Facts:
        """Return the facts of now."""
        return self.facts

    def boot_id(self) -> str:
        """Return the name of this life."""
        return self.boot

    def perform(self, step: setup.Step | setup.UndoStep) -> None:
        """Make a step as the kernel would."""
        if not self.steps_left:
            raise CutOffError
        self.steps_left -= 1
        self.made.append(str(step))
        self.facts = _after(step, self.facts)


def _after(step: setup.Step | setup.UndoStep, facts: setup.Facts) -> setup.Facts:
    change = msgspec.structs.replace
    match step:
        case setup.SetSysctl(name, value):
            return change(facts, sysctls=_written(facts.sysctls, name, value))
        case setup.RestoreSysctl(name, value, beside):
            return change(facts, sysctls={**_written(facts.sysctls, name, value), **beside})
        case setup.AddAddress(address, link):
            return change(facts, addresses=(*facts.addresses, Held(address, link)))
        case setup.RemoveAddress(address, link):
            return change(facts, addresses=tuple(h for h in facts.addresses if h != Held(address, link)))
        case setup.LinkUp(name) | setup.LinkDown(name):
            up = isinstance(step, setup.LinkUp)
            return change(facts, links=tuple(change(x, up=up) if x.name == name else x for x in facts.links))
        case setup.LoadModule(name):
            facts = change(facts, modules=facts.modules | {name})
            return _with_tunnel(facts) if name == "ipip" else facts
        case setup.UnloadModule(name):
            facts = change(facts, modules=facts.modules - {name})
            return _without_tunnel(facts) if name == "ipip" else facts
        case setup.AddTunnel():
            return _with_tunnel(facts)
        case setup.RemoveTunnel():
            return _without_tunnel(facts)


def _written(sysctls: dict[str, str], name: str, value: str) -> dict[str, str]:
    """Return the sysctls after a write: ip_forward takes others with it. Source: ip-sysctl."""
    after = {**sysctls, name: value}
    if name == FORWARD and sysctls[name] != value:
        after |= {n: value for n in after if n.endswith("/forwarding")}
        after[setup.conf("all", "accept_redirects")] = "0" if value == "1" else "1"
    return after


def _with_tunnel(facts: setup.Facts) -> setup.Facts:
    tunnel = Link("tunl0", up=False, arp=False, mtu=1480, kind="ipip")
    knobs = {n.replace("/default/", "/tunl0/"): v for n, v in facts.sysctls.items() if "/conf/default/" in n}
    return msgspec.structs.replace(facts, links=(*facts.links, tunnel), sysctls={**facts.sysctls, **knobs})


def _without_tunnel(facts: setup.Facts) -> setup.Facts:
    return msgspec.structs.replace(
        facts,
        links=tuple(link for link in facts.links if link.name != "tunl0"),
        addresses=tuple(h for h in facts.addresses if h.link != "tunl0"),
        sysctls={n: v for n, v in facts.sysctls.items() if "/tunl0/" not in n},
    )


@pytest.fixture
def machines() -> type[MemoryMachine]:
    """The class of machines in memory."""
    return MemoryMachine


@pytest.fixture
def a_host() -> setup.Facts:
    """A machine as it comes."""
    return host()
