"""`attribute`: node attributes."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
import typer

from standfast.cli import render_records
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.errors import Exit
from standfast.web import schema

app = typer.Typer(help="Node attributes: list, set, delete.", no_args_is_help=True)


class Lifetime(enum.StrEnum):
    """Where an attribute is kept."""

    FOREVER = "forever"
    REBOOT = "reboot"
    PRIVATE = "private"


_Node = Annotated[str, typer.Option("--node", "-n", metavar="NODE", help="The node (default: the one that answers).")]
_Lifetime = Annotated[
    Lifetime,
    typer.Option("--lifetime", "-l", help="forever: in the configuration; reboot: in the status; private: in memory."),
]
_Name = Annotated[str, typer.Argument(metavar="NAME", help="The attribute.")]


@app.command("list")
@context.command
def list_all(
    name: Annotated[str, typer.Argument(metavar="[NAME]", help="Only this attribute.")] = "",
    node: Annotated[str, typer.Option("--node", "-n", metavar="NODE", help="Only this node's.")] = "",
    lifetime: Annotated[
        str, typer.Option("--lifetime", "-l", metavar="LIFETIME", help="forever, reboot, private.")
    ] = "",
    json: context.Json = False,
) -> int:
    """List attributes with their nodes and lifetimes."""
    records = context.client().attributes(node, name, lifetime)
    terminal.say(msgspec.json.encode(records).decode() if json else render_records.attributes(records))
    return Exit.OK


@app.command("set")
@context.command
def set_one(
    name: _Name,
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Its value.")],
    node: _Node = "",
    lifetime: _Lifetime = Lifetime.REBOOT,
    dampening: Annotated[
        int | None, typer.Option("--dampening", metavar="MS", min=0, help="Wait so long for further changes.")
    ] = None,
) -> int:
    """Set an attribute."""
    client = context.client()
    update = schema.AttributeUpdate(node or client.status().node, name, value, lifetime.value, dampening)
    client.set_attribute(update)
    return Exit.OK


@app.command("delete")
@context.command
def delete(name: _Name, node: _Node = "", lifetime: _Lifetime = Lifetime.REBOOT) -> int:
    """Delete an attribute."""
    client = context.client()
    client.set_attribute(schema.AttributeUpdate(node or client.status().node, name, None, lifetime.value))
    return Exit.OK
