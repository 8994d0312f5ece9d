"""The instances of a state under their groups, clones and bundles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from standfast.dialects.crm_mon.facts import Container, Facts
from standfast.scheduler import InstanceState, Role

_INSTANCE = re.compile(r":\d+$")


@dataclass(slots=True)
class Branch:
    """A group, clone or bundle (or an instance of a group) with what is in it."""

    id: str
    kind: str
    facts: Container
    children: list[Branch | InstanceState] = field(default_factory=list)

    def instances(self) -> Iterator[InstanceState]:
        """Return all primitives' instances below."""
        for child in self.children:
            if isinstance(child, Branch):
                yield from child.instances()
            else:
                yield child

    @property
    def managed(self) -> bool:
        """Return whether any instance below is managed."""
        below = [i.managed for i in self.instances()]
        return any(below) if below else self.facts.managed


def grow(instances: tuple[InstanceState, ...], facts: Facts) -> list[Branch | InstanceState]:
    """Return the forest: top resources in the order of the instances."""
    top: list[Branch | InstanceState] = []
    known: dict[tuple[tuple[str, str], ...], Branch] = {}
    for instance in instances:
        level = top
        for depth in range(len(instance.parents)):
            path = instance.parents[: depth + 1]
            branch = known.get(path)
            if branch is None:
                kind, name = path[-1]
                default = Container(name, "clone" if kind == "master" else kind)
                branch = Branch(name, default.kind, facts.containers.get(base_name(name), default))
                known[path] = branch
                level.append(branch)
            level = branch.children
        level.append(instance)
    return top


def natural(name: str) -> list[tuple[int, str]]:
    """Return the key by which names are sorted: numbers in them as numbers."""
    parts = re.split(r"(\d+)", name.lower())
    return [(int(p), "") if p.isdigit() else (0, p) for p in parts]


def base_name(name: str) -> str:
    """Return a name without its instance number."""
    return _INSTANCE.sub("", name)


def shown_name(instance: InstanceState, facts: Facts) -> str:
    """Return the instance's name as crm_mon shows it: numbered only in globally unique clones."""
    clones = [name for kind, name in instance.parents if kind in ("clone", "master")]
    unique = any(c.unique for name in clones if (c := facts.containers.get(name)))
    return base_name(instance.id) if clones and not unique else instance.id


def is_active(instance: InstanceState) -> bool:
    """Return whether the instance runs somewhere."""
    return bool(instance.nodes) and instance.role != Role.STOPPED
