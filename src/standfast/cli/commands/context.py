"""What our own commands share: the client, and the end of a command that failed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, ParamSpec

import typer

from standfast.cli.live import api, terminal
from standfast.errors import StandfastError

_P = ParamSpec("_P")

Json = Annotated[bool, typer.Option("--json", help="Print JSON, as the API has it.")]
Force = Annotated[bool, typer.Option("--force", "-f", help="Also without quorum, or where it would be refused.")]
Wait = Annotated[bool, typer.Option("--wait", "-w", help="Return when it is done, not when it is ordered.")]
Input = Annotated[
    str,
    typer.Option(
        "--file", "-x", metavar="FILE", help="A CIB in a file, also one that a DC kept (.bz2); no daemon is asked."
    ),
]
OnNode = Annotated[str, typer.Option("--node", "-n", metavar="NODE", help="On or to this node.")]

_chosen = {"socket": ""}


def choose_socket(path: str) -> None:
    """Remember the `--socket` of this call."""
    _chosen["socket"] = path


def client() -> api.Client:
    """Return a client of the daemon that this call talks to."""
    return api.Client(_chosen["socket"] or None)


def command(function: Callable[_P, int]) -> Callable[_P, None]:
    """Return the command that ends with the function's status, or with its error's."""

    @functools.wraps(function)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            status = function(*args, **kwargs)
        except StandfastError as error:
            status = terminal.failed(error)
        raise typer.Exit(int(status))

    return run
