"""`cluster`: the life of a cluster on Corosync."""

from __future__ import annotations

import shlex
from typing import Annotated

import msgspec
import typer

from standfast.cli import render_cluster
from standfast.cli.commands import cluster_files, context
from standfast.cli.live import addresses, cluster, terminal
from standfast.dialects import corosync
from standfast.enrolment import requests
from standfast.enrolment.live import joiner
from standfast.errors import Exit, LiveError, RequestError

app = typer.Typer(help="A cluster on Corosync: found it, join, leave, start, stop, look.", no_args_is_help=True)

Addresses = Annotated[
    list[str] | None,
    typer.Option("--address", "-a", metavar="ADDRESS", help="This machine's on link 0; again: on 1, …"),
]
NodeName = Annotated[str, typer.Option("--node", "-n", metavar="NAME", help="This node's name (default: the host's).")]
Start = Annotated[bool, typer.Option("--start/--no-start", help="Start Corosync here.")]


@app.command()
@context.command
def init(
    name: Annotated[str, typer.Option("--name", metavar="CLUSTER", help="The cluster's name.")] = "standfast",
    address: Addresses = None,
    node: NodeName = "",
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A key of corosync.conf, e.g. totem.token=1000."),
    ] = None,
    encryption: Annotated[bool, typer.Option("--encryption/--no-encryption", help="Between nodes.")] = True,
    start: Start = True,
    ttl: Annotated[float, typer.Option("--ttl", metavar="SECONDS", help="How long the token holds.")] = 3600.0,
    force: Annotated[bool, typer.Option("--force", "-f", help="Although this machine belongs to a cluster.")] = False,
) -> int:
    """Found a cluster of this one machine, and print what the next one has to type."""
    before = cluster.snapshot()
    wanted = dict(_pair(text) for text in values or [])
    tree = cluster.found(name, node, address or [], wanted, encrypted=encryption, force=force)
    try:
        if start:
            cluster.start()
    except LiveError:
        cluster.forget(before)
        raise
    terminal.say(render_cluster.conf(tree))
    if start:
        _say_invitation(tree, ttl, json=False)
    return Exit.OK


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or "." not in key:
        raise RequestError(f"{text} is no setting (expected: SECTION.KEY=VALUE)", Exit.USAGE)
    return key, value


@app.command()
@context.command
def invite(
    ttl: Annotated[float, typer.Option("--ttl", metavar="SECONDS", help="How long the token holds.")] = 3600.0,
    json: context.Json = False,
) -> int:
    """Print a token that lets one machine join once, and what to type there."""
    _say_invitation(cluster.here().tree(), ttl, json=json)
    return Exit.OK


def _say_invitation(tree: corosync.Tree, ttl: float, *, json: bool) -> None:
    outcome = cluster.ask(requests.Invite(ttl))
    conf = corosync.conf(tree)
    own = next((n for n in conf.nodes if n.name == addresses.name()), conf.nodes[0])
    host = next(iter(own.addresses.values()))
    line = shlex.join(["standfast", "cluster", "join", host, "--token", outcome.token, "--cluster", conf.cluster])
    if json:
        record = {"host": host, "port": outcome.port, "token": outcome.token, "cluster": conf.cluster, "command": line}
        terminal.say(msgspec.json.encode(record).decode())
        return
    terminal.say(
        f"within {ttl / 60:.0f} minutes, on the machine that is to join (TCP port {outcome.port} here):\n  {line}"
    )


