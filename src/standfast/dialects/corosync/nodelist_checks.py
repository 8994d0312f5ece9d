"""What is wrong with `nodelist { … }`: ids, names, addresses on every link.

Source: put_nodelist_members_to_config, check_for_duplicate_nodeids and totem_volatile_config_validate in
`exec/totemconfig.c` of Corosync 3.1.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator

from standfast.dialects.corosync import nouns
from standfast.dialects.corosync.tree import Fate, Finding, Item, Section, Tree

KNET_ID_END = 65536
_RING = re.compile(r"nodelist\.node\.ring([0-9]{1,9})_addr")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*\.?")


def is_ring(path: str) -> bool:
    """Return whether a path is an address of a node, on whatever link."""
    return _RING.fullmatch(path) is not None


def check(tree: Tree) -> Iterator[Finding]:
    """Yield the mistakes."""
    sections = tuple(tree.root.named("nodelist", "node"))
    transport = tree.value("totem", "transport") or "knet"
    if not sections:
        yield from _without(tree, transport)
        return
    entries = [(section, nouns.node_entry(section)) for section in sections]
    for section, entry in entries:
        yield from _node(tree, section, entry, transport)
    yield from _twice(tree, entries)
    yield from _links(tree, entries, transport)
    for member in tree.root.named("totem", "interface", "member"):
        yield tree.finding(Fate.IGNORED, "members", "a member beside a nodelist", "no such section", member)


def _without(tree: Tree, transport: str) -> Iterator[Finding]:
    nodelist = next(tree.root.named("nodelist"), None)
    what = "the nodelist is empty" if nodelist else "there is no nodelist"
    bound = tree.item("totem", "interface", "bindnetaddr")
    # Without one, Corosync does not find itself: "No valid name found for local host".
    expected = "nodelist { node { name, nodeid and ring0_addr of each node } }"
    if bound and transport != "knet":
        what += ", and bindnetaddr alone does not say who this node is"
    yield tree.finding(Fate.TEST, "nodelist", what, expected, nodelist or bound)


def _node(tree: Tree, section: Section, entry: nouns.NodeEntry, transport: str) -> Iterator[Finding]:
    nodeid = section.item("nodeid")
    if not entry.addresses:
        yield tree.finding(
            Fate.TEST, "no-address", f"the node {entry.title} has no address", "`ring0_addr: …`", section
        )
    elif transport == "knet" and not entry.id:
        message = f"the node {entry.title} has no nodeid"
        yield tree.finding(Fate.TEST, "nodeid", message, "`nodeid:` with a number from 1 up", nodeid or section)
    if transport == "knet" and entry.addresses and KNET_ID_END <= entry.id < 1 << 32:
        expected = f"1 to {KNET_ID_END - 1} with knet"
        yield tree.finding(Fate.TEST, "nodeid-high", f"nodeid is {entry.id}", expected, nodeid, of_value=True)
    for item in section.items:
        if match := _RING.fullmatch(f"nodelist.node.{item.key}"):
            yield from _address(tree, item, int(match[1]), transport, bool(entry.id))


def _address(tree: Tree, item: Item, link: int, transport: str, has_id: bool) -> Iterator[Finding]:
    if link >= nouns.LINKS_MAX:
        message = f"{item.key} is of link {link}"
        yield tree.finding(Fate.TEST, "link", message, f"ring0_addr to ring{nouns.LINKS_MAX - 1}_addr", item)
    family = _family(item.value)
    if family is None and (old := _classful(item.value)):
        message = f"{item.key} is {item.value!r}, which is taken for {old}"
        yield tree.finding(Fate.IGNORED, "address-short", message, "all four numbers", item, of_value=True)
        return
    if family is None and (not _HOST.fullmatch(item.value) or re.fullmatch(r"[0-9.]+", item.value)):
        expected = "an IP address, or a name that resolves to one"
        yield tree.finding(Fate.TEST, "address", f"{item.key} is {item.value!r}", expected, item, of_value=True)
        return
    version = tree.value("totem", "ip_version") or ("ipv4" if transport == "udp" else "ipv6-4")
    if (family, version) in ((4, "ipv6"), (6, "ipv4")):
        message = f"{item.key} is {item.value} with ip_version {version}"
        yield tree.finding(Fate.TEST, "address-family", message, f"an address of {version}", item, of_value=True)
    if family == 6 and transport != "knet" and not has_id:
        message = f"an IPv6 address without a nodeid with transport {transport}"
        yield tree.finding(Fate.TEST, "nodeid", message, "`nodeid:` with a number from 1 up", item)


def _family(text: str) -> int | None:
    try:
        return ipaddress.ip_address(text).version
    except ValueError:
        return None


def _classful(text: str) -> str:
    """Return the address that inet_aton(3) makes of one to three numbers; empty if it makes none."""
    if not re.fullmatch(r"[0-9]{1,10}(\.[0-9]{1,10}){0,2}", text):
        return ""
    *heads, last = (int(part) for part in text.split("."))
    if any(head > 255 for head in heads) or last >= 256 ** (4 - len(heads)):
        return ""
    return str(ipaddress.IPv4Address(sum(h << 24 - 8 * i for i, h in enumerate(heads)) + last))


def _twice(tree: Tree, entries: list[tuple[Section, nouns.NodeEntry]]) -> Iterator[Finding]:
    ids: dict[int, int] = {}
    seen: dict[str, int] = {}
    for section, entry in entries:
        if entry.id in ids and entry.id:
            message = f"nodeid {entry.id} stands here and in line {ids[entry.id]}"
            yield tree.finding(
                Fate.TEST, "nodeid-twice", message, "an id of its own", section.item("nodeid"), of_value=True
            )
        ids.setdefault(entry.id, section.line)
        for item in section.items:
            word = f"name {item.value}" if item.key == "name" else f"address {item.value}"
            if (item.key == "name" or is_ring(f"nodelist.node.{item.key}")) and word in seen:
                message = f"the {word} stands here and in line {seen[word]}"
                yield tree.finding(Fate.RISK, "node-twice", message, "one of its own", item, of_value=True)
            seen.setdefault(word, item.line)


def _links(tree: Tree, entries: list[tuple[Section, nouns.NodeEntry]], transport: str) -> Iterator[Finding]:
    links = sorted({link for _, entry in entries for link in entry.addresses if link < nouns.LINKS_MAX})
    if len(links) > 1 and transport != "knet":
        message = f"{len(links)} links with transport {transport}"
        yield tree.finding(Fate.TEST, "links-transport", message, "one, or transport: knet", entries[0][0])
    for section, entry in entries:
        if len(links) > 1 and not entry.name:
            message = f"the node {entry.title} has no name, and there are {len(links)} links"
            yield tree.finding(Fate.TEST, "name", message, "`name:` for every node", section)
        missing = [link for link in links if link not in entry.addresses]
        if missing and entry.addresses:
            message = f"the node {entry.title} has no address on link {', '.join(map(str, missing))}"
            yield tree.finding(Fate.TEST, "links-differ", message, "all nodes on all links", section)
    for link in links:
        yield from _families(tree, entries, link)


def _families(tree: Tree, entries: list[tuple[Section, nouns.NodeEntry]], link: int) -> Iterator[Finding]:
    first = 0
    for section, entry in entries:
        family = _family(entry.addresses.get(link, "")) or 0
        if first and family and family != first:
            item = section.item(f"ring{link}_addr")
            message = f"link {link} has IPv{first} and here IPv{family}"
            yield tree.finding(Fate.TEST, "families", message, f"an IPv{first} address", item, of_value=True)
        first = first or family
