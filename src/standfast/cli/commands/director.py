"""`director`: the director of Linux Virtual Server is set up, taken back, looked at and examined."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Annotated

import msgspec
import typer

from standfast.cli.commands import context, director_configuration, setting_up
from standfast.cli.live import files, terminal
from standfast.director import setup
from standfast.director.live import setup as live
from standfast.errors import Exit, RequestError

app = typer.Typer(help="The director: set up, take back, look, find mistakes.", no_args_is_help=True)
app.command("check")(context.command(director_configuration.check))
app.command("plan")(context.command(director_configuration.plan))


@app.command("setup")
@context.command
def set_up(
    method: setting_up.HowForwarded,
    vip: setting_up.Vips = None,
    interface: Annotated[str, typer.Option("--interface", "-i", metavar="NAME", help="Where the address goes.")] = "",
    sysctl: Annotated[
        list[str] | None, typer.Option("--sysctl", metavar="NAME=VALUE", help="A setting besides; several times.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", "-f", help="Also if another machine has the address.")] = False,
    plan: setting_up.Plan = False,
    state: setting_up.State = live.FOLDER,
) -> int:
    """Hold a virtual address here and forward by a method; the virtual services themselves are ipvsadm's."""
    wish = setup.DirectorWish(method, setting_up.canonical(vip), interface, _settings(sysctl or []))
    answering = _others(wish) if setting_up.is_root() and not force else {}
    return setting_up.set_up(setting_up.executor(state, setting_up.DIRECTOR), wish, only_plan=plan, answering=answering)


def _settings(texts: list[str]) -> dict[str, str]:
    made: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip() or not value.strip():
            raise RequestError(f"not NAME=VALUE: {text}", Exit.USAGE)
        made[setup.slashed(name.strip())] = value.strip()
    return made


def _others(wish: setup.DirectorWish) -> dict[str, tuple[str, ...]]:
    """Return who else answers for the addresses that are not held here yet."""
    try:
        vips = [ip_address(vip) for vip in wish.vips]
    except ValueError:
        return {}
    facts = live.gather()
    return live.others_answering(facts, [vip for vip in vips if not facts.holders(vip)], wish.link)


@app.command("unsetup")
@context.command
def take_back(
    vip: setting_up.Vips = None,
    plan: setting_up.Plan = False,
    state: setting_up.State = live.FOLDER,
) -> int:
    """Undo what setup made, all or for these addresses."""
    return setting_up.take_back(
        setting_up.executor(state, setting_up.DIRECTOR), setting_up.canonical(vip), only_plan=plan
    )


@app.command("status")
@context.command
def status(json: setting_up.Json = False, state: setting_up.State = live.FOLDER) -> int:
    """Show what is set up and whether it stands."""
    ledger = setting_up.executor(state, setting_up.DIRECTOR).ledger()
    facts = live.gather(setup.named_sysctls(ledger))
    if json:
        terminal.say(setting_up.json_text({"wishes": ledger.wishes, "facts": facts}))
        complete = not any(setup.plan(wish, facts) for wish in ledger.wishes)
    elif not ledger.wishes:
        raise RequestError("this machine is not set up as a director", Exit.NO_SUCH)
    else:
        complete = setting_up.show_standing(ledger.wishes, facts)
    return Exit.OK if complete else Exit.ERROR


@app.command("doctor")
@context.command
def doctor(
    real_server: Annotated[
        list[str] | None,
        typer.Option("--real-server", metavar="FILE", help="What a real server's `status --json` said; several times."),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="End with 1 for warnings, too.")] = False,
    json: setting_up.Json = False,
    state: setting_up.State = live.FOLDER,
) -> int:
    """Find the classical mistakes around this director; say why each hurts, and its cure. Ends with 1 for errors."""
    setting_up.needs_root()
    record = live.director_record()
    own = setting_up.real_server_record(state)
    found = setup.examine_director(msgspec.structs.replace(record, own=own if own.wishes else None))
    for name in real_server or []:
        found += setup.examine_real_server(_told(name), setup.director_addresses(record.facts))
    setting_up.show_findings(found, json=json)
    return setting_up.status_of(found, strict=strict)


def _told(name: str) -> setup.RealServerRecord:
    try:
        return msgspec.json.decode(files.read_text(name), type=setup.RealServerRecord)
    except msgspec.DecodeError as wrong:
        raise RequestError(f"{name}: not what realserver status --json prints: {wrong}", Exit.DATA) from None
