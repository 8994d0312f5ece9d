"""`bfd status`, `bfd explain`: what a director's BFD sessions are, and why."""

from __future__ import annotations

import json as json_text
from typing import Annotated

import typer

from standfast.cli import render_bfd
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.cli.live.director_socket import told
from standfast.errors import Exit, RequestError

app = typer.Typer(help="BFD sessions: their states, and why.", no_args_is_help=True)
Socket = Annotated[str, typer.Option("--socket", metavar="PATH", help="The director's socket (the one that is there).")]


@app.command()
@context.command
def status(socket: Socket = "", json: context.Json = False) -> int:
    """Show each session in a line; ends with 1 if one is not Up."""
    known = told("/v1/bfd", socket)
    terminal.say(json_text.dumps(known, indent=1) if json else "\n".join(render_bfd.status(known)))
    return Exit.OK if render_bfd.are_all_up(known["sessions"]) else Exit.ERROR


@app.command()
@context.command
def explain(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Only this one.")] = "", socket: Socket = ""
) -> int:
    """Say of each session what it hears, sends and drops, and what keeps it from being Up; ends with 1 then."""
    known = told("/v1/bfd", socket)
    rows = [row for row in known["sessions"] if session in ("", row["name"])]
    if session and not rows:
        names = ", ".join(row["name"] for row in known["sessions"]) or "none"
        raise RequestError(f"there is no BFD session {session} (there are: {names})", Exit.NO_SUCH)
    terminal.say("\n".join(render_bfd.explained(known, rows)))
    return Exit.OK if render_bfd.are_all_up(rows) else Exit.ERROR
