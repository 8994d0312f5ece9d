"""What is wrong with `quorum { … }`: options that exclude each other, or do nothing.

Source: votequorum_readconfig in `exec/votequorum.c` of Corosync 3.1; votequorum(5).
"""

from __future__ import annotations

from collections.abc import Iterator

from standfast.dialects.corosync import nouns
from standfast.dialects.corosync.tree import Fate, Finding, Item, Section, Tree


def check(tree: Tree) -> Iterator[Finding]:
    """Yield the mistakes."""
    conf = nouns.conf(tree)
    section = next(tree.root.named("quorum"), None)
    if not conf.quorum.provider:
        message = "no quorum.provider: every partition goes on by itself"
        yield tree.finding(Fate.IGNORED, "provider", message, "`provider: corosync_votequorum` in quorum", section)
        return
    if not conf.nodes and not conf.quorum.expected_votes:
        message = "votes without a nodelist and without expected_votes"
        yield tree.finding(Fate.START, "expected-votes", message, "a nodelist", section)
    yield from _two_node(tree, conf)
    yield from _tie_breaker(tree, conf)
    yield from _last_man(tree, conf)
    yield from _sums(tree, conf)
    if device := next(tree.root.named("quorum", "device"), None):
        yield from _device(tree, conf, device)


def _said(tree: Tree, key: str) -> Item | None:
    return tree.item("quorum", key)


def _two_node(tree: Tree, conf: nouns.Conf) -> Iterator[Finding]:
    item = _said(tree, "two_node")
    if not conf.quorum.two_node:
        return
    if conf.nodes and len(conf.nodes) != 2:
        message = f"two_node with {len(conf.nodes)} nodes does nothing"
        yield tree.finding(Fate.IGNORED, "two-node", message, "no such line, or two nodes", item)
    if conf.quorum.auto_tie_breaker:
        message = "two_node beside auto_tie_breaker is turned off"
        yield tree.finding(Fate.IGNORED, "two-node-tie", message, "one of them", item)
    if conf.quorum.wait_for_all is False:
        message = "two_node without wait_for_all: after a cut, each node that boots alone takes everything"
        yield tree.finding(Fate.RISK, "two-node-alone", message, "no wait_for_all: 0", _said(tree, "wait_for_all"))


def _tie_breaker(tree: Tree, conf: nouns.Conf) -> Iterator[Finding]:
    item, chosen = _said(tree, "auto_tie_breaker"), _said(tree, "auto_tie_breaker_node")
    if chosen and not conf.quorum.auto_tie_breaker:
        message = "auto_tie_breaker_node without auto_tie_breaker does nothing"
        yield tree.finding(Fate.IGNORED, "tie-node", message, "auto_tie_breaker: 1", chosen)
    if chosen and not _is_tie_node(chosen.value, conf):
        message = f"auto_tie_breaker_node is {chosen.value!r}"
        expected = "lowest, highest, or ids of nodes with spaces between"
        yield tree.finding(Fate.IGNORED, "tie-node", message, expected, chosen, of_value=True)
    odd = sum(node.votes for node in conf.nodes) % 2
    if conf.quorum.auto_tie_breaker and odd and not (conf.quorum.wait_for_all or conf.quorum.two_node):
        if conf.quorum.last_man_standing:
            message = "auto_tie_breaker and last_man_standing with an odd number of votes"
            yield tree.finding(Fate.START, "tie-odd", message, "wait_for_all: 1, too", item)
        else:
            message = "auto_tie_breaker with an odd number of votes is turned off"
            yield tree.finding(Fate.IGNORED, "tie-odd", message, "wait_for_all: 1, too", item)


def _is_tie_node(text: str, conf: nouns.Conf) -> bool:
    if text in ("lowest", "highest"):
        return True
    ids = {str(node.id) for node in conf.nodes}
    return bool(text.split()) and all(word in ids for word in text.split())


def _last_man(tree: Tree, conf: nouns.Conf) -> Iterator[Finding]:
    window = _said(tree, "last_man_standing_window")
    if window and not conf.quorum.last_man_standing:
        message = "last_man_standing_window without last_man_standing does nothing"
        yield tree.finding(Fate.IGNORED, "last-man-window", message, "last_man_standing: 1", window)
    if not conf.quorum.last_man_standing:
        return
    item = _said(tree, "last_man_standing")
    if any(node.votes != 1 for node in conf.nodes):
        message = "last_man_standing with nodes that have other than one vote"
        yield tree.finding(Fate.RISK, "last-man-votes", message, "quorum_votes: 1 for every node", item)
    if not conf.quorum.wait_for_all:
        message = "last_man_standing without wait_for_all: who boots into a cut may count itself quorate"
        yield tree.finding(Fate.RISK, "last-man-wait", message, "wait_for_all: 1, too", item)


def _sums(tree: Tree, conf: nouns.Conf) -> Iterator[Finding]:
    expected, total = _said(tree, "expected_votes"), sum(node.votes for node in conf.nodes)
    if conf.nodes and (votes := _said(tree, "votes")):
        yield tree.finding(Fate.IGNORED, "votes", "quorum.votes beside a nodelist", "quorum_votes in the node", votes)
    if expected and conf.nodes and not conf.quorum.device and 0 < conf.quorum.expected_votes < total:
        message = f"expected_votes is {expected.value} and the nodes have {total}"
        yield tree.finding(Fate.RISK, "expected-low", message, f"no such line, or {total}", expected, of_value=True)


def _device(tree: Tree, conf: nouns.Conf, section: Section) -> Iterator[Finding]:
    if conf.quorum.device is None:
        yield tree.finding(Fate.IGNORED, "device-model", "a device without a model", "`model: net`", section)
        return
    device = conf.quorum.device
    for key, is_set in (
        ("two_node", conf.quorum.two_node), ("last_man_standing", conf.quorum.last_man_standing),
        ("auto_tie_breaker", conf.quorum.auto_tie_breaker),
        ("allow_downscale", bool(nouns.number(tree.value("quorum", "allow_downscale")))),
    ):  # fmt: skip
        if is_set:
            message = f"{key} beside a quorum device"
            yield tree.finding(Fate.START, "device-excludes", message, "one of them", _said(tree, key))
    yield from _device_votes(tree, conf, device, section)
    if device.model == "net" and not device.host:
        yield tree.finding(
            Fate.IGNORED, "device-host", "the device net has no host", "`host: …` in net", section
        )  # fmt: skip


def _device_votes(
    tree: Tree, conf: nouns.Conf, device: nouns.QuorumDevice, section: Section
) -> Iterator[Finding]:  # fmt: skip
    expected, item = conf.quorum.expected_votes, tree.item("quorum", "device", "votes")
    if device.votes is None and expected:
        message = "expected_votes without the device's votes"
        yield tree.finding(Fate.START, "device-votes", message, "`votes: …` in device", section)
    elif device.votes is None and conf.nodes and any(node.votes != 1 for node in conf.nodes):
        message = "nodes with other than one vote, and the device's votes are not said"
        yield tree.finding(Fate.START, "device-votes", message, "`votes: …` in device", section)
    elif device.votes and expected and expected - device.votes < 2:
        message = f"the device has {device.votes} of {expected} expected votes"
        yield tree.finding(Fate.START, "device-votes", message, f"{max(expected - 2, 0)} at most", item, of_value=True)
