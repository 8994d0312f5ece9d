"""Which instances run, moment by moment: what a timeline adds and takes away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from standfast import scheduler, transition

RUNNING, PROMOTED = "running", "promoted"


@dataclass(frozen=True, slots=True)
class Moment:
    """At this moment so many more (or fewer) instances of a resource are running, or promoted, on a node."""

    at_ms: int
    resource: str
    node: str
    role: str
    change: int


@dataclass(slots=True)
class Presence:
    """What runs where: (resource, node, role) -> instances. Invariant: `totals` are the sums over the nodes."""

    where: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    totals: Counter[tuple[str, str]] = field(default_factory=Counter)

    @classmethod
    def of(cls, state: scheduler.State) -> Presence:
        """Return what runs in a state; what is on an unclean node that is offline is gone."""
        lost = {n.name for n in state.nodes if not n.online and n.unclean}
        found = cls()
        for instance in state.instances:
            for node in instance.nodes:
                if node not in lost:
                    found.apply(Moment(0, base(instance.id), node, RUNNING, 1))
                    if instance.role is scheduler.Role.PROMOTED:
                        found.apply(Moment(0, base(instance.id), node, PROMOTED, 1))
        return found

    def count(self, resource: str, role: str) -> int:
        """Return how many instances are in this role."""
        return self.totals[(resource, role)]

    def apply(self, moment: Moment) -> None:
        """Take over what happens at a moment; nothing is less than none."""
        key = (moment.resource, moment.node, moment.role)
        change = max(-self.where[key], moment.change)
        self.where[key] += change
        self.totals[(moment.resource, moment.role)] += change

    def without(self, node: str) -> list[Moment]:
        """Return what happens at once when all on a node is gone."""
        return [Moment(0, name, on, role, -n) for (name, on, role), n in self.where.items() if on == node and n]


def base(instance: str) -> str:
    """Return an instance's resource: `web:1` is of `web`."""
    return instance.partition(":")[0]


def moments(timed: Iterable[tuple[int, int, transition.Action]]) -> list[Moment]:
    """Return what a timeline changes, in order: a stop takes away when it begins, a start adds when it has ended."""
    found = []
    for begin, end, action in timed:
        if action.resource is None or action.kind is not transition.Kind.RESOURCE:
            continue
        name, node = base(action.resource.long_id or action.resource.id), action.on_node
        match action.operation:
            case "start":
                found.append(Moment(end, name, node, RUNNING, 1))
            case "stop":
                found.append(Moment(begin, name, node, RUNNING, -1))
            case "promote":
                found.append(Moment(end, name, node, PROMOTED, 1))
            case "demote":
                found.append(Moment(begin, name, node, PROMOTED, -1))
            case "migrate_from":
                source = action.attributes.get("CRM_meta_migrate_source", "")
                found += [Moment(end, name, node, RUNNING, 1), Moment(end, name, source, RUNNING, -1)]
    return sorted(found, key=lambda m: (m.at_ms, m.change if m.role == PROMOTED else -m.change))
