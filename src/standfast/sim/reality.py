"""What truly runs where, whatever the cluster believes; and what may not be started before somebody is known to be off.

A *holding* is a primitive on one node's kernel (one boot). It begins when a start takes effect, and ends when a stop
does, or the kernel does. A *claim* outlives a kernel that died without notice: it ends when a fencing device has said
that the node is off, or when the node is back and the cluster has probed the resource there.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field

from standfast.sim.story import Story


class Role(enum.StrEnum):
    """How a resource runs."""

    STARTED = "started"
    PROMOTED = "promoted"


@dataclass(frozen=True, slots=True)
class Need:
    """What must run, and how, on the node where something runs."""

    resource: str
    role: Role = Role.STARTED


@dataclass(frozen=True, slots=True)
class Kind:
    """What may run how often: `copies_max` nodes at once, of these `promoted_max` promoted; and what it needs."""

    copies_max: int = 1
    promoted_max: int = 0
    need: Need | None = None


@dataclass(slots=True)
class Kernel:
    """One boot of a node: what runs on it, which starts are under way, and what an operation failed on, so that nobody
    needs to know how it runs."""

    node: str
    boot: str
    running: dict[str, Role] = field(default_factory=dict)
    starting: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)


class Reality:
    """The truth. Every change of it is checked."""

    def __init__(self, kinds: dict[str, Kind], story: Story) -> None:
        self._kinds = kinds
        self._story = story
        self.kernels: dict[str, Kernel] = {}
        self.claims: dict[tuple[str, str], str] = {}  # (resource, node) -> the boot that died with it
        self.unmanaged: set[str] = set()  # resources and nodes that operators have ever taken out of the cluster's care

    # --- kernels

    def boot(self, node: str, boot: str) -> Kernel:
        """Return a new kernel, on which nothing runs."""
        assert node not in self.kernels
        kernel = self.kernels[node] = Kernel(node, boot)
        return kernel

    def die(self, node: str) -> None:
        """End a kernel without notice: what it held is nobody's until it is confirmed that it is off."""
        kernel = self.kernels.pop(node, None)
        if kernel is not None:
            for resource in sorted(kernel.running.keys() | kernel.starting):
                self.claims[(resource, node)] = kernel.boot

    def confirmed_off(self, node: str) -> None:
        """Note that a fencing device has said that a node is off, after it went off."""
        for claim in [claim for claim in self.claims if claim[1] == node]:
            del self.claims[claim]

    def left(self, node: str) -> None:
        """Note that a node which came back took part and left on purpose: its earlier boots hold nothing any more."""
        self.confirmed_off(node)

    def probed(self, node: str, resource: str) -> None:
        """Note that the cluster has asked, on a later boot of the node, whether the resource runs there."""
        self.claims.pop((resource, node), None)

    # --- resources

    def starting(self, kernel: Kernel, resource: str) -> None:
        """Note that a start begins: from here on the resource may be running there. Raises: BrokenError."""
        kernel.starting.add(resource)
        self._check_claims(kernel.node, resource)
        if missing := self._missing(kernel, resource):
            self._object(kernel, f"{resource} is started on {kernel.node} without {missing}", missing)

    def stopping(self, kernel: Kernel, resource: str) -> None:
        """Note that a stop begins. Raises: BrokenError if it is promoted, or needed."""
        if kernel.running.get(resource) is Role.PROMOTED:
            self._object(kernel, f"{resource} is stopped on {kernel.node} while it is promoted", resource)
        self._check_needed(kernel, resource, "stopped", Role)

    def demoting(self, kernel: Kernel, resource: str) -> None:
        """Note that a demotion begins. Raises: BrokenError if something needs it promoted."""
        self._check_needed(kernel, resource, "demoted", (Role.PROMOTED,))

    def _missing(self, kernel: Kernel, resource: str) -> str:
        """Return what a resource needs and does not find there; empty if nothing."""
        need = self._kinds.get(resource, Kind()).need
        if need is None or kernel.running.get(need.resource) in (need.role, Role.PROMOTED):
            return ""
        return need.resource

    def _check_needed(self, kernel: Kernel, resource: str, what: str, roles: Iterable[Role]) -> None:
        if resource not in kernel.running:
            return
        for other in sorted(kernel.running.keys() | kernel.starting):
            need = self._kinds.get(other, Kind()).need
            if need is not None and need.resource == resource and need.role in roles:
                self._object(kernel, f"{resource} is {what} on {kernel.node} under {other}", resource, other)

    def _object(self, kernel: Kernel, what: str, *resources: str) -> None:
        """Raises: BrokenError if the cluster knows how these run there, and is to care for them."""
        if kernel.node not in self.unmanaged and not (kernel.unsure | self.unmanaged).intersection(resources):
            raise self._story.broken(what)

    def started(self, kernel: Kernel, resource: str) -> None:
        """Let a resource run."""
        if self.kernels.get(kernel.node) is not kernel:
            return
        if resource not in kernel.running:
            kernel.running[resource] = Role.STARTED
            self._story.tell(kernel.node, f"{resource} runs")
        self.check()

    def ended(self, kernel: Kernel, resource: str) -> None:
        """Let a resource not run any more."""
        if kernel.running.pop(resource, None) is not None:
            self._story.tell(kernel.node, f"{resource} does not run any more")

    def migrated(self, kernel: Kernel, resource: str, target: str) -> None:
        """Let a resource run on the target, and no more here, if both kernels live and what it needs is there."""
        there = self.kernels.get(target)
        if there is None or self.kernels.get(kernel.node) is not kernel or resource not in kernel.running:
            return
        if self._missing(there, resource):
            return
        there.running[resource] = kernel.running.pop(resource)
        self._story.tell(target, f"{resource} runs, come from {kernel.node}")
        self.check()

    def promoted(self, kernel: Kernel, resource: str) -> None:
        """Promote a running resource."""
        if self.kernels.get(kernel.node) is not kernel:
            return
        kernel.running[resource] = Role.PROMOTED
        self._story.tell(kernel.node, f"{resource} is promoted")
        self.check()

    def demoted(self, kernel: Kernel, resource: str) -> None:
        """Demote a promoted resource."""
        if kernel.running.get(resource) is Role.PROMOTED:
            kernel.running[resource] = Role.STARTED
            self._story.tell(kernel.node, f"{resource} is demoted")

    def died(self, kernel: Kernel, resource: str) -> None:
        """Let a resource end by itself, which nobody is told."""
        kernel.unsure.add(resource)
        self.ended(kernel, resource)

    def where(self, resource: str, role: Role | None = None) -> list[str]:
        """Return the nodes on which it runs (in this role)."""
        found = []
        for kernel in self.kernels.values():
            now = kernel.running.get(resource)
            if now is not None and role in (None, now):
                found.append(kernel.node)
        return sorted(found)

    # --- invariants

    def check(self) -> None:
        """Raises: BrokenError if anything runs more often than it may."""
        for resource, kind in self._kinds.items():
            nodes = self.where(resource)
            if len(nodes) > kind.copies_max:
                raise self._story.broken(f"{resource} runs on {' and '.join(nodes)}, may run on {kind.copies_max}")
            promoted = self.where(resource, Role.PROMOTED)
            if len(promoted) > kind.promoted_max:
                raise self._story.broken(f"{resource} is promoted on {' and '.join(promoted)}")

    def _check_claims(self, node: str, resource: str) -> None:
        held = [other for (what, other) in self.claims if what == resource and other != node]
        if held and self._kinds.get(resource, Kind()).copies_max == 1:
            raise self._story.broken(
                f"{resource} is started on {node}, and {held[0]}, which died with it, was not confirmed off"
            )
