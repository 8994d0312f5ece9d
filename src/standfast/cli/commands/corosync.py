"""`corosync`: its configuration, its links."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
import typer

from standfast.cli import render_cluster
from standfast.cli.commands import context
from standfast.cli.live import cluster, files, terminal
from standfast.dialects import corosync as conf
from standfast.errors import ConfigError, Exit, RequestError, Severity
from standfast.messaging.live import corosync_facts

app = typer.Typer(help="Corosync: its configuration and its links.", no_args_is_help=True)

# What Corosync reads at its start only. Source: corosync.conf(5), votequorum(5).
AT_START = (
    "totem.transport", "totem.version", "totem.ip_version", "totem.netmtu", "totem.threads", "system.", "nozzle.",
    "quorum.provider", "quorum.wait_for_all", "quorum.last_man_standing", "quorum.auto_tie_breaker",
    "quorum.expected_votes_tracking", "quorum.allow_downscale", "resources.",
)  # fmt: skip
File = Annotated[str, typer.Option("--file", metavar="FILE", help="This file, not the machine's corosync.conf.")]


def _tree(file: str) -> conf.Tree:
    return conf.read(files.read_text(file), file) if file else cluster.here().tree()


@app.command()
@context.command
def show(file: File = "", json: context.Json = False) -> int:
    """Show what corosync.conf configures, with what its timeouts mean."""
    tree = _tree(file)
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(_record(tree))).decode())
    else:
        terminal.say(render_cluster.conf(tree))
    terminal.show_reports(conf.reports(tree))
    return Exit.OK


def _record(tree: conf.Tree) -> dict[str, Any]:
    record: dict[str, Any] = msgspec.to_builtins(conf.conf(tree), str_keys=True)
    times = [{"name": name, "ms": ms, "meaning": meaning} for name, ms, meaning in conf.effective(tree).meanings()]
    return record | {"timeouts": times, "mistakes": [str(report) for report in conf.reports(tree)]}


@app.command()
@context.command
def check(
    names: Annotated[list[str] | None, typer.Argument(metavar="[FILE…]", help="None: the machine's.")] = None,
    json: context.Json = False,
) -> int:
    """Say everything that Corosync would refuse, silently leave out, or take in another way than it is meant."""
    found = [finding for name in names or [""] for finding in conf.check(_tree(name))]
    if json:
        record = [{"report": str(f.report), "code": f.report.code, "file": f.report.place.file,
                   "line": f.report.place.line, "column": f.report.place.column, "message": f.report.message,
                   "expected": f.report.expected, "fate": f.fate.value} for f in found]  # fmt: skip
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    else:
        for finding in found:
            terminal.say(f"{finding.report}: {finding.fate.value}")
    return Exit.CONFIG if any(f.fate is not conf.Fate.RISK for f in found) else Exit.OK


@app.command()
@context.command
def upgrade(
    name: Annotated[str, typer.Argument(metavar="FILE", help="A corosync.conf of Corosync 1 or 2.")],
) -> int:
    """Print a file of Corosync 1 or 2 as Corosync 3 wants it; what is to be known or added goes to standard error."""
    made, notes = conf.upgraded(_tree(name))
    terminal.say(made.text)
    terminal.show_reports(notes)
    return Exit.CONFIG if any(note.severity == Severity.ERROR for note in notes) else Exit.OK


@app.command()
@context.command
def get(
    key: Annotated[str, typer.Argument(metavar="KEY", help="A key, or with a dot at its end all that begin so.")],
    json: context.Json = False,
) -> int:
    """Print a key of Corosync's map, as it is in force."""
    values = corosync_facts.configuration(key)
    chosen = values if key.endswith(".") else {k: v for k, v in values.items() if k == key}
    if not chosen:
        near = ", ".join(list(values)[:5])
        raise RequestError(f"Corosync has no {key}" + (f" (it has {near})" if near else ""), Exit.NO_SUCH)
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(chosen)).decode())
    else:
        terminal.say("\n".join(f"{k} = {v}" for k, v in chosen.items()) if key.endswith(".") else str(chosen[key]))
    return Exit.OK


@app.command("set")
@context.command
def set_values(
    settings: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE…", help="E.g. totem.token=1000; KEY= takes the key out.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what would change.")] = False,
    force: context.Force = False,
) -> int:
    """Change corosync.conf on all nodes and let Corosync read it: everywhere, or nowhere."""
    tree = new = cluster.here().tree()
    for text in settings:
        key, equals, value = text.partition("=")
        if not equals or "." not in key:
            raise RequestError(f"{text} is no setting (expected: SECTION.KEY=VALUE)", Exit.USAGE)
        new = conf.with_value(new, key, value) if value else conf.without(new, key)
    if new.text == tree.text:
        terminal.say("nothing to change")
        return Exit.OK
    new = conf.raised(new)
    terminal.say(render_cluster.difference(tree.text, new.text, tree.file, f"{tree.file} (new)"))
    if dry_run:
        if wrong := [f.report for f in conf.check(new) if f.fate is not conf.Fate.RISK]:
            raise ConfigError(wrong)
        return Exit.OK
    terminal.say(cluster.change(tree, new, force=force))
    late = [text.partition("=")[0] for text in settings if text.startswith(AT_START)]
    if late:
        terminal.say(f"{', '.join(late)}: when Corosync is started again on every node")
    return Exit.OK


@app.command()
@context.command
def reload() -> int:
    """Let all Corosyncs of the cluster read their files again."""
    tree = cluster.here().tree()
    if wrong := [f.report for f in conf.check(tree) if f.is_refusal]:
        raise ConfigError(wrong)
    corosync_facts.reload()
    terminal.say("all Corosyncs have read their files")
    return Exit.OK


@app.command()
@context.command
def links(json: context.Json = False) -> int:
    """Show the links to the other nodes; the status is 1 if one is down."""
    transport = str(corosync_facts.configuration("totem.transport").get("totem.transport", "knet"))
    if transport != "knet":
        raise RequestError(f"transport {transport} has one link and does not watch it", Exit.UNSATISFIED)
    found = corosync_facts.links()
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(found)).decode())
    else:
        terminal.say(render_cluster.links(found, terminal.style()))
    return Exit.OK if all(link.connected for link in found) else Exit.ERROR
