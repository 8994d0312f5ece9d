"""`crm resource`: orders for resources, and their attributes."""

from __future__ import annotations

from lxml import etree

from standfast.cli import changes, render_records, render_status
from standfast.cli.crm import attribute_lists
from standfast.cli.crm.session import Command, Session, need, usage
from standfast.cli.live import terminal
from standfast.dialects import crm
from standfast.errors import Exit, RequestError
from standfast.web import schema

_TRUE = ("on", "true", "yes", "1")
_FALSE = ("off", "false", "no", "0")


def _give(session: Session, resource: str, order: str, body: schema.Order) -> None:
    terminal.say(render_records.outcome(session.client.order_resource(resource, order, body).result))


def _order(order: str) -> Command:
    """Return the command that gives this order for each resource named."""

    def command(session: Session, words: list[str]) -> int:
        need(words, 1, f"{order} RESOURCE …")
        for resource in words:
            _give(session, resource, order, schema.Order(force=session.force, wait=session.wait))
        return Exit.OK

    command.__doc__ = f"Give the order {order!r} for resources."
    return command


def _placed(order: str) -> Command:
    """Return the command `ORDER RESOURCE [NODE] [LIFETIME] [force]`."""

    def command(session: Session, words: list[str]) -> int:
        need(words, 1, f"{order} RESOURCE [NODE] [LIFETIME] [force]")
        rest = [w for w in words[1:] if w != "force"]
        lifetime = next((w for w in rest if _is_lifetime(w)), "")
        node = next((w for w in rest if w != lifetime), "")
        force = session.force or "force" in words[1:]
        _give(session, words[0], order, schema.Order(node=node, lifetime=lifetime, force=force, wait=session.wait))
        return Exit.OK

    command.__doc__ = f"Give the order {order!r} for a resource, and a node."
    return command


def _is_lifetime(word: str) -> bool:
    return word.startswith("P") and word[1:2].isdigit() | (word[1:2] == "T")


def _clean(order: str) -> Command:
    """Return the command `cleanup|refresh [RESOURCE] [NODE] [force]`; without a resource: on every node."""

    def command(session: Session, words: list[str]) -> int:
        rest = [w for w in words if w != "force"]
        body = schema.Order(node=rest[1] if len(rest) > 1 else "", force=session.force or "force" in words)
        if rest:
            _give(session, rest[0], order, body)
            return Exit.OK
        for node in session.client.status().nodes:
            session.client.order_node(node.name, "cleanup", body)
        return Exit.OK

    command.__doc__ = f"Give the order {order!r} for a resource, or for all."
    return command


def _maintenance(session: Session, words: list[str]) -> int:
    """Put a resource in maintenance mode or take it out: `maintenance RESOURCE [on|off]`."""
    need(words, 1, "maintenance RESOURCE [on|off]")
    word = words[1] if len(words) > 1 else "on"
    if word not in (*_TRUE, *_FALSE):
        raise usage(f"{word!r} is not understood (expected on or off)")
    return attribute_lists.manage(
        session,
        [words[0], "set", "maintenance", "true" if word in _TRUE else "false"],
        "resource",
        "meta_attributes",
        "meta",
    )


def _list(keyword: str, tag: str) -> Command:
    def command(session: Session, words: list[str]) -> int:
        return attribute_lists.manage(session, words, "resource", tag, keyword)

    command.__doc__ = f"Set, show or delete one of a resource's {tag}."
    return command


def _status(session: Session, words: list[str]) -> int:
    """Show all resources, or these: `status [RESOURCE …]`."""
    status = session.client.status()
    known = {r.id for r in status.resources} | {name for r in status.resources for _, name in r.parents}
    for word in words:
        if word not in known:
            raise RequestError(f"there is no resource {word!r}", Exit.NO_SUCH)
    terminal.say(render_status.resources(status, set(words), terminal.style()))
    return Exit.OK


def _locate(session: Session, words: list[str]) -> int:
    """Say where resources run: `locate RESOURCE …`."""
    need(words, 1, "locate RESOURCE …")
    status = session.client.status()
    for word in words:
        found = [r for r in status.resources if word == r.id or word in (name for _, name in r.parents)]
        if not found:
            raise RequestError(f"there is no resource {word!r}", Exit.NO_SUCH)
        nodes = [f"{n} {r.role}".removesuffix(" Started") for r in found for n in r.nodes]
        terminal.say(
            f"resource {word} is {'running on: ' + ', '.join(dict.fromkeys(nodes)) if nodes else 'NOT running'}"
        )
    return Exit.OK


def _constraints(session: Session, words: list[str]) -> int:
    """Show the constraints that name a resource: `constraints RESOURCE`."""
    need(words, 1, "constraints RESOURCE")
    document = changes.fetch(session.client)
    keys = ("rsc", "with-rsc", "first", "then", "id")
    found = [
        constraint.get("id", "")
        for constraint in document.root.iterfind(".//constraints/*")
        if any(
            e.get(k) == words[0]
            for e in constraint.iter(etree.Element)
            for k in keys[: 5 if e is not constraint else 4]
        )
    ]
    terminal.say(crm.render(document, found) if found else "")
    return Exit.OK


def _names(constraint: etree._Element, resource: str) -> bool:
    """Return whether the constraint is about this resource."""
    direct = (constraint.get(k) for k in ("rsc", "with-rsc", "first", "then"))
    return resource in direct or any(r.get("id") == resource for r in constraint.iter("resource_ref"))


def _failcount(session: Session, words: list[str]) -> int:
    """Show or delete a fail count: `failcount RESOURCE show|delete NODE`."""
    form = "failcount RESOURCE show|delete NODE"
    need(words, 3, form)
    resource, order, node = words[:3]
    if order == "delete":
        _give(session, resource, "cleanup", schema.Order(node=node))
        return Exit.OK
    if order != "show":
        raise usage(f"{order!r} is not understood (expected {form})")
    count = next((r.fail_counts.get(node, 0) for r in session.client.status().resources if r.id == resource), None)
    if count is None:
        raise RequestError(f"there is no resource {resource!r}", Exit.NO_SUCH)
    terminal.say(f"scope=status name=fail-count-{resource} value={count}")
    return Exit.OK


COMMANDS: dict[str, Command] = {
    **{name: _order(name) for name in ("start", "stop", "restart", "promote", "demote", "manage", "unmanage")},
    **{name: _placed("move") for name in ("move", "migrate")},
    "ban": _placed("ban"),
    **{name: _placed("clear") for name in ("clear", "unmove", "unmigrate", "unban")},
    "cleanup": _clean("cleanup"),
    "refresh": _clean("refresh"),
    "maintenance": _maintenance,
    "meta": _list("meta", "meta_attributes"),
    "param": _list("param", "instance_attributes"),
    "utilization": _list("utilization", "utilization"),
    **dict.fromkeys(("status", "show", "list"), _status),
    "locate": _locate,
    "constraints": _constraints,
    "failcount": _failcount,
}
