"""`explain`: why a resource is where it is."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
import typer

from standfast import cib
from standfast.cli import render_explanation
from standfast.cli.commands import context
from standfast.cli.live import inputs, terminal
from standfast.errors import Exit
from standfast.web import schema


class Format(enum.StrEnum):
    """How an explanation is written."""

    TEXT = "text"
    JSON = "json"
    DOT = "dot"


@context.command
def explain(
    resource: Annotated[str, typer.Argument(metavar="RESOURCE", help="A resource, group or clone.")],
    node: Annotated[str, typer.Option("--node", "-n", metavar="NODE", help="Only this node's score.")] = "",
    why_not: Annotated[str, typer.Option("--why-not", metavar="NODE", help="Why it is not on this node.")] = "",
    file: context.Input = "",
    form: Annotated[
        Format, typer.Option("--format", help="As text, JSON, or a graph in the dot language.")
    ] = Format.TEXT,
    json: context.Json = False,
) -> int:
    """Say why a resource is where it is: every node's score, part by part, what decided, and what is done about it."""
    places = "" if why_not else node  # a question about another node needs that one, too
    record = _of_file(file, resource, places) if file else context.client().explain(resource, places)
    form = Format.JSON if json else form
    if form is Format.JSON:
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    elif form is Format.DOT:
        terminal.say(render_explanation.dot(record))
    else:
        style, offset_s = terminal.style(), terminal.today()[1]
        terminal.say(render_explanation.explanation(record, style, node, why_not, offset_s))
    return Exit.OK


def _of_file(file: str, resource: str, node: str) -> schema.Explanation:
    """Return the explanation that a daemon would give, had it this document, at the time that the document says."""
    from standfast.daemons import jobs, work  # takes long, and is needed for files only

    document = inputs.read_document(file)
    now_s = cib.values.integer(document.root.get("execution-date")) or int(terminal.today()[0])
    return work.explain(jobs.Explain(document.render(), now_s, resource, node)).explanation
