"""Who may join, and what corosync.conf looks like then: a pure decision, refused with what to do."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass

from standfast.dialects import corosync
from standfast.enrolment import messages
from standfast.errors import Exit

NODES_MAX = 32
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_INVITE = "ask for a new one: standfast cluster invite, on a member"


@dataclass(frozen=True, slots=True)
class Invitation:
    """One token that was given out: the hash of its secret, and until when it holds (ms, monotonic)."""

    digest: bytes
    until_ms: float
    used: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """The joiner may come in. `tree` is what corosync.conf becomes: the same as before for a node that comes again."""

    node: corosync.NodeEntry
    tree: corosync.Tree
    invitation: Invitation


Verdict = Admitted | messages.Refused


def digest(secret: bytes) -> bytes:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret).digest()


def decide(
    hello: messages.Hello, tree: corosync.Tree, invitations: Mapping[bytes, Invitation], now_ms: float, ours: str
) -> Verdict:
    """Return whether a joiner may come in. `ours`: the version of this member's Corosync, such as 3.1.7."""
    if hello.protocol != messages.PROTOCOL:
        return messages.Refused(
            f"standfast {hello.standfast} speaks protocol {hello.protocol} here, this member {messages.PROTOCOL}",
            "install the same standfast on both", Exit.PROTOCOL,
        )  # fmt: skip
    invitation = _invitation(hello, invitations, now_ms)
    if isinstance(invitation, messages.Refused):
        return invitation
    conf = corosync.conf(tree)
    refused = _cluster(hello, conf) or _version(hello, ours) or _node(hello, conf)
    if refused:
        return refused
    known = conf.node(hello.node)
    if known:
        return Admitted(known, tree, invitation)
    node = corosync.NodeEntry(hello.node, corosync.next_id(conf), dict(enumerate(hello.addresses)))
    grown = corosync.raised(corosync.two_nodes_or_more(corosync.with_node(tree, node)))
    wrong = [f.report for f in corosync.check(grown) if f.is_refusal]
    if wrong:
        return messages.Refused(
            f"corosync.conf would not be good with this node: {wrong[0]}", "mend it on a member first", Exit.CONFIG
        )
    return Admitted(node, grown, invitation)


def _invitation(
    hello: messages.Hello, invitations: Mapping[bytes, Invitation], now_ms: float
) -> Invitation | messages.Refused:  # fmt: skip
    offered = digest(hello.secret)
    found = next((i for key, i in invitations.items() if hmac.compare_digest(key, offered)), None)
    if found is None:
        return messages.Refused("the token is wrong", _INVITE, Exit.NO_PERMISSION)
    if found.used:
        return messages.Refused("the token is used: it lets one machine in once", _INVITE, Exit.NO_PERMISSION)
    if now_ms > found.until_ms:
        return messages.Refused("the token is too old", _INVITE, Exit.NO_PERMISSION)
    return found


def _cluster(hello: messages.Hello, conf: corosync.Conf) -> messages.Refused | None:
    if hello.cluster in ("", conf.cluster):
        return None
    return messages.Refused(
        f"this is the cluster {conf.cluster}, not {hello.cluster}",
        f"say --cluster {conf.cluster}, or ask a member of {hello.cluster}", Exit.UNSATISFIED,
    )  # fmt: skip


def _version(hello: messages.Hello, ours: str) -> messages.Refused | None:
    mine, theirs = ours.split(".")[0], hello.corosync.split(".")[0]
    if mine == theirs:
        return None
    return messages.Refused(
        f"the joiner has Corosync {hello.corosync or 'of no known version'}, the cluster {ours}: their wires differ",
        f"install Corosync {mine} on {hello.node}", Exit.UNSATISFIED,
    )  # fmt: skip


def _node(hello: messages.Hello, conf: corosync.Conf) -> messages.Refused | None:
    if not _NAME.fullmatch(hello.node) or len(hello.node) > 64:
        return messages.Refused(
            f"{hello.node!r} is no name for a node", "say --node NAME: letters, digits, - and .", Exit.USAGE
        )
    links = len(conf.links) or 1
    if len(hello.addresses) != links:
        return messages.Refused(
            f"the cluster has {links} link{'s' if links > 1 else ''}, the joiner has {len(hello.addresses)}",
            f"say --address {links} times, in the order of the links", Exit.USAGE,
        )  # fmt: skip
    return _taken(hello, conf) or _full(conf, hello)


def _taken(hello: messages.Hello, conf: corosync.Conf) -> messages.Refused | None:
    for node in conf.nodes:
        same = list(node.addresses.values()) == hello.addresses
        if node.name == hello.node and not same:
            return messages.Refused(
                f"{hello.node} is a node of this cluster with other addresses: {', '.join(node.addresses.values())}",
                f"say --node with another name, or take it out first: standfast cluster remove {hello.node}",
                Exit.EXISTS,
            )
        if node.name != hello.node and set(node.addresses.values()) & set(hello.addresses):
            return messages.Refused(
                f"{node.title} has one of these addresses: {', '.join(hello.addresses)}", "say --address", Exit.EXISTS
            )
    return None


def _full(conf: corosync.Conf, hello: messages.Hello) -> messages.Refused | None:
    if len(conf.nodes) < NODES_MAX or conf.node(hello.node):
        return None
    return messages.Refused(f"the cluster has {len(conf.nodes)} nodes", "make it a remote node", Exit.UNSATISFIED)
