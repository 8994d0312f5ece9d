"""Our own commands as one application. Only the module of the command that is called is imported."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from standfast.cli.commands import context
from standfast.errors import Exit

# Command -> module under `commands`. A module's `app` is a group of commands, else its function of that name is one.
COMMANDS = {
    "status": "status",
    "explain": "explain",
    "verify": "planning",
    "plan": "planning",
    "apply": "planning",
    "simulate": "simulate",
    "resource": "orders",
    "node": "orders",
    "cleanup": "orders",
    "fence": "orders",
    "attribute": "attributes",
    "director": "director",
    "realserver": "realserver",
    "vrrp": "vrrp",
    "bfd": "bfd",
    "events": "status",
    "stop": "orders",
    "cluster": "cluster",
    "corosync": "corosync",
    "quorum": "quorum",
    "version": "version",
}
_EPILOG = (
    "Other languages and tools: crm, configure, cib, crm_mon, crm_simulate, crm_verify, cibadmin, crm_attribute, "
    "crm_node, crm_resource, crm_master, attrd_updater, stonith_admin, tools. On one machine: lab, demo, sim."
)
_CLICK_USAGE = 2


def _options(
    socket: Annotated[
        str,
        typer.Option(
            "--socket", metavar="PATH", envvar="STANDFAST_SOCKET", help="The daemon's socket (/run/standfast/api.sock)."
        ),
    ] = "",
) -> None:
    context.choose_socket(socket)


def build(names: Iterable[str] = tuple(COMMANDS)) -> typer.Typer:
    """Return the application with these commands."""
    made = typer.Typer(
        name="standfast",
        help="Keep services up: ask, plan, and order the cluster.",
        epilog=_EPILOG,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback()(_options)
    for name in names:
        module = importlib.import_module(f"standfast.cli.commands.{COMMANDS[name]}")
        if hasattr(module, "app"):
            made.add_typer(module.app, name=name)
        else:
            made.command(name)(getattr(module, name))
    return made


def main(argv: Sequence[str]) -> int:
    """Run one of our own commands and return the exit status."""
    called = [word for word in argv if word in COMMANDS][:1]
    try:
        result = build(called or COMMANDS)(args=list(argv), prog_name="standfast")
    except SystemExit as end:
        return _status(end.code)
    return _status(result)


def _status(code: object) -> int:
    """Return the exit status; a wrong use is 64 here, not click's 2."""
    if code == _CLICK_USAGE:
        return Exit.USAGE
    return code if isinstance(code, int) else Exit.OK
