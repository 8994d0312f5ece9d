"""`realserver`: a real server of Linux Virtual Server is set up, taken back, and looked at."""

from __future__ import annotations

from typing import Annotated

import typer

from standfast.cli.commands import context, setting_up
from standfast.cli.live import terminal
from standfast.director import setup
from standfast.director.live import setup as live
from standfast.errors import Exit, RequestError

app = typer.Typer(help="Real servers: set up for DR, TUN or NAT, take back, look.", no_args_is_help=True)
_Director = Annotated[str, typer.Option("--director", metavar="ADDRESS", help="The director's address in our network.")]


@app.command("setup")
@context.command
def set_up(
    method: setting_up.HowForwarded,
    vip: setting_up.Vips = None,
    director: _Director = "",
    plan: setting_up.Plan = False,
    state: setting_up.State = live.FOLDER,
) -> int:
    """Take packets for a virtual address without ever answering ARP for it; under NAT: check the way back."""
    wish = setup.RealServerWish(method, setting_up.canonical(vip), director)
    made = setting_up.executor(state, setting_up.REAL_SERVER)
    status = setting_up.set_up(made, wish, only_plan=plan, answering={})
    found = setup.examine_real_server(setup.RealServerRecord(live.host_name(), (wish,), live.gather()))
    wrong = [one for one in found if method is setup.Method.NAT or one.code == "director.gateway-director"]
    if wrong:
        setting_up.show_findings(wrong, json=False)
    return setting_up.status_of(wrong) or status


@app.command("unsetup")
@context.command
def take_back(
    vip: setting_up.Vips = None,
    plan: setting_up.Plan = False,
    state: setting_up.State = live.FOLDER,
) -> int:
    """Undo what setup made, all or for these addresses."""
    return setting_up.take_back(
        setting_up.executor(state, setting_up.REAL_SERVER), setting_up.canonical(vip), only_plan=plan
    )


@app.command("status")
@context.command
def status(
    json: Annotated[bool, typer.Option("--json", help="Print JSON, which director doctor reads.")] = False,
    state: setting_up.State = live.FOLDER,
) -> int:
    """Show what is set up, whether it stands, and what is wrong with it."""
    record = setting_up.real_server_record(state)
    found = setup.examine_real_server(record)
    if json:
        terminal.say(setting_up.json_text(record))
        return setting_up.status_of(found)
    if not record.wishes:
        raise RequestError("this machine is not set up as a real server", Exit.NO_SUCH)
    complete = setting_up.show_standing(record.wishes, record.facts)
    setting_up.show_findings(found, json=False)
    return setting_up.status_of(found) if complete else Exit.ERROR
