"""`explain`: why a resource is where it is."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from standfast.cli import render_explanation
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.errors import Exit


@context.command
def explain(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="A resource, group or clone.")],
    node: Annotated[str, typer.Option("--node", "-n", metavar="NODE", help="Only this node's score.")] = "",
    why_not: Annotated[str, typer.Option("--why-not", metavar="NODE", help="Why it is not on this node.")] = "",
    json: context.Json = False,
) -> int:
    """Say why a resource is where it is: every node's score, part by part, and what decided."""
    record = context.client().explain(resource, node)
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    else:
        style, offset_s = terminal.style(), terminal.today()[1]
        terminal.say(render_explanation.explanation(record, style, node, why_not, offset_s))
    return Exit.OK
