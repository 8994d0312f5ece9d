"""`vrrp status`, `vrrp explain`: what a director's virtual routers do, and why."""

from __future__ import annotations

import json as json_text
from typing import Annotated

import typer

from standfast.cli import render_vrrp
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.cli.live.director_socket import told
from standfast.errors import Exit, RequestError

app = typer.Typer(help="Virtual routers: their states, and why.", no_args_is_help=True)
Socket = Annotated[str, typer.Option("--socket", metavar="PATH", help="The director's socket (the one that is there).")]


@app.command()
@context.command
def status(socket: Socket = "", json: context.Json = False) -> int:
    """Show each virtual router in a line, and loudly what two routers do not agree about."""
    known = told("/v1/vrrp", socket)
    if json:
        terminal.say(json_text.dumps(known, indent=1))
    else:
        terminal.say("\n".join(render_vrrp.status(known)))
    return Exit.OK


@app.command()
@context.command
def explain(
    router: Annotated[str, typer.Argument(metavar="ROUTER", help="Only this one.")] = "", socket: Socket = ""
) -> int:
    """Say whom each virtual router hears, what it dropped and why, what it waits for; ends with 1 after an alarm."""
    known = told("/v1/vrrp", socket)
    rows = [row for row in known["routers"] if router in ("", row["name"])]
    if router and not rows:
        names = ", ".join(row["name"] for row in known["routers"]) or "none"
        raise RequestError(f"there is no virtual router {router} (there are: {names})", Exit.NO_SUCH)
    terminal.say("\n".join(render_vrrp.explained(known, rows)))
    return Exit.ERROR if render_vrrp.is_alarming(rows) else Exit.OK