@app.command()
@context.command
def join(
    host: Annotated[str, typer.Argument(metavar="HOST", help="The member that printed the token.")],
    token: Annotated[str, typer.Option("--token", metavar="TOKEN", help="What it printed.")],
    address: Addresses = None,
    node: NodeName = "",
    name: Annotated[str, typer.Option("--cluster", metavar="CLUSTER", help="Join only a cluster of this name.")] = "",
    rejoin: Annotated[bool, typer.Option("--rejoin", help="Although it belongs to it: get its files anew.")] = False,
    start: Start = True,
) -> int:
    """Make this machine a node of a cluster; refused, it is as it was."""
    own = address or [addresses.towards(host)]
    conf = joiner.join(cluster.here(), host, token, node or addresses.name(), own, name, rejoin)
    me = node or addresses.name()
    terminal.say(f"{me} is a node of {conf.cluster} ({', '.join(n.title for n in conf.nodes)})")
    if start:
        cluster.start()
        terminal.say("Corosync runs here")
    return Exit.OK


@app.command()
@context.command
def leave(force: context.Force = False) -> int:
    """Take this node out of its cluster: the others forget it, Corosync ends here, its files are put aside."""
    tree = cluster.here().tree()
    me = _own(tree)
    if len(corosync.conf(tree).nodes) == 1:
        cluster.stop()
        cluster.put_aside()
    else:
        cluster.change(tree, _without(tree, me), leaving=(me,), force=force)
        cluster.wait_until_left()
    terminal.say(f"{me} has left {corosync.conf(tree).cluster}")
    return Exit.OK


def _own(tree: corosync.Tree) -> str:
    """Return this node's title in a corosync.conf. Raises: RequestError."""
    facts = cluster.quorum_or_none()
    local = next((n.name for n in facts.nodes if n.is_local), "") if facts else ""
    node = corosync.conf(tree).node(local or addresses.name())
    if node is None:
        raise RequestError(f"{tree.file} has no node {local or addresses.name()}", Exit.NO_SUCH)
    return node.title


def _without(tree: corosync.Tree, title: str) -> corosync.Tree:
    return corosync.raised(corosync.two_nodes_or_more(corosync.without_node(tree, title)))


@app.command()
@context.command
def remove(
    names: Annotated[list[str], typer.Argument(metavar="NODE…", help="The nodes.")],
    force: context.Force = False,
) -> int:
    """Take other nodes out of the cluster; one that runs leaves first, and its resources move."""
    for name in names:
        tree = cluster.here().tree()
        if name == _own(tree):
            raise RequestError(f"{name} is this machine (expected: standfast cluster leave)", Exit.USAGE)
        cluster.change(tree, _without(tree, name), leaving=(name,), force=force)
        terminal.say(f"{name} is out of {corosync.conf(tree).cluster}")
    return Exit.OK


@app.command("start")
@context.command
def start_here() -> int:
    """Start Corosync and the cluster's agent on this machine, and return when they answer."""
    cluster.start()
    terminal.say("Corosync runs here")
    return Exit.OK


@app.command()
@context.command
def stop() -> int:
    """End the daemon (its resources move), the agent and Corosync on this machine."""
    cluster.stop()
    terminal.say("Corosync has ended here")
    return Exit.OK


@app.command()
@context.command
def status(json: context.Json = False) -> int:
    """Show the nodes, quorum and links, as this machine sees them."""
    tree = cluster.here().tree()
    facts, style = cluster.quorum_or_none(), terminal.style()
    conf = corosync.conf(tree)
    knet = conf.transport == "knet"
    links = cluster.links_or_none() if facts and knet else ()
    if json:
        record = {
            "cluster": conf.cluster, "transport": conf.transport, "config_version": conf.config_version,
            "runs": facts is not None, "agents": cluster.members(), "links": links,
            "nodes": [{"id": n.id, "name": n.title, "addresses": list(n.addresses.values())} for n in conf.nodes],
            "quorum": cluster_files.quorum_record(facts) if facts else None,
        }  # fmt: skip
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    elif facts is None:
        terminal.say(render_cluster.conf(tree))
        terminal.complain("standfast: Corosync does not run here (standfast cluster start)")
    else:
        terminal.say(f"cluster {conf.cluster}\n{render_cluster.quorum(facts, style)}")
        terminal.say(render_cluster.links(links, style) if knet else "")
    return Exit.OK if facts else Exit.DISCONNECTED


cluster_files.add_to(app)
