"""What a corosync.conf configures: totem, links, nodes, quorum."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from standfast.dialects.corosync.tree import Section, Tree

LINKS_MAX = 8
DEFAULT_PORT = 5405
_RING = re.compile(r"ring([0-9]{1,9})_addr")


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """A node of the nodelist. `id` 0: none is said; `addresses` by link number."""

    name: str
    id: int = 0
    addresses: Mapping[int, str] = field(default_factory=dict)
    votes: int = 1

    @property
    def title(self) -> str:
        """Return what to call it: its name, else its first address, else its id."""
        return self.name or next(iter(self.addresses.values()), "") or f"node {self.id}"


@dataclass(frozen=True, slots=True)
class QuorumDevice:
    """The device that votes; `votes` None: Corosync counts them itself."""

    model: str
    host: str = ""
    algorithm: str = "ffsplit"
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class QuorumOptions:
    """How votes are counted. `expected_votes` 0: the nodes' sum; `wait_for_all` None: what two_node is."""

    provider: str = ""
    expected_votes: int = 0
    two_node: bool = False
    wait_for_all: bool | None = None
    last_man_standing: bool = False
    auto_tie_breaker: bool = False
    tie_breaker_node: str = ""
    device: QuorumDevice | None = None


@dataclass(frozen=True, slots=True)
class Conf:
    """A configuration. Wrong values stand as their defaults: `checks.check` says that they are wrong."""

    cluster: str
    transport: str
    nodes: tuple[NodeEntry, ...]
    quorum: QuorumOptions
    cipher: str = "none"
    hash: str = "none"
    link_mode: str = "passive"
    config_version: int = 0
    generation: int = 3

    @property
    def is_encrypted(self) -> bool:
        """Return whether nodes need a shared key."""
        return (self.cipher, self.hash) != ("none", "none")

    @property
    def links(self) -> tuple[int, ...]:
        """Return the numbers of the links that any node has."""
        return tuple(sorted({link for node in self.nodes for link in node.addresses}))

    def node(self, title: str) -> NodeEntry | None:
        """Return the node of this name, address or id."""
        for node in self.nodes:
            if title in (node.name, str(node.id or ""), *node.addresses.values()) and title:
                return node
        return None


def number(text: str, default: int = 0) -> int:
    """Return a number as C reads it, the default if it is none."""
    return int(text) if re.fullmatch(r"\s*[+-]?[0-9]{1,40}", text) else default


def conf(tree: Tree) -> Conf:
    """Return what a file configures."""
    secure = tree.value("totem", "secauth") == "on"
    return Conf(
        cluster=tree.value("totem", "cluster_name"),
        transport=_transport(tree),
        nodes=_nodes(tree),
        quorum=_quorum(tree),
        cipher=tree.value("totem", "crypto_cipher") or ("aes256" if secure else "none"),
        hash=tree.value("totem", "crypto_hash") or ("sha256" if secure else "none"),
        link_mode=tree.value("totem", "link_mode") or "passive",
        config_version=number(tree.value("totem", "config_version")),
        generation=generation(tree),
    )


def generation(tree: Tree) -> int:
    """Return the Corosync that a file was written for: 1, 2 or 3, by the words only it has."""
    ones = {"service", "amf", "aisexec", "event"} & {section.name for section in tree.root.sections}
    if ones or tree.root.item("compatibility") or tree.item("totem", "vsftype"):
        return 1
    transport = tree.value("totem", "transport")
    rings = tree.item("totem", "interface", "ringnumber") or tree.item("totem", "rrp_mode")
    if transport == "knet" or any(True for _ in tree.root.named("totem", "link_mode")):
        return 3
    return 2 if rings or transport in ("udp", "udpu") else 3


def _transport(tree: Tree) -> str:
    said = tree.value("totem", "transport")
    if said:
        return said
    return "knet" if generation(tree) == 3 else "udp"


def node_entry(section: Section) -> NodeEntry:
    """Return a `node { … }`."""
    rings = ((_RING.fullmatch(item.key), item.value) for item in section.items)
    return NodeEntry(
        name=section.value("name"),
        id=number(section.value("nodeid")),
        addresses=dict(sorted((int(match[1]), value) for match, value in rings if match)),
        votes=number(section.value("quorum_votes"), 1),
    )


def _nodes(tree: Tree) -> tuple[NodeEntry, ...]:
    listed = [node_entry(section) for section in tree.root.named("nodelist", "node")]
    if listed:
        return tuple(listed)
    members = [m.value("memberaddr") for m in tree.root.named("totem", "interface", "member")]
    return tuple(NodeEntry("", 0, {0: address}) for address in members)


def _quorum(tree: Tree) -> QuorumOptions:
    def flag(key: str) -> bool:
        return bool(number(tree.value("quorum", key)))

    waits = tree.item("quorum", "wait_for_all")
    return QuorumOptions(
        provider=tree.value("quorum", "provider"),
        expected_votes=number(tree.value("quorum", "expected_votes")),
        two_node=flag("two_node"),
        wait_for_all=None if waits is None else bool(number(waits.value)),
        last_man_standing=flag("last_man_standing"),
        auto_tie_breaker=flag("auto_tie_breaker"),
        tie_breaker_node=tree.value("quorum", "auto_tie_breaker_node"),
        device=_device(tree),
    )


def _device(tree: Tree) -> QuorumDevice | None:
    model = tree.value("quorum", "device", "model")
    if not model:
        return None
    votes = tree.item("quorum", "device", "votes")
    return QuorumDevice(
        model=model,
        host=tree.value("quorum", "device", "net", "host"),
        algorithm=tree.value("quorum", "device", "net", "algorithm") or "ffsplit",
        votes=None if votes is None else number(votes.value),
    )
