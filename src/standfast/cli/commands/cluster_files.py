"""`cluster rename|health|diff|copy|run`: what is asked of, or done on, every node."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import typer

from standfast.cli import render_cluster
from standfast.cli.commands import context
from standfast.cli.live import cluster, files, terminal
from standfast.dialects import corosync
from standfast.enrolment import requests
from standfast.errors import Exit, RequestError
from standfast.messaging.live.corosync_facts import Flag, QuorumFacts

CLOCK_S_MAX = 1.0
OnNodes = Annotated[list[str] | None, typer.Option("--node", "-n", metavar="NODE", help="Only this one; repeatable.")]


def add_to(app: typer.Typer) -> None:
    """Make these commands of an application."""
    for function in (rename, health, diff, copy, run, agent):
        app.command()(function)


def quorum_record(facts: QuorumFacts) -> dict[str, Any]:
    """Return quorum as JSON has it."""
    record: dict[str, Any] = msgspec.to_builtins(facts)
    return record | {"flags": [flag.name.lower() for flag in Flag if flag in facts.flags and flag.name]}


@context.command
def rename(
    name: Annotated[str, typer.Argument(metavar="CLUSTER", help="The new name.")],
    force: context.Force = False,
) -> int:
    """Give the cluster another name."""
    tree = cluster.here().tree()
    new = corosync.raised(corosync.with_value(tree, "totem.cluster_name", name))
    where = cluster.change(tree, new, force=force)
    terminal.say(f"{corosync.conf(tree).cluster} is {name} now: {where}")
    return Exit.OK


@context.command
def health(json: context.Json = False) -> int:
    """Look for what would hurt: nodes, links, quorum, files and clocks that differ, mistakes."""
    tree = cluster.here().tree()
    outcome = cluster.ask(requests.Query("facts"))
    found = list(_problems(tree, outcome.answers, terminal.today()[0]))
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode({"problems": found})).decode())
    else:
        terminal.say("\n".join(found) or f"all is well on {len(outcome.answers)} nodes")
    return Exit.ERROR if found else Exit.OK


def _problems(tree: corosync.Tree, answers: list[requests.NodeAnswer], now_s: float) -> Iterator[str]:
    known = {n.title for n in corosync.conf(tree).nodes}
    for name in sorted(known - {a.node for a in answers}):
        yield f"{name}: no agent answers (standfast cluster start on it)"
    facts = {a.node: msgspec.json.decode(a.text, type=requests.Facts) for a in answers if not a.error}
    yield from (f"{a.node}: {a.error}" for a in answers if a.error)
    for what in ("digest", "standfast", "corosync"):
        values = {getattr(f, what) for f in facts.values()}
        word = "corosync.conf differs (standfast cluster diff)" if what == "digest" else f"versions of {what} differ"
        if len(values) > 1:
            yield f"{word}: " + ", ".join(f"{n} {getattr(f, what)[:12]}" for n, f in sorted(facts.items()))
    for name, fact in sorted(facts.items()):
        yield from (f"{name}: {link} is down" for link in fact.links_down)
        yield from (f"{name}: {mistake}" for mistake in fact.mistakes)
        if not fact.quorate:
            yield f"{name}: no quorum"
        if abs(fact.wall_s - now_s) > CLOCK_S_MAX + 2:
            yield f"{name}: its clock is {fact.wall_s - now_s:+.0f} s from this one's"


@context.command
def diff(json: context.Json = False) -> int:
    """Show how the other nodes' corosync.conf differ from this one's."""
    own = cluster.here().tree().text
    outcome = cluster.ask(requests.Query("conf"))
    differing = [a for a in outcome.answers if a.error or a.text != own]
    if json:
        record = [{"node": a.node, "error": a.error, "diff": _diff(own, a)} for a in differing]
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    else:
        for answer in differing:
            terminal.say(answer.error or _diff(own, answer))
    return Exit.ERROR if differing else Exit.OK


def _diff(own: str, answer: requests.NodeAnswer) -> str:
    return render_cluster.difference(own, answer.text, "corosync.conf here", f"corosync.conf on {answer.node}")


@context.command
def copy(
    paths: Annotated[list[str] | None, typer.Argument(metavar="[FILE…]", help="None: corosync.conf.")] = None,
    force: context.Force = False,
) -> int:
    """Put this machine's file on every node, in the same place: on all, or on none."""
    if not paths:
        tree = cluster.here().tree()
        if wrong := [f for f in corosync.check(tree) if f.is_refusal]:
            raise RequestError(f"{wrong[0].report}", Exit.CONFIG)
        cluster.ask(requests.Change(tree.text, force=force))
        terminal.say("corosync.conf is the same on all nodes, and in force")
    for name in paths or []:
        path = os.path.abspath(name)
        text = files.read_text(path)
        mode = stat.S_IMODE(os.stat(path).st_mode)
        cluster.ask(requests.Change(text, reload=False, path=path, mode=mode))
        terminal.say(f"{path} is the same on {', '.join(cluster.members() or ())}")
    return Exit.OK


@context.command
def run(
    words: Annotated[list[str], typer.Argument(metavar="COMMAND…", help="The command and its words; no shell.")],
    node: OnNodes = None,
    timeout: Annotated[float, typer.Option("--timeout", metavar="SECONDS", help="How long it may take.")] = 60.0,
    json: context.Json = False,
) -> int:
    """Run a command on every node, as root; the status is 1 if it failed anywhere."""
    query = requests.Query("run", tuple(words), tuple(node or ()), timeout)
    outcome = cluster.ask(query, timeout + 10)
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(outcome.answers)).decode())
    else:
        terminal.say(render_cluster.answers(outcome.answers))
    return Exit.ERROR if any(answer.error for answer in outcome.answers) else Exit.OK


@context.command
def agent() -> int:
    """Be this node's agent; systemd starts it, or `standfast cluster start`."""
    from standfast.enrolment.live import agent as process

    return process.main()
