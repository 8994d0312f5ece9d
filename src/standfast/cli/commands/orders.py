"""`resource`, `node`, `cleanup`, `fence`, `stop`: orders."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
import typer

from standfast.cli import render_records
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.errors import Exit, RequestError
from standfast.web import schema


class ResourceOrder(enum.StrEnum):
    """Orders for a resource."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    MOVE = "move"
    BAN = "ban"
    CLEAR = "clear"
    CLEANUP = "cleanup"
    REFRESH = "refresh"
    MANAGE = "manage"
    UNMANAGE = "unmanage"
    MAINTENANCE = "maintenance"
    PROMOTE = "promote"
    DEMOTE = "demote"
    ENABLE = "enable"
    DISABLE = "disable"


class NodeOrder(enum.StrEnum):
    """Orders for a node."""

    STANDBY = "standby"
    ONLINE = "online"
    MAINTENANCE = "maintenance"
    READY = "ready"
    FENCE = "fence"
    CONFIRM = "confirm"
    CLEANUP = "cleanup"


@context.command
def resource(
    order: Annotated[ResourceOrder, typer.Argument(help="What to do.")],
    ids: Annotated[list[str], typer.Argument(metavar="RESOURCE…", help="The resources.")],
    node: context.OnNode = "",
    lifetime: Annotated[str, typer.Option("--lifetime", metavar="DURATION", help="How long a move or ban holds.")] = "",
    force: context.Force = False,
    wait: context.Wait = False,
) -> int:
    """Give an order for resources."""
    body = schema.Order(node=node, force=force, lifetime=lifetime, wait=wait)
    for name in ids:
        _say_result(context.client().order_resource(name, order.value, body))
    return Exit.OK


def _say_result(answer: schema.ChangeAnswer) -> None:
    terminal.say(render_records.outcome(answer.result))


@context.command
def node(
    order: Annotated[NodeOrder, typer.Argument(help="What to do.")],
    names: Annotated[list[str], typer.Argument(metavar="NODE…", help="The nodes.")],
    lifetime: Annotated[
        str, typer.Option("--lifetime", metavar="forever|reboot", help="How long a standby holds (default: forever).")
    ] = "",
    force: context.Force = False,
    wait: context.Wait = False,
) -> int:
    """Give an order for nodes."""
    body = schema.Order(force=force, lifetime=lifetime, wait=wait)
    for name in names:
        _say_result(context.client().order_node(name, order.value, body))
    return Exit.OK


@context.command
def cleanup(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[RESOURCE…]", help="The resources (none: all).")] = None,
    node: context.OnNode = "",
    force: context.Force = False,
) -> int:
    """Forget failures, so that what was given up is tried again."""
    client, body = context.client(), schema.Order(node=node, force=force)
    for name in ids or []:
        _say_result(client.order_resource(name, "cleanup", body))
    if not ids:
        for name in [node] if node else [n.name for n in client.status().nodes]:
            _say_result(client.order_node(name, "cleanup", body))
    return Exit.OK


@context.command
def fence(
    what: Annotated[str, typer.Argument(metavar="NODE|history|devices|confirm", help="A node's name, or a question.")],
    name: Annotated[str, typer.Argument(metavar="[NODE]", help="With confirm: the node that is surely off.")] = "",
    action: Annotated[str, typer.Option("--action", metavar="reboot|off|on", help="How (default: reboot).")] = "",
    wait: context.Wait = True,
    json: context.Json = False,
) -> int:
    """Fence a node; show fencing's history or devices; confirm by hand that a node is off."""
    client = context.client()
    if what in ("history", "devices"):
        return _show_fencing(client.fencing(), what, json=json)
    if what == "confirm":
        if not name:
            raise RequestError("which node is off? (expected: standfast fence confirm NODE)", Exit.USAGE)
        _say_result(client.order_node(name, "confirm", schema.Order(force=True)))
        return Exit.OK
    _say_result(client.order_node(what, "fence", schema.Order(action=action, wait=wait)))
    return Exit.OK


def _show_fencing(record: schema.FencingStatus, what: str, *, json: bool) -> int:
    style, offset_s = terminal.style(), terminal.today()[1]
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    elif what == "history":
        terminal.say(render_records.history(record, style, offset_s))
    else:
        terminal.say(render_records.fencing(record, style, offset_s))
    return Exit.OK


@context.command
def stop(
    force: context.Force = False,
) -> int:
    """Stop this node's resources (the others take them over) and end its daemon."""
    _say_result(context.client().stop(schema.Order(force=force)))
    return Exit.OK
