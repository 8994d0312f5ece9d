"""What `director` and `realserver` share: options, the ledger of a role, planning, making and taking back."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from standfast.cli import render_setup
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.director import setup
from standfast.director.live import setup as live
from standfast.errors import ConfigError, Exit, RequestError, Severity

Vips = Annotated[list[str] | None, typer.Option("--vip", metavar="ADDRESS", help="A virtual address; several times.")]
Plan = Annotated[bool, typer.Option("--plan", "--dry-run", help="Only show the steps.")]
State = Annotated[
    Path, typer.Option("--state", metavar="DIR", help="The folder of the ledgers (/var/lib/standfast/setup).")
]
HowForwarded = Annotated[setup.Method, typer.Option("--method", "-m", help="The forwarding method.")]
Json = context.Json
DIRECTOR, REAL_SERVER = "director", "realserver"
"""The roles of a machine, each with a ledger of its own."""


def executor(folder: Path, role: str) -> live.Executor:
    """Return what sets up a role of this machine and tells each step."""
    return live.Executor(live.LedgerFile(folder / f"{role}.json"), say=terminal.say)


def canonical(vips: Sequence[str] | None) -> tuple[str, ...]:
    """Return addresses as the kernel writes them; what is none stays for the report."""
    return tuple(_canonical(vip) for vip in vips or ())


def _canonical(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def is_root() -> bool:
    """Return whether the network may be changed, and neighbours be asked."""
    return os.geteuid() == 0


def set_up(made: live.Executor, wish: setup.Wish, *, only_plan: bool, answering: Mapping[str, Sequence[str]]) -> int:
    """Make a wish true, or show how. Raises: ConfigError for what speaks against it."""
    ledger = made.ledger()
    facts = live.gather(setup.named_sysctls(ledger.wishing(wish)))
    reports = setup.objections(wish, facts, ledger.wishes, answering)
    if reports:
        raise ConfigError(reports)
    if only_plan:
        terminal.say(render_setup.plan(setup.plan(wish, facts), terminal.style()))
        return Exit.OK
    needs_root()
    if not made.set_up(wish):
        terminal.say("Nothing was left to do.")
    return Exit.OK


def take_back(made: live.Executor, vips: Sequence[str], *, only_plan: bool) -> int:
    """Undo what was made, or show how."""
    ledger = made.ledger()
    unknown = sorted(set(vips) - {vip for wish in ledger.wishes for vip in wish.vips})
    if unknown:
        raise RequestError(f"not set up here: {', '.join(unknown)}", Exit.NO_SUCH)
    if only_plan:
        undoing = setup.undoing(ledger, live.gather(setup.named_sysctls(ledger)), vips)
        steps = [undo.step or undo.reason for undo in undoing if undo.step or undo.reason]
        terminal.say(render_setup.plan(steps, terminal.style()))
        return Exit.OK
    needs_root()
    if not made.take_back(vips):
        terminal.say("Nothing was left to undo.")
    return Exit.OK


def needs_root() -> None:
    """Raises: RequestError for anybody else."""
    if not is_root():
        raise RequestError("only root can do this", Exit.NO_PERMISSION)


def real_server_record(folder: Path) -> setup.RealServerRecord:
    """Return this machine as the real server that it is set up as."""
    wishes = executor(folder, REAL_SERVER).ledger().wishes
    own = tuple(wish for wish in wishes if isinstance(wish, setup.RealServerWish))
    return setup.RealServerRecord(live.host_name(), own, live.gather())


def json_text(record: object) -> str:
    """Return a record as JSON, the same for the same."""
    return msgspec.json.format(msgspec.json.encode(record, order="deterministic")).decode()


def show_standing(wishes: Sequence[setup.Wish], facts: setup.Facts) -> bool:
    """Print what is set up and whether it stands; return whether all does."""
    style, complete = terminal.style(), True
    for wish in wishes:
        required = setup.required(wish, facts)
        terminal.say(render_setup.standing(wish, required, facts, style))
        complete = complete and not setup.missing(required, facts)
    return complete


def show_findings(found: Sequence[setup.Finding], *, json: bool) -> None:
    """Print what the doctor found."""
    if json:
        terminal.say(json_text(found))
    else:
        terminal.say(render_setup.findings(found, terminal.style()))


def status_of(found: Sequence[setup.Finding], *, strict: bool = False) -> Exit:
    """Return the exit status for what was found: 1 for an error, and with `strict` for a warning too."""
    bad = {Severity.ERROR, Severity.WARNING} if strict else {Severity.ERROR}
    return Exit.ERROR if any(one.severity in bad for one in found) else Exit.OK
