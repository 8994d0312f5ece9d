"""Quorum, links, corosync.conf and what nodes answered, as text."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator

from standfast.cli.style import Style, Tone, table
from standfast.dialects import corosync
from standfast.enrolment import requests
from standfast.messaging.live.corosync_facts import Flag, LinkFacts, NodeState, QuorumFacts

_FLAGS = {
    Flag.TWO_NODE: "two_node: one of two is enough",
    Flag.WAIT_FOR_ALL: "wait_for_all: no quorum before all were there once",
    Flag.LAST_MAN_STANDING: "last_man_standing: expected votes shrink after a loss",
    Flag.AUTO_TIE_BREAKER: "auto_tie_breaker: one half of two has quorum",
    Flag.ALLOW_DOWNSCALE: "allow_downscale: a clean leave lowers the expected votes",
}


def quorum(facts: QuorumFacts, style: Style) -> str:
    """Return quorum, its rules, and the nodes' votes."""
    if not facts.provider:
        return "nobody counts votes here (quorum.provider is not set): every partition goes on by itself"
    word = style.paint("quorate", Tone.GOOD) if facts.quorate else style.paint("no quorum", Tone.BAD)
    votes = f"{facts.total_votes} of {facts.expected_votes} votes, {facts.needed_votes} needed"
    lines = [f"{word}: {votes}", *(f"  {text}" for flag, text in _FLAGS.items() if flag in facts.flags)]
    if facts.waiting_for_all:
        lines.append("  waits for all nodes (standfast quorum unblock ends that, if the absent ones are off)")
    if facts.device:
        word = "alive" if Flag.DEVICE_ALIVE in facts.flags else "dead"
        cast = "votes" if Flag.DEVICE_CAST_VOTE in facts.flags else "does not vote"
        lines.append(f"  device {facts.device}: {word}, {cast} ({facts.device_votes})")
    rows = [[str(n.id), n.name, f"{n.votes} vote{'s' * (n.votes != 1)}", _state(n.state, style)] for n in facts.nodes]
    return "\n".join([*lines, *table(rows)])


def _state(state: NodeState, style: Style) -> str:
    if state is NodeState.MEMBER:
        return style.paint("member", Tone.GOOD)
    return style.paint({NodeState.LEAVING: "leaving", NodeState.DEAD: "lost"}.get(state, "never seen"), Tone.BAD)


def links(found: Iterable[LinkFacts], style: Style) -> str:
    """Return the links to the other nodes."""
    rows = [
        [x.node, f"link {x.link}", x.address,
         style.paint("up", Tone.GOOD) if x.connected else style.paint("down", Tone.BAD),
         f"{x.latency_us / 1000:.1f} ms" if x.connected else "", f"lost {x.downs} times" if x.downs else ""]
        for x in found
    ]  # fmt: skip
    return "\n".join(table(rows)) if rows else "no links: this node is alone"


def conf(tree: corosync.Tree) -> str:
    """Return what a corosync.conf configures, with its timeouts' meaning."""
    made = corosync.conf(tree)
    secure = f"{made.cipher}, {made.hash}" if made.is_encrypted else "no encryption"
    head = f"cluster {made.cluster or 'without a name'}: {made.transport}, {secure}, version {made.config_version}"
    if made.generation < 3:
        head += f" (a file of Corosync {made.generation})"
    rows = [
        [str(n.id or "-"), n.name or "-", ", ".join(n.addresses.values()), f"{n.votes} vote{'s' * (n.votes != 1)}"]
        for n in made.nodes
    ]
    times = [[f"{name}", f"{ms} ms", meaning] for name, ms, meaning in corosync.effective(tree).meanings()]
    return "\n".join([head, *table(rows), "timeouts", *table(times), *_quorum_rules(made.quorum)])


def _quorum_rules(options: corosync.QuorumOptions) -> Iterator[str]:
    flags = [name for name in ("two_node", "last_man_standing", "auto_tie_breaker") if getattr(options, name)]
    flags += ["wait_for_all"] if options.wait_for_all else []
    yield f"quorum: {options.provider or 'nobody counts votes'}{''.join(f', {flag}' for flag in flags)}"
    if options.device:
        yield f"  device {options.device.model} at {options.device.host} ({options.device.algorithm})"


def difference(before: str, after: str, one: str, other: str) -> str:
    """Return how a text differs from another, in the form of diff -u; empty if it does not."""
    return "".join(difflib.unified_diff(before.splitlines(True), after.splitlines(True), one, other))


def answers(found: Iterable[requests.NodeAnswer]) -> str:
    """Return what every node printed, each line with the node's name."""
    lines = []
    for answer in found:
        lines += [f"{answer.node}: {line}" for line in answer.text.splitlines()]
        lines += [f"{answer.node}: {answer.error}"] if answer.error else []
    return "\n".join(lines)
