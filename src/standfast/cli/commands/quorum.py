"""`quorum`: votes, and who decides when nodes do not see each other."""

from __future__ import annotations

import enum
import time
from typing import Annotated

import msgspec
import typer

from standfast.cli import render_cluster
from standfast.cli.commands import cluster_files, context
from standfast.cli.live import cluster, terminal
from standfast.dialects import corosync
from standfast.enrolment import requests
from standfast.errors import Exit, RequestError
from standfast.messaging.live import corosync_facts

app = typer.Typer(help="Votes, quorum and the quorum device.", no_args_is_help=True)
HAS_SYSTEMD = "command -v systemctl >/dev/null && [ -d /run/systemd/system ]"
# Source: corosync-qdevice-net-certutil(8).
CERTIFICATES = "/etc/corosync/qdevice/net/nssdb/cert9.db"
CERTIFICATES_CURE = "corosync-qdevice-net-certutil makes them; or --tls off in a network that you trust"


class DeviceOrder(enum.StrEnum):
    """What is done with the quorum device."""

    SHOW = "show"
    ADD = "add"
    REMOVE = "remove"


class Algorithm(enum.StrEnum):
    """How corosync-qnetd gives its vote. Source: corosync-qdevice(8)."""

    FFSPLIT = "ffsplit"
    LMS = "lms"


class Tls(enum.StrEnum):
    """Whether the device is spoken to in secret."""

    ON = "on"
    OFF = "off"
    REQUIRED = "required"


@app.command()
@context.command
def status(json: context.Json = False) -> int:
    """Show votes and quorum; the status is 106 without quorum."""
    facts = corosync_facts.quorum()
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(cluster_files.quorum_record(facts))).decode())
    else:
        terminal.say(render_cluster.quorum(facts, terminal.style()))
    return Exit.OK if facts.quorate else Exit.QUORUM


@app.command()
@context.command
def expected(
    votes: Annotated[int, typer.Argument(min=1, metavar="VOTES", help="The votes that count as all.")],
) -> int:
    """Change the expected votes until Corosync is started again: fewer give quorum back to who is left."""
    taken = corosync_facts.set_expected_votes(votes)
    facts = corosync_facts.quorum()
    if not taken:
        raise RequestError(
            f"the expected votes stay {facts.expected_votes}: {facts.total_votes} votes are present, "
            "and they do not go below that",
            Exit.UNSATISFIED,
        )
    terminal.say(render_cluster.quorum(facts, terminal.style()))
    return Exit.OK


@app.command()
@context.command
def unblock(
    yes: Annotated[bool, typer.Option("--yes", help="The absent nodes are off: I have seen to it.")] = False,
) -> int:
    """End the waiting of wait_for_all; dangerous if an absent node runs."""
    facts = corosync_facts.quorum()
    if not facts.waiting_for_all:
        raise RequestError(f"this cluster does not wait: {render_cluster.quorum(facts, terminal.style())}", Exit.EXISTS)
    absent = [n.name for n in facts.nodes if n.state is not corosync_facts.NodeState.MEMBER]
    if not yes:
        raise RequestError(f"{', '.join(absent)} must be off, or data may be lost (say --yes if so)", Exit.UNSATISFIED)
    corosync_facts.stop_waiting()
    for _ in range(50):
        if corosync_facts.quorum().quorate:
            break
        time.sleep(0.1)
    return _ended()


def _ended() -> int:
    facts = corosync_facts.quorum()
    terminal.say(render_cluster.quorum(facts, terminal.style()))
    return Exit.OK if facts.quorate else Exit.QUORUM


