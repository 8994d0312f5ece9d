"""Lines of a list that are written as text or as XML."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast import transition


class Entry(msgspec.Struct, frozen=True):
    """One line: its text, and its element's tag and attributes. Without a tag the attributes are the list's own.

    `plain`: the text is no item of the list.
    """

    text: str
    tag: str = ""
    values: Mapping[str, str] = msgspec.field(default_factory=dict)
    plain: bool = False


def quorum(value: str) -> Entry:
    """Return that quorum is set."""
    return Entry(f"Setting quorum: {value}", "", {"quorum": value})


def watchdog(value: str) -> Entry:
    """Return that a watchdog is set."""
    return Entry(f"Setting watchdog: {value}", "", {"watchdog": value})


def node(words: str, action: str, name: str) -> Entry:
    """Return what is done to a node; `words` hold `{}` for its name."""
    return Entry(words.format(name), "modify_node", {"action": action, "node": name})


def ticket(words: str, action: str, name: str) -> Entry:
    """Return what is done to a ticket."""
    return Entry(words.format(name), "modify_ticket", {"action": action, "ticket": name})


def operation(specification: str) -> Entry:
    """Return that an operation is pretended to have ended."""
    return Entry(f"Injecting {specification} into the configuration", "inject_spec", {"spec": specification})


def attributes(values: Mapping[str, str], path: str, node_id: str) -> list[Entry]:
    """Return that transient attributes of the node whose state is at a path are set."""
    return [
        Entry(
            f"Injecting attribute {name}={value} into {path} '{node_id}'",
            "inject_attr",
            {"name": name, "value": value, "node_path": path, "cib_node": node_id},
        )
        for name, value in values.items()
    ]


def pseudo(action: transition.Action) -> Entry:
    """Return that a pseudo action is done."""
    where = {"node": action.on_node} if action.on_node else {}
    on_node = f" on {action.on_node}" if where else ""
    return Entry(f"Pseudo action:   {action.operation_key}{on_node}", "pseudo_action",
                 {"task": action.operation_key, **where})  # fmt: skip


def fencing(action: transition.Action, how: str) -> Entry:
    """Return that a node is fenced."""
    return Entry(f"Fencing {action.on_node} ({how})", "fencing_action", {"target": action.on_node, "op": how})


def cluster(action: transition.Action) -> Entry:
    """Return that a daemon is asked for something."""
    values = {"task": action.operation, "node": action.on_node}
    of = f" for {action.resource.id}" if action.resource is not None else ""
    if action.resource is not None:
        values["id"] = action.resource.id
    return Entry(f"Cluster action:  {action.operation}{of} on {action.on_node}", "cluster_action", values)


def resource(name: str, action: transition.Action, interval_ms: int) -> Entry:
    """Return that an agent is called."""
    values = {"resource": name, "op": action.operation, "node": action.on_node}
    timing = ""
    if interval_ms:
        timing, values["interval"] = f"={interval_ms}", str(interval_ms)
    return Entry(f"Resource action: {name:<15} {action.operation}{timing} on {action.on_node}", "rsc_action", values)


def pretended(action: transition.Action, code: int) -> Entry:
    """Return that an operation is let fail."""
    return Entry(f"Pretending action {action.id} failed with rc={code}", plain=True)
