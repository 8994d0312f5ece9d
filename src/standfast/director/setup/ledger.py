"""The ledger of a set-up: each step with what was there before it, written before the step is made.

So a set-up that was cut off in the middle can be taken back: what was not made yet is found unchanged and left.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from standfast.director.setup import plans
from standfast.director.setup.facts import Facts
from standfast.director.setup.steps import (
    TUNNEL_LINK,
    AddAddress,
    AddTunnel,
    LinkDown,
    LinkUp,
    LoadModule,
    RemoveAddress,
    RemoveTunnel,
    RestoreSysctl,
    SetSysctl,
    Step,
    UndoStep,
    UnloadModule,
    key,
)
from standfast.director.setup.wishes import DirectorWish, Wish

FORMAT = 1
_TOGETHER = {
    "net/ipv4/ip_forward": ("net/ipv4/conf/", ("forwarding", "accept_redirects")),
    "net/ipv6/conf/all/forwarding": ("net/ipv6/conf/", ("forwarding",)),
}
"""Sysctls that change others: below which folder, and which knobs. Source: ip-sysctl, `ip_forward`."""
_GIVEN = ("127.0.0.1/8",)


class Entry(msgspec.Struct, frozen=True):
    """A step, the value that a sysctl had before, and those of the sysctls that the kernel changes with it.

    `held`: what an interface that was down held before, since lo is given 127.0.0.1/8 when it comes up.
    """

    step: Step
    was: str = ""
    beside: dict[str, str] = {}
    held: tuple[str, ...] = ()


class Ledger(msgspec.Struct, frozen=True):
    """What was wished and made since the machine was started; `boot` is the kernel's name for that start."""

    boot: str
    wishes: tuple[Wish, ...] = ()
    entries: tuple[Entry, ...] = ()
    format: int = FORMAT

    def wishing(self, wish: Wish) -> Ledger:
        """Return it with a wish more; an older one of the method for no other addresses is replaced."""
        vips = set(wish.vips)
        others = tuple(
            w for w in self.wishes if w.method is not wish.method or set(w.vips) - vips or (vips and not w.vips)
        )
        return msgspec.structs.replace(self, wishes=(*others, wish))

    def noting(self, entry: Entry) -> Ledger:
        """Return it with an entry more; what was before the first of two is what counts."""
        if any(key(known.step) == key(entry.step) for known in self.entries):
            return self
        return msgspec.structs.replace(self, entries=(*self.entries, entry))

    def without(self, entry: Entry) -> Ledger:
        """Return it after an entry was taken back."""
        return msgspec.structs.replace(self, entries=tuple(e for e in self.entries if e != entry))

    def wishing_without(self, vips: Sequence[str]) -> Ledger:
        """Return it without these addresses; without any named, without all."""
        return msgspec.structs.replace(self, wishes=_remaining(self.wishes, vips))


def _remaining(wishes: Iterable[Wish], vips: Sequence[str]) -> tuple[Wish, ...]:
    if not vips:
        return ()
    kept = ((wish, tuple(vip for vip in wish.vips if vip not in vips)) for wish in wishes)
    return tuple(msgspec.structs.replace(wish, vips=left) for wish, left in kept if left or not wish.vips)


def opened(ledger: Ledger | None, boot: str) -> Ledger:
    """Return the ledger to go on with: nothing of what was made before a restart of the machine is left."""
    return ledger if ledger is not None and ledger.boot == boot else Ledger(boot)


def named_sysctls(ledger: Ledger) -> list[str]:
    """Return the sysctls of which facts are needed, besides those that set-ups always touch."""
    wished = [name for wish in ledger.wishes if isinstance(wish, DirectorWish) for name in wish.sysctls]
    return [*wished, *(e.step.name for e in ledger.entries if isinstance(e.step, SetSysctl))]


def entry(step: Step, facts: Facts) -> Entry:
    """Return what is to be remembered before a step."""
    if isinstance(step, LinkUp):
        return Entry(step, held=tuple(h.address for h in facts.addresses if h.link == step.link))
    if not isinstance(step, SetSysctl):
        return Entry(step)
    return Entry(step, facts.sysctls.get(step.name, ""), _beside(step.name, facts))


def _beside(name: str, facts: Facts) -> dict[str, str]:
    if name not in _TOGETHER:
        return {}
    folder, knobs = _TOGETHER[name]
    return {
        other: value
        for other, value in sorted(facts.sysctls.items())
        if other.startswith(folder) and other.rpartition("/")[2] in knobs and other != name
    }


class Undoing(msgspec.Struct, frozen=True):
    """How an entry is taken back: by a step, or not at all, for a reason."""

    entry: Entry
    step: UndoStep | None = None
    reason: str = ""


def undoing(ledger: Ledger, facts: Facts, vips: Sequence[str] = ()) -> list[Undoing]:
    """Return how the entries that no remaining wish needs are taken back, the last first."""
    needed = {key(step) for wish in ledger.wishing_without(vips).wishes for step in plans.required(wish, facts)}
    return [undo(entry, facts) for entry in reversed(ledger.entries) if key(entry.step) not in needed]


def undo(entry: Entry, facts: Facts) -> Undoing:
    """Return how one entry is taken back."""
    match entry.step:
        case SetSysctl():
            return _undo_sysctl(entry, entry.step, facts)
        case AddAddress(address, link):
            there = any(h.address == address and h.link == link for h in facts.addresses)
            return Undoing(entry, RemoveAddress(address, link) if there else None)
        case LinkUp(link):
            found = facts.link(link)
            given = tuple(a for a in _GIVEN if link == "lo" and a not in entry.held)
            return Undoing(entry, LinkDown(link, given) if found and found.up else None)
        case AddTunnel(link):
            return Undoing(entry, RemoveTunnel(link) if facts.link(link) else None)
        case LoadModule(name):
            return _undo_module(entry, name, facts)


def _undo_sysctl(entry: Entry, step: SetSysctl, facts: Facts) -> Undoing:
    now = facts.sysctls.get(step.name)
    if now is None:
        return Undoing(entry)
    if now not in (step.value, entry.was):
        return Undoing(entry, None, f"{step.name} was changed to {now} by somebody else since, and is left")
    if not entry.was:  # it came with a device or module of this set-up
        return Undoing(entry)
    beside = {name: value for name, value in entry.beside.items() if facts.sysctls.get(name) not in (None, value)}
    if now == entry.was and not beside:
        return Undoing(entry)
    return Undoing(entry, RestoreSysctl(step.name, entry.was, entry.beside))


def _undo_module(entry: Entry, name: str, facts: Facts) -> Undoing:
    if name not in facts.modules:
        return Undoing(entry)
    others = [link.name for link in facts.links if link.kind == name and link.name != TUNNEL_LINK]
    if name in facts.busy:
        return Undoing(entry, None, f"the module {name} is left: it is in use")
    if facts.namespaces > 1:
        return Undoing(entry, None, f"the module {name} is left: other network namespaces may use it")
    if others:
        return Undoing(entry, None, f"the module {name} is left: {', '.join(others)} uses it")
    return Undoing(entry, UnloadModule(name))
