"""Our own commands as one application."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from standfast import __version__
from standfast.cli.commands import attributes, context, explain, orders, planning, status
from standfast.cli.live import terminal

_EPILOG = (
    "Other languages and tools: crm, configure, cib, crm_mon, crm_simulate, crm_verify, cibadmin, crm_attribute, "
    "crm_node, crm_resource, crm_master, attrd_updater, stonith_admin, tools. On one machine: lab, demo, sim."
)

app = typer.Typer(
    name="standfast",
    help="Keep services up: ask, plan, and order the cluster.",
    epilog=_EPILOG,
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def _options(
    socket: Annotated[
        str,
        typer.Option(
            "--socket", metavar="PATH", envvar="STANDFAST_SOCKET", help="The daemon's socket (/run/standfast/api.sock)."
        ),
    ] = "",
) -> None:
    context.choose_socket(socket)


@app.command()
def version() -> None:
    """Print the version of this command."""
    terminal.say(f"standfast {__version__}")


for _function in (
    status.status,
    explain.explain,
    planning.verify,
    planning.plan,
    planning.apply,
    planning.simulate,
    orders.resource,
    orders.node,
    orders.cleanup,
    orders.fence,
    status.events,
    orders.stop,
):
    app.command()(_function)
app.add_typer(attributes.app, name="attribute")


def main(argv: Sequence[str]) -> int:
    """Run one of our own commands and return the exit status."""
    try:
        result = app(args=list(argv), prog_name="standfast", standalone_mode=True)
    except SystemExit as end:
        return _status(end.code)
    return _status(result)


def _status(code: object) -> int:
    """Return the exit status; a wrong use is 64 here, not click's 2."""
    from standfast.errors import Exit

    if code == 2:
        return Exit.USAGE
    return code if isinstance(code, int) else 0
