"""`crm node`: orders for nodes, and their attributes."""

from __future__ import annotations

from standfast.cli import changes, render_status
from standfast.cli.crm import attribute_lists
from standfast.cli.crm.session import Command, Session, need, usage
from standfast.cli.live import terminal
from standfast.dialects import crm
from standfast.errors import Exit, RequestError
from standfast.web import schema


def _order(order: str, *, own: bool) -> Command:
    """Return the command that gives this order for a node; `own`: without a name, for this one."""

    def command(session: Session, words: list[str]) -> int:
        rest = [w for w in words if w not in ("force", "-y", "--yes")]
        lifetime = next((w for w in rest if w in ("reboot", "forever")), "")
        names = [w for w in rest if w != lifetime]
        if not own:
            need(names, 1, f"{order} NODE")
        for name in names or [session.client.status().node]:
            body = schema.Order(lifetime=lifetime, force=session.force or "force" in words, wait=session.wait)
            session.client.order_node(name, order, body)
        return Exit.OK

    command.__doc__ = f"Give the order {order!r} for a node."
    return command


def _show(session: Session, words: list[str]) -> int:
    """Show the nodes in the configuration, or one: `show [NODE]`."""
    document = changes.fetch(session.client)
    names = [n.get("uname", "") for n in document.root.iterfind(".//nodes/node")]
    if words and words[0] not in names:
        raise RequestError(f"there is no node {words[0]!r}", Exit.NO_SUCH)
    terminal.say(crm.render(document, words[:1] or ["type:node"]))
    return Exit.OK


def _status(session: Session, words: list[str]) -> int:
    """Show the nodes and their states."""
    terminal.say(render_status.nodes(session.client.status(), terminal.style()))
    return Exit.OK


def _delete(session: Session, words: list[str]) -> int:
    """Remove a node from the configuration: `delete NODE`."""
    need(words, 1, "delete NODE")
    script = crm.read_words(["delete", words[0]])
    changes.change(session.client, changes.by_script(script, crm.Method.UPDATE), force=session.force)
    return Exit.OK


def _list(keyword: str, tag: str) -> Command:
    def command(session: Session, words: list[str]) -> int:
        return attribute_lists.manage(session, words, "node", tag, keyword)

    command.__doc__ = f"Set, show or delete one of a node's {tag}."
    return command


def _status_attribute(session: Session, words: list[str]) -> int:
    """Set, show or delete a transient attribute: `status-attr NODE set NAME VALUE|show NAME|delete NAME`."""
    form = "status-attr NODE set NAME VALUE | show NAME | delete NAME"
    need(words, 3, form)
    node, order, name = words[:3]
    if order == "show":
        found = session.client.attributes(node=node, name=name, scope="reboot")
        if not found:
            raise RequestError(f"{name!r} is not set on {node}", Exit.NO_SUCH)
        terminal.say(f"scope=status name={name} value={found[0].value}")
        return Exit.OK
    if order not in ("set", "delete"):
        raise usage(f"{order!r} is not understood (expected {form})")
    if order == "set":
        need(words, 4, form)
    session.client.set_attribute(schema.AttributeUpdate(node, name, words[3] if order == "set" else None))
    return Exit.OK


COMMANDS: dict[str, Command] = {
    **{name: _order(name, own=True) for name in ("standby", "online", "maintenance", "ready")},
    "fence": _order("fence", own=False),
    "clearstate": _order("confirm", own=False),
    "delete": _delete,
    "show": _show,
    "status": _status,
    "list": _status,
    "attribute": _list("attribute", "instance_attributes"),
    "utilization": _list("utilization", "utilization"),
    "status-attr": _status_attribute,
}