@app.command()
@context.command
def device(
    order: Annotated[DeviceOrder, typer.Argument(help="What to do.")] = DeviceOrder.SHOW,
    host: Annotated[str, typer.Argument(metavar="[HOST]", help="With add: the machine with corosync-qnetd.")] = "",
    algorithm: Annotated[Algorithm, typer.Option("--algorithm", help="Who gets the vote.")] = Algorithm.FFSPLIT,
    tls: Annotated[Tls, typer.Option("--tls", help="on and required need certificates.")] = Tls.ON,
    json: context.Json = False,
    force: context.Force = False,
) -> int:
    """Show, add or remove the quorum device, a vote that is no node."""
    tree = cluster.here().tree()
    if order is DeviceOrder.SHOW:
        return _show_device(tree, json=json)
    if order is DeviceOrder.REMOVE:
        new = corosync.raised(corosync.two_nodes_or_more(corosync.without(tree, "quorum.device")))
        terminal.say(f"the quorum device is out: {cluster.change(tree, new, force=force)}")
        for trouble in _everywhere("stop", "pkill -TERM -x corosync-qdevice || true"):
            terminal.complain(f"standfast: {trouble}")
        return Exit.OK
    if not host:
        raise RequestError("which machine? (expected: standfast quorum device add HOST)", Exit.USAGE)
    return _add_device(tree, _with_device(tree, host, algorithm, tls), host, tls, force=force)


def _add_device(tree: corosync.Tree, new: corosync.Tree, host: str, tls: Tls, *, force: bool) -> int:
    """Put the device into corosync.conf and start corosync-qdevice everywhere; take it out if that fails anywhere."""
    lacking = "command -v corosync-qdevice >/dev/null || { echo 'corosync-qdevice is not installed'; exit 1; }"
    if tls is not Tls.OFF:
        lacking += f"; [ -e {CERTIFICATES} ] || {{ echo 'no certificates: {CERTIFICATES_CURE}'; exit 1; }}"
    if trouble := _on_all(lacking):
        raise RequestError("; ".join(trouble), Exit.UNSATISFIED)
    said = cluster.change(tree, new, force=force)
    if trouble := _everywhere("start", "mkdir -p /run/corosync-qdevice && corosync-qdevice"):
        before = cluster.here().tree()
        back = corosync.read(tree.text, tree.file)
        back = corosync.with_value(back, "totem.config_version", str(corosync.conf(before).config_version + 1))
        cluster.change(before, back, force=force)
        raise RequestError("; ".join([*trouble, "the device is out again"]), Exit.UNAVAILABLE)
    terminal.say(f"the quorum device at {host}: {said}")
    return Exit.OK


def _with_device(tree: corosync.Tree, host: str, algorithm: Algorithm, tls: Tls) -> corosync.Tree:
    if corosync.conf(tree).quorum.device:
        raise RequestError("there is a quorum device (standfast quorum device remove, first)", Exit.EXISTS)
    if tree.item("quorum", "two_node"):
        tree = corosync.without(tree, "quorum.two_node")
    for key, value in (
        ("model", "net"), ("net.host", host), ("net.algorithm", algorithm.value), ("net.tls", tls.value),
    ):  # fmt: skip
        tree = corosync.with_value(tree, f"quorum.device.{key}", value)
    if algorithm is Algorithm.FFSPLIT:
        tree = corosync.with_value(tree, "quorum.device.votes", "1")
    return corosync.raised(tree)


def _everywhere(unit_order: str, otherwise: str) -> list[str]:
    """Start or stop corosync-qdevice on every node that is there; return what went wrong."""
    return _on_all(f"if {HAS_SYSTEMD}; then systemctl {unit_order} corosync-qdevice; else {otherwise}; fi")


def _on_all(script: str) -> list[str]:
    """Run a script on every node that is there; return what went wrong. Raises: RequestError."""
    outcome = cluster.ask(requests.Query("run", ("sh", "-c", script)))
    return [f"{a.node}: {' '.join(a.text.split()) or a.error}" for a in outcome.answers if a.error]


def _show_device(tree: corosync.Tree, *, json: bool) -> int:
    configured, facts = corosync.conf(tree).quorum.device, cluster.quorum_or_none()
    alive = bool(facts and corosync_facts.Flag.DEVICE_ALIVE in facts.flags)
    if json:
        record = {"configured": configured, "registered": bool(facts and facts.device), "alive": alive,
                  "votes": facts.device_votes if facts else 0}  # fmt: skip
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
    elif configured is None:
        terminal.say("no quorum device is configured")
    else:
        word = "alive" if alive else "not alive"
        terminal.say(f"device {configured.model} at {configured.host} ({configured.algorithm}): {word}")
    return Exit.OK
