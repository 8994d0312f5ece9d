"""The steps of a set-up, each one fact that must hold, and the steps that take them back."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from standfast.director.setup.facts import Facts, dotted

TUNNEL_LINK = "tunl0"
"""The tunnel device that comes with the module ipip and takes what no other tunnel does."""
IPVS_MODULE, TUNNEL_MODULE = "ip_vs", "ipip"
_IPVS_SYSCTLS = "net/ipv4/vs/"


class LoadModule(msgspec.Struct, frozen=True, tag="load-module"):
    """A part of the kernel is there."""

    name: str

    def __str__(self) -> str:
        return f"load the module {self.name}"


class AddTunnel(msgspec.Struct, frozen=True, tag="add-tunnel"):
    """A tunnel device that unwraps IP in IP from anybody."""

    link: str = TUNNEL_LINK

    def __str__(self) -> str:
        return f"make the tunnel device {self.link}, if the module did not"


class SetSysctl(msgspec.Struct, frozen=True, tag="set-sysctl"):
    """A sysctl has a value."""

    name: str
    value: str

    def __str__(self) -> str:
        return f"set {dotted(self.name)} = {self.value}"


class LinkUp(msgspec.Struct, frozen=True, tag="link-up"):
    """An interface is up."""

    link: str

    def __str__(self) -> str:
        return f"set {self.link} up"


class AddAddress(msgspec.Struct, frozen=True, tag="add-address"):
    """An interface holds an address. `announce`: tell the neighbours."""

    address: str
    link: str
    announce: bool = False

    def __str__(self) -> str:
        tail = " and announce it" if self.announce else ""
        return f"add {self.address} to {self.link}{tail}"


Step = LoadModule | AddTunnel | SetSysctl | LinkUp | AddAddress


class UnloadModule(msgspec.Struct, frozen=True):
    """A part of the kernel goes again."""

    name: str

    def __str__(self) -> str:
        return f"unload the module {self.name}"


class RemoveTunnel(msgspec.Struct, frozen=True):
    """A tunnel device goes again."""

    link: str

    def __str__(self) -> str:
        return f"remove the tunnel device {self.link}"


class RestoreSysctl(msgspec.Struct, frozen=True):
    """A sysctl has its value of before, and so have those that the kernel changes together with it."""

    name: str
    value: str
    beside: dict[str, str] = {}

    def __str__(self) -> str:
        return f"set {dotted(self.name)} back to {self.value}"


class LinkDown(msgspec.Struct, frozen=True):
    """An interface is down again, and does not hold what the kernel gave it when it came up."""

    link: str
    given: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"set {self.link} down"


class RemoveAddress(msgspec.Struct, frozen=True):
    """An interface does not hold an address any more."""

    address: str
    link: str

    def __str__(self) -> str:
        return f"remove {self.address} from {self.link}"


UndoStep = UnloadModule | RemoveTunnel | RestoreSysctl | LinkDown | RemoveAddress


def key(step: Step) -> tuple[str, ...]:
    """Return what a step is about: two set-ups with the same one share it."""
    match step:
        case LoadModule(name):
            return ("module", name)
        case AddTunnel(link):
            return ("tunnel", link)
        case SetSysctl(name):
            return ("sysctl", name)
        case LinkUp(link):
            return ("up", link)
        case AddAddress(address, link):
            return ("address", address, link)


def holds(step: Step, facts: Facts) -> bool:
    """Return whether there is nothing left to do for a step."""
    match step:
        case LoadModule(name):
            return name in facts.modules or _works(name, facts)
        case AddTunnel(link):
            return facts.link(link) is not None
        case SetSysctl(name, value):
            return facts.sysctls.get(name) == value
        case LinkUp(link):
            found = facts.link(link)
            return found is not None and found.up
        case AddAddress(address, link):
            wanted = address.partition("/")[0]
            return any(h.link == link and h.address.partition("/")[0] == wanted for h in facts.addresses)


def _works(module: str, facts: Facts) -> bool:
    """Return whether a part that may be built into the kernel shows itself."""
    if module == IPVS_MODULE:
        return any(name.startswith(_IPVS_SYSCTLS) for name in facts.sysctls)
    return module == TUNNEL_MODULE and facts.link(TUNNEL_LINK) is not None


def missing(required: Iterable[Step], facts: Facts) -> tuple[Step, ...]:
    """Return the steps that are still to be done."""
    return tuple(step for step in required if not holds(step, facts))
