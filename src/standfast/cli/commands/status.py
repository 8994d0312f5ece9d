"""`status`, `events`: what is and what happens."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
import typer

from standfast.cli import render_records, render_status
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.errors import Exit


class Format(enum.StrEnum):
    """How the status is printed."""

    OWN = "own"
    TEXT = "text"
    XML = "xml"
    JSON = "json"


@context.command
def status(
    watch: Annotated[bool, typer.Option("--watch", "-w", help="Print it again and again, until interrupted.")] = False,
    interval: Annotated[float, typer.Option("--interval", min=0.1, help="Seconds between two looks of --watch.")] = 1.0,
    json: context.Json = False,
    output_format: Annotated[
        Format, typer.Option("--output-format", "--output-as", help="own, or crm_mon's text or xml, or json.")
    ] = Format.OWN,
) -> int:
    """Show the cluster: quorum, nodes, resources, failures."""
    chosen = Format.JSON if json else output_format
    while True:
        text = _text(chosen)
        if watch:
            terminal.clear()
        terminal.say(text)
        if not watch:
            return Exit.OK
        terminal.wait(interval)


def _text(chosen: Format) -> str:
    client = context.client()
    if chosen == Format.TEXT:
        return client.status_text()
    if chosen == Format.XML:
        return client.status_xml()
    record = client.status()
    if chosen == Format.JSON:
        return msgspec.json.format(msgspec.json.encode(record)).decode()
    return render_status.whole(record, terminal.style(), terminal.today()[1])


@context.command
def events(
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Wait for more, until interrupted.")] = False,
    since: Annotated[int, typer.Option("--since", min=0, metavar="NUMBER", help="Only those after this number.")] = 0,
    json: context.Json = False,
) -> int:
    """Show what happened on this node: decisions, operations, fencing, membership."""
    style, offset_s = terminal.style(), terminal.today()[1]
    for record in context.client().events(since, follow=follow):
        line = msgspec.json.encode(record).decode() if json else render_records.event(record, style, offset_s)
        terminal.say(line)
    return Exit.OK
