"""`director check`, `director plan`: a configuration in keepalived's language, examined and compared with what is."""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from standfast import director
from standfast.cli import render_director
from standfast.cli.commands import setting_up
from standfast.cli.live import terminal
from standfast.dialects import keepalived
from standfast.dialects.live.machine import read_keepalived
from standfast.director import lvs
from standfast.director.live import open_ipvs
from standfast.errors import ConfigError, Exit, LiveError, RequestError

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
    warned = any(finding.level is not keepalived.Level.NOTICE for finding in source.findings)
    return Exit.ERROR if warned else Exit.OK


def plan(
    file: File,
    present: Annotated[str, typer.Option("--from", metavar="OLD", help="Compare with this configuration.")] = "",
    config_id: ConfigId = "",
) -> int:
    """Show what a reload would change in the table, before it does."""
    wanted = keepalived.full_table(_configuration(file, config_id))
    if present:
        planned = lvs.difference(keepalived.full_table(_configuration(present, config_id)), wanted)
    else:
        planned = [c for c in lvs.difference(_kernel_table(), wanted) if not isinstance(c, lvs.DeleteService)]
    terminal.say("\n".join(render_director.changes(planned)) or "nothing changes")
    return Exit.OK


def _configuration(file: str, config_id: str) -> director.Configuration:
    source = read_keepalived(file, config_id)
    if source.stopped & {keepalived.Process.PARENT, keepalived.Process.CHECKER}:
        raise ConfigError([finding.report for finding in source.distinct] or [keepalived.missing(file)])
    return keepalived.configuration_of(source)


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
