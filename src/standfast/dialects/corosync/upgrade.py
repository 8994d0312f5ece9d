"""A corosync.conf of Corosync 1 or 2 as one of Corosync 3, with what it means otherwise now."""

from __future__ import annotations

from dataclasses import replace

from standfast.dialects.corosync import checks, edits, nouns, vocabulary
from standfast.dialects.corosync.reader import read
from standfast.dialects.corosync.tree import Fate, Section, Tree
from standfast.errors import ConfigError, Report, Severity

# Keys of totem that `edits.render` writes, or that are of the wire of old.
_WRITTEN = {
    "version", "cluster_name", "transport", "config_version", "crypto_cipher", "crypto_hash", "secauth", "link_mode",
    "rrp_mode", "nodeid", "threads", "clear_node_high_bit", "netmtu",
}  # fmt: skip


def upgraded(tree: Tree) -> tuple[Tree, tuple[Report, ...]]:
    """Return the file for Corosync 3 on knet, and what an operator has to know or add. Raises: ConfigError if its
    syntax is broken."""
    if tree.findings:
        raise ConfigError([finding.report for finding in tree.findings])
    old = nouns.conf(tree)
    notes = list(_notes(tree, old))
    nodes = tuple(_node(node, number) for number, node in enumerate(old.nodes, 1))
    conf = replace(
        old, transport="knet", nodes=nodes, generation=3, config_version=old.config_version + 1,
        cluster=old.cluster or "cluster", link_mode=old.link_mode if old.generation == 3 else "passive",
    )  # fmt: skip
    totem = {
        item.key: item.value
        for section in tree.root.named("totem")
        for item in section.items
        if item.key not in _WRITTEN and vocabulary.key_of("totem", item.key)
    }
    made = read(edits.render(conf, totem), tree.file)
    for key in ("last_man_standing", "last_man_standing_window", "auto_tie_breaker", "auto_tie_breaker_node"):
        if item := tree.item("quorum", key):
            made = edits.with_value(made, f"quorum.{key}", item.value)
    made = _device(tree, made)
    wrong = [f.report for f in checks.check(made) if f.fate is not Fate.RISK]
    return made, (*notes, *wrong)


def _node(node: nouns.NodeEntry, number: int) -> nouns.NodeEntry:
    """Return a node with the id and name that knet wants. A node id of a UDP ring may be too high."""
    first = next(iter(node.addresses.values()), "")
    named = node.name or (first if first and not first[0].isdigit() and ":" not in first else f"node{number}")
    return replace(node, id=node.id if 0 < node.id < 65536 else number, name=named)


def _device(tree: Tree, made: Tree) -> Tree:
    for section in tree.root.named("quorum", "device"):
        for below in section.walk():
            for item in below.items:
                if vocabulary.key_of(below.path, item.key):
                    made = edits.with_value(made, f"{below.path}.{item.key}", item.value)
    return made


def _notes(tree: Tree, old: nouns.Conf) -> list[Report]:
    notes = []

    def note(slug: str, message: str, expected: str, part: Section | None = None) -> None:
        place = tree.place(part)
        notes.append(Report(f"corosync.upgrade-{slug}", message, expected, place, Severity.WARNING))

    if old.transport != "knet":
        note("wire", f"transport {old.transport} becomes knet: the wires differ", "all nodes stopped, then all started")
    if not old.nodes:
        note("nodes", "the nodes are not listed: multicast found them", "a node { … } in nodelist for each")
    for number, node in enumerate(old.nodes, 1):
        if _node(node, number).name != node.name:
            message = f"the node {node.title} is called {_node(node, number).name}"
            note("name", message, "the name of the machine (uname -n), as the cluster's configuration has it")
    for section in tree.root.named("service"):
        if section.value("name") == "pacemaker":
            note("plugin", "Corosync 3 starts no cluster manager", "its unit enabled beside corosync.service", section)
    return notes
