"""What is wrong with `totem { … }`: transport, encryption, links, timeouts.

Source: totem_config_read and totem_config_validate in `exec/totemconfig.c` of Corosync 3.1.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from standfast.dialects.corosync import nouns, timeouts, vocabulary
from standfast.dialects.corosync.tree import Fate, Finding, Item, Section, Tree

_DSCP = {
    *(f"cs{i}" for i in range(8)), *(f"af{i}{j}" for i in range(1, 5) for j in range(1, 4)), "ef",
}  # fmt: skip
_LEAST_30 = ("join", "merge", "downcheck", "consensus", "max_network_delay", "token_retransmit")
KNET_ONLY = (
    "knet_link_priority", "knet_ping_interval", "knet_ping_timeout", "knet_ping_precision", "knet_pong_count",
    "knet_transport",
)  # fmt: skip
UDP_ONLY = ("mcastaddr", "broadcast")


def check(tree: Tree) -> Iterator[Finding]:
    """Yield the mistakes."""
    totem = next(tree.root.named("totem"), None)
    if totem is None or not tree.item("totem", "version"):
        yield tree.finding(Fate.TEST, "version", "totem.version is missing", "`version: 2` in totem", totem)
    transport = tree.value("totem", "transport") or "knet"
    yield from _encryption(tree, transport)
    yield from _links(tree, transport)
    yield from _timeouts(tree)
    yield from _fit(tree)


def _encryption(tree: Tree, transport: str) -> Iterator[Finding]:
    conf = nouns.conf(tree)
    ciphers = tree.item("totem", "crypto_cipher") or tree.item("totem", "secauth")
    hashes = tree.item("totem", "crypto_hash") or ciphers
    known = vocabulary.SECTIONS["totem"]["crypto_cipher"].kind
    assert isinstance(known, vocabulary.Choice)
    if conf.cipher not in known.words:
        pass  # said already, where words are looked at
    elif conf.cipher != "none" and conf.hash == "none":
        message = f"crypto_cipher {conf.cipher} with crypto_hash none"
        yield tree.finding(Fate.TEST, "cipher-alone", message, "crypto_hash: sha256, too", hashes, of_value=True)
    elif conf.is_encrypted and transport != "knet":
        message = f"encryption with transport {transport}"
        yield tree.finding(
            Fate.TEST, "cipher-transport", message, "transport: knet, or crypto_cipher and crypto_hash none",
            ciphers or hashes,
        )  # fmt: skip
    dscp = tree.item("totem", "ip_dscp")
    if dscp and dscp.value not in _DSCP and not 0 <= nouns.number(dscp.value, -1) <= 63:
        expected = "0 to 63, or a name such as cs6 or af41"
        yield tree.finding(Fate.IGNORED, "dscp", f"ip_dscp is {dscp.value!r}", expected, dscp, of_value=True)
    if nodeid := tree.item("totem", "nodeid"):
        yield tree.finding(Fate.IGNORED, "totem-nodeid", "totem.nodeid is not used", "nodeid in the nodelist", nodeid)


def _links(tree: Tree, transport: str) -> Iterator[Finding]:
    seen: dict[int, Section] = {}
    for section in tree.root.named("totem", "interface"):
        item = section.item("linknumber")
        link = nouns.number(item.value) if item else 0
        if link in seen:
            message = f"link {link} stands here and in line {seen[link].line}; the last counts"
            ring = section.item("ringnumber")
            expected = "a linknumber of its own" + (" (ringnumber is not read)" if ring else "")
            yield tree.finding(Fate.IGNORED, "link-twice", message, expected, item or ring or section)
        seen.setdefault(link, section)
        yield from _interface(tree, section, transport)
    if transport in ("udp", "udpu") and len(seen) > 1:
        message = f"{len(seen)} links with transport {transport}"
        yield tree.finding(Fate.TEST, "links-transport", message, "one, or transport: knet", list(seen.values())[-1])


def _interface(tree: Tree, section: Section, transport: str) -> Iterator[Finding]:
    ttl, priority = section.item("ttl"), section.item("knet_link_priority")
    if ttl and transport != "udp" and ttl.value != "1":
        message = f"ttl {ttl.value} with transport {transport}"
        yield tree.finding(Fate.TEST, "ttl", message, "no ttl: it is for multicast (udp)", ttl)
    if priority and transport != "knet" and nouns.number(priority.value, 1) not in (0, 1):
        message = f"knet_link_priority with transport {transport}"
        yield tree.finding(Fate.TEST, "link-priority", message, "transport: knet", priority)
    port = section.item("mcastport")
    if port and port.value == "0":
        yield tree.finding(Fate.TEST, "port", "mcastport is 0", "1 to 65535", port, of_value=True)
    for item in section.items:
        if item.key in KNET_ONLY and transport != "knet" and item is not priority:
            yield tree.finding(
                Fate.IGNORED, "knet-only", f"{item.key} with transport {transport}", "transport: knet", item
            )
        if item.key in UDP_ONLY and transport != "udp":
            expected = "no such line, or transport: udp"
            yield tree.finding(Fate.IGNORED, "udp-only", f"{item.key} with transport {transport}", expected, item)
        if item.key in ("bindnetaddr", "mcastaddr"):
            yield from _address(tree, item)
    bind = section.item("bindnetaddr")
    if bind and any(True for _ in tree.root.named("nodelist", "node")):
        yield tree.finding(Fate.IGNORED, "bindnetaddr", "bindnetaddr beside a nodelist", "no such line", bind)


def _address(tree: Tree, item: Item) -> Iterator[Finding]:
    try:
        address = ipaddress.ip_address(item.value)
    except ValueError:
        yield tree.finding(
            Fate.TEST, "address", f"{item.key} is {item.value!r}", "an IP address", item, of_value=True
        )  # fmt: skip
        return
    if item.key == "mcastaddr" and not address.is_multicast:
        expected = "a multicast address such as 239.255.1.1"
        fate = Fate.TEST if tree.value("totem", "transport") == "udp" else Fate.IGNORED
        yield tree.finding(fate, "multicast", f"mcastaddr is {item.value}", expected, item, of_value=True)


def _timeouts(tree: Tree) -> Iterator[Finding]:
    times = timeouts.effective(tree)
    for key in _LEAST_30:
        item = tree.item("totem", key)
        if item and 0 < nouns.number(item.value) < timeouts.MINIMUM_MS:
            expected = f"{timeouts.MINIMUM_MS} ms at least"
            yield tree.finding(Fate.TEST, "short", f"{key} is {item.value} ms", expected, item, of_value=True)
    hold = tree.item("totem", "hold")
    if hold and 0 < nouns.number(hold.value) < timeouts.MINIMUM_HOLD_MS:
        expected = f"{timeouts.MINIMUM_HOLD_MS} ms at least"
        yield tree.finding(Fate.TEST, "short", f"hold is {hold.value} ms", expected, hold, of_value=True)
    token = tree.item("totem", "token")
    item = tree.item("totem", "token_retransmits_before_loss_const") or token
    given = tree.item("totem", "token_retransmit")
    is_short = times.token_ms < timeouts.MINIMUM_MS
    if is_short:
        expected = f"{timeouts.MINIMUM_MS} ms at least"
        yield tree.finding(Fate.TEST, "short", f"token is {times.token_ms} ms", expected, token, of_value=True)
    if not given and times.retransmit_ms < timeouts.MINIMUM_MS and not is_short:
        message = f"the token of {times.token_ms} ms would be sent again every {times.retransmit_ms} ms"
        expected = f"token / (token_retransmits_before_loss_const + 0.2) of {timeouts.MINIMUM_MS} ms at least"
        yield tree.finding(Fate.TEST, "retransmit", message, expected, item, of_value=True)
    consensus = tree.item("totem", "consensus")
    if times.consensus_ms < times.join_ms:
        message = f"consensus ({times.consensus_ms} ms) is shorter than join ({times.join_ms} ms)"
        yield tree.finding(
            Fate.TEST, "consensus-join", message, "join or longer", consensus or tree.item("totem", "join") or token
        )
    elif consensus and times.consensus_ms < 1.2 * times.token_ms and len(nouns.conf(tree).nodes) > 2:
        message = f"consensus ({times.consensus_ms} ms) is shorter than 1.2 x token ({times.token_ms} ms)"
        yield tree.finding(
            Fate.RISK, "consensus", message, f"{int(1.2 * times.token_ms)} ms or no such line", consensus
        )


def _fit(tree: Tree) -> Iterator[Finding]:
    """Yield what does not fit Corosync's buffers. Source: corosync.conf(5), window_size and max_messages."""
    mtu = nouns.number(tree.value("totem", "netmtu")) or 1500
    for key in ("window_size", "max_messages"):
        item = tree.item("totem", key)
        if item and nouns.number(item.value) > 256000 // mtu:
            message = f"{key} is {item.value} with packets of {mtu} bytes"
            yield tree.finding(Fate.RISK, "window", message, f"{256000 // mtu} at most", item, of_value=True)
