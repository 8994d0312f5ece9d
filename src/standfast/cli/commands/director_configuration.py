"""`director check`, `director plan`: a configuration in keepalived's language, examined and compared with what is."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from standfast import director
from standfast.cli import render_director
from standfast.cli.commands import setting_up
from standfast.cli.live import terminal
from standfast.cli.live.director_socket import ask, only_socket
from standfast.dialects import keepalived
from standfast.dialects.live.machine import read_keepalived
from standfast.director import lvs, vrrp
from standfast.director.live import open_ipvs
from standfast.errors import ConfigError, Exit, LiveError, RequestError, Severity

File = Annotated[str, typer.Argument(metavar="FILE", help="A configuration in keepalived's language.")]
ConfigId = Annotated[
    str, typer.Option("--config-id", "-i", metavar="ID", help="Whose lines @ID count (the host's name).")
]


def check(file: File, config_id: ConfigId = "", json: setting_up.Json = False) -> int:
    """Say all that is wrong in a configuration, and what becomes of it."""
    source = read_keepalived(file, config_id)
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(render_director.as_json(source))).decode())
    else:
        terminal.say("\n".join([*render_director.findings(source), render_director.verdict(file, source)]))
    if source.verdict is keepalived.Verdict.STOPS:
        return Exit.CONFIG
    refused = (f for f in source.findings if f.level is not keepalived.Level.NOTICE)
    return Exit.OK if all(f.report.severity is Severity.INFO for f in refused) else Exit.ERROR


def plan(
    file: Annotated[
        str, typer.Argument(metavar="[FILE]", help="A configuration; else the running director's file.")
    ] = "",
    present: Annotated[str, typer.Option("--from", metavar="OLD", help="Compare with this configuration.")] = "",
    config_id: ConfigId = "",
    socket: Annotated[
        str, typer.Option("--socket", metavar="PATH", help="The director's socket (the one that is there).")
    ] = "",
) -> int:
    """Show what a reload would change in the table and of the virtual routers, before it does."""
    lines = _planned(file, present, config_id) if file else _running_plan(socket or only_socket())
    terminal.say("\n".join(lines) or "nothing changes")
    return Exit.OK


def _running_plan(socket: str) -> list[str]:
    """Return what a reload of the running director would change."""
    found: list[str] = msgspec.json.decode(ask(socket, "/v1/plan"), type=list[str])
    return found


def _planned(file: str, present: str, config_id: str) -> list[str]:
    wanted, routers = _configuration(file, config_id)
    if present:
        before, routers_before = _configuration(present, config_id)
        planned = lvs.difference(keepalived.full_table(before), keepalived.full_table(wanted))
    else:
        routers_before = vrrp.Configuration((), telling=routers.telling)
        there = _kernel_table() if wanted.services or not routers.routers else {}
        found = lvs.difference(there, keepalived.full_table(wanted))
        planned = [c for c in found if not isinstance(c, lvs.DeleteService)]
    return lvs.plan_lines(planned) + vrrp.changes.lines(vrrp.changes.difference(routers_before, routers))


def _configuration(file: str, config_id: str) -> tuple[director.Configuration, vrrp.Configuration]:
    source = read_keepalived(file, config_id)
    if source.stopped & {keepalived.Process.PARENT, keepalived.Process.CHECKER}:
        raise ConfigError([finding.report for finding in source.distinct] or [keepalived.missing(file)])
    routers = keepalived.vrrp_of(source).configuration
    return keepalived.configuration_of(source), routers


def _kernel_table() -> lvs.Table:
    try:
        dataplane = open_ipvs()
    except (RequestError, LiveError, OSError) as wrong:
        raise RequestError(
            f"no table to compare with ({wrong}): name a configuration by --from", Exit.UNAVAILABLE
        ) from None
    try:
        return director.table(dataplane)
    finally:
        dataplane.close()
