"""The cluster's status as text: nodes, and resources with all that is in them. Source: `crm_simulate`, `crm_mon`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from standfast.dialects.status import exit_texts
from standfast.dialects.status.words import PENDING_WORDS
from standfast.scheduler import NodeState, ReplicaState, ResourceState, Role, State

if TYPE_CHECKING:
    from standfast.dialects.status.outline import Outline


def body(state: State, outline: Outline, *, pending: bool) -> None:
    """Add nodes and resources; with `pending`, what is being done to resources is shown."""
    if state.nodes:
        nodes(state.nodes, outline)
        outline.plain("")
    resources(state, outline, pending=pending)


def resources(state: State, outline: Outline, *, pending: bool) -> None:
    """Add the list of all resources."""
    with outline.list("Full List of Resources"):
        printer = _Printer(state, outline, pending=pending)
        shown = [resource for resource in state.resources if not (resource.orphaned and not resource.whole)]
        for resource in shown:
            printer.resource(resource)
        if not shown:
            outline.item("No resources")


def nodes(states: Iterable[NodeState], outline: Outline) -> None:
    """Add the list of nodes."""
    with outline.list("Node List"):
        _nodes(states, outline)


def _nodes(nodes: Iterable[NodeState], outline: Outline) -> None:
    lists: dict[str, list[str]] = {
        name: [] for name in ("Online", "OFFLINE", "RemoteOnline", "RemoteOFFLINE", "GuestOnline")
    }
    prefixes = {"member": "", "remote": "Remote", "guest": "Guest"}
    for node in nodes:
        prefix = prefixes[node.kind]
        if _is_special(node):
            health = f" (health is {node.health.upper()})" if node.health != "green" else ""
            outline.item(f"{prefix}Node {node.name}: {_node_status(node)}{health}")
        else:
            lists.setdefault(prefix + ("Online" if node.online else "OFFLINE"), []).append(node.name)
    for name in ("Online", "OFFLINE", "RemoteOnline", "RemoteOFFLINE", "GuestOnline"):
        if lists[name]:
            outline.item(f"{name}: [ {' '.join(lists[name])} ]")


def _is_special(node: NodeState) -> bool:
    return (
        node.unclean
        or node.pending
        or (node.standby_on_fail and node.online)
        or node.standby
        or node.maintenance
        or node.health != "green"
    )


def _node_status(node: NodeState) -> str:
    if node.unclean:
        return f"UNCLEAN ({'online' if node.online else 'pending' if node.pending else 'offline'})"
    if node.pending:
        return "pending"
    if node.standby_on_fail and node.online:
        return "standby (on-fail)"
    if node.standby:
        if not node.online:
            return "OFFLINE (standby)"
        return "standby (with active resources)" if node.resources else "standby"
    if node.maintenance:
        return "maintenance" if node.online else "OFFLINE (maintenance)"
    return "online" if node.online else "OFFLINE"


class _Printer:
    """Prints resources of one state."""

    def __init__(self, state: State, outline: Outline, *, pending: bool) -> None:
        self.outline = outline
        self.pending = pending
        self.nodes = {node.name: node for node in state.nodes}

    def resource(self, resource: ResourceState) -> None:
        """Print a resource and what is in it."""
        match resource.kind:
            case "primitive":
                if not resource.internal:
                    self._primitive(resource, resource.name, resource.current or resource.pending_node)
            case "group":
                self._group(resource)
            case "clone":
                self._clone(resource)
            case "bundle":
                self._bundle(resource)

    # Primitives

    def _primitive(self, resource: ResourceState, name: str, node: str) -> None:
        self.outline.item(self._line(resource, name, node))

    def _line(self, resource: ResourceState, name: str, node: str) -> str:
        node = node or resource.lock_node
        multiple = len(resource.nodes) > 1
        if multiple:
            node = ""
        words = f"{name}\t({resource.agent}):\t"
        if resource.orphaned:
            words += " ORPHANED"
        if resource.failed:
            words += " FAILED"
            words += f" {resource.role}" if resource.role is Role.PROMOTED else ""
        else:
            words += f" {(self.pending and PENDING_WORDS.get(resource.pending)) or resource.role}"
        words += f" {node}" if node else ""
        if resource.role is Role.STOPPED and resource.probe_rc is not None:
            words += f" ({exit_texts.describe(resource.probe_rc)}) "
        flags = self._flags(resource, node)
        words += f" ({', '.join(flags)})" if flags else ""
        if multiple:
            words += f" ({resource.description})" if resource.description else ""
            words += f" [ {' '.join(resource.nodes)} ]"
        return words

    def _flags(self, resource: ResourceState, node: str) -> list[str]:
        flags = []
        state = self.nodes.get(node)
        if state is not None and not state.online and state.unclean:
            flags.append("UNCLEAN")
        if node and node == resource.lock_node:
            flags.append("LOCKED")
        if self.pending and resource.pending == "monitor":
            flags.append("Monitoring")
        flags += _target_flags(resource)
        if resource.blocked:
            flags.append("blocked")
        elif resource.maintenance:
            flags.append("maintenance")
        elif not resource.managed:
            flags.append("unmanaged")
        if resource.failure_ignored:
            flags.append("failure ignored")
        return flags

    # Collectives

    def _group(self, group: ResourceState) -> None:
        with self.outline.list(f"Resource Group: {group.id}{_attributes(group, ())}"):
            for member in group.children:
                self.resource(member)

    def _clone(self, clone: ResourceState) -> None:
        kinds = [word for word, on in (("promotable", clone.promotable), ("unique", clone.unique)) if on]
        child = clone.children[0].config_id if clone.children else ""
        with self.outline.list(f"Clone Set: {clone.id} [{child}]{_attributes(clone, kinds)}"):
            promoted: list[str] = []
            started: list[str] = []
            for instance in clone.children:
                if not self._collect(clone, instance, promoted, started):
                    self.resource(instance)
            self._instance_lists(clone, promoted, started)

    def _collect(self, clone: ResourceState, instance: ResourceState, promoted: list[str], started: list[str]) -> bool:
        """Add an unremarkable instance to the lists; return False if it is to be printed in full."""
        if clone.unique:
            return not (instance.active or not clone.orphaned)
        if self.pending and instance.pending:
            return False
        if not instance.active:
            return True
        if _any(instance, "orphaned") or _any(instance, "failed") or not _all(instance, "managed"):
            return False
        node = _only_node(instance)
        if not instance.whole or node is None:
            return False
        state = self.nodes.get(node)
        if state is not None and not state.online and state.unclean:
            return False
        (promoted if instance.role is Role.PROMOTED else started).append(node)
        return True

    def _instance_lists(self, clone: ResourceState, promoted: list[str], started: list[str]) -> None:
        order = {name: index for index, name in enumerate(self.nodes)}
        target = (clone.target_role or (clone.children[0].target_role if clone.children else "")).lower()
        if promoted:
            self._words("Promoted", sorted(promoted, key=order.__getitem__))
        if started:
            title = "Started"
            if clone.promotable:
                limited = target in ("unpromoted", "slave")
                title = "Unpromoted (target-role)" if limited else "Unpromoted"
            self._words(title, sorted(started, key=order.__getitem__))
        if clone.unique or clone.clone_max <= len(promoted) + len(started):
            return
        stopped: dict[str, list[str]] = {}
        for node, rc in clone.idle.items():
            state = "Stopped (disabled)" if target == "stopped" else "Stopped"
            if rc is not None:
                state = f"Stopped ({exit_texts.describe(rc)})"
            stopped.setdefault(state, []).append(node)
        for title in sorted(stopped):
            self._words(title, stopped[title])

    def _words(self, title: str, names: Sequence[str]) -> None:
        self.outline.item(f"{title}: [ {' '.join(names)} ]")

    def _bundle(self, bundle: ResourceState) -> None:
        several = " set" if len(bundle.replicas) > 1 else ""
        unique = " (unique)" if bundle.unique else ""
        if bundle.maintenance:
            unmanaged = " (maintenance)"
        else:
            unmanaged = "" if bundle.managed else " (unmanaged)"
        with self.outline.list(f"Container bundle{several}: {bundle.id} [{bundle.image}]{unique}{unmanaged}"):
            for replica in bundle.replicas:
                self._replica(replica)

    def _replica(self, replica: ReplicaState) -> None:
        shown = replica.child or replica.container
        name = (replica.remote or replica.container).name
        if replica.address:
            name += f" ({replica.address})"
        self._primitive(shown, name, replica.container.current)


def _target_flags(resource: ResourceState) -> list[str]:
    target = resource.target_role.lower()
    if target == "stopped":
        return ["disabled"]
    if target in ("unpromoted", "slave") and resource.disabled:
        return [f"target-role:{resource.target_role}"]
    return []


def _attributes(resource: ResourceState, kinds: Sequence[str]) -> str:
    words = list(kinds)
    if resource.disabled:
        words.append("disabled")
    if resource.maintenance:
        words.append("maintenance")
    elif not resource.managed:
        words.append("unmanaged")
    return f" ({', '.join(words)})" if words else ""


def _any(resource: ResourceState, flag: str) -> bool:
    return bool(getattr(resource, flag)) or any(_any(child, flag) for child in resource.children)


def _all(resource: ResourceState, flag: str) -> bool:
    return bool(getattr(resource, flag)) and all(_all(child, flag) for child in resource.children)


def _nodes_of(resource: ResourceState) -> list[str]:
    if not resource.children:
        return list(resource.nodes)
    return list(dict.fromkeys(node for child in resource.children for node in _nodes_of(child)))


def _only_node(resource: ResourceState) -> str | None:
    nodes = _nodes_of(resource)
    return nodes[0] if len(nodes) == 1 else None
