"""The network of this machine (this network namespace) as facts, and what a doctor looks at besides."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, ip_interface
from pathlib import Path
from typing import Any

from pyroute2 import IPRoute

from standfast.director import lvs
from standfast.director.dataplane import RefusedError
from standfast.director.live.ipvs import IpvsDataplane
from standfast.director.live.setup.arp import answering
from standfast.director.live.setup.failures import SetupError
from standfast.director.setup import DirectorRecord, Facts, Held, Link, Route, WatchedPool

SYSCTLS = Path("/proc/sys")
_IPVS_KNOBS = ("conn_reuse_mode", "conntrack", "expire_nodest_conn", "expire_quiescent_template")
_KNOBS = ("arp_ignore", "arp_announce", "rp_filter", "send_redirects", "accept_redirects", "forwarding")
_SINGLE = ("net/ipv4/ip_forward",)
_IFF_UP, _IFF_LOOPBACK, _IFF_NOARP = 1, 8, 0x80
_MAIN_TABLE, _UNICAST = 254, 1
_EVERYWHERE = {2: "0.0.0.0/0", 10: "::/0"}
_Message = Any  # pyroute2 has no types


def gather(extra: Iterable[str] = ()) -> Facts:
    """Return the facts of now, with these sysctls besides. Raises: SetupError."""
    try:
        with IPRoute() as netlink:
            users = _module_users()
            names = {m["index"]: m.get("ifname") for m in netlink.get_links()}
            return Facts(
                links=tuple(_link(message) for message in netlink.get_links()),
                addresses=tuple(_held(m, names) for m in netlink.get_addr()),
                routes=tuple(route for m in netlink.get_routes() for route in _routes(m, names)),
                sysctls=_sysctls(extra),
                modules=frozenset(users),
                busy=frozenset(name for name, count in users.items() if count),
                kernel=os.uname().release,
                namespaces=_namespaces(),
            )
    except OSError as wrong:
        raise SetupError(f"the network cannot be read: {wrong.strerror or wrong}") from None


def _link(message: _Message) -> Link:
    flags = message["flags"]
    information = message.get("linkinfo")
    kind = information.get("kind") if information else ""
    return Link(
        name=str(message.get("ifname")),
        up=bool(flags & _IFF_UP),
        arp=not flags & (_IFF_LOOPBACK | _IFF_NOARP),
        mtu=message.get("mtu") or 0,
        kind=kind or "",
        mac=message.get("address") or "",
    )


def _held(message: _Message, names: dict[int, str]) -> Held:
    address = message.get("local") or message.get("address")
    return Held(str(ip_interface(f"{address}/{message['prefixlen']}")), names.get(message["index"], ""))


def _routes(message: _Message, names: dict[int, str]) -> Iterator[Route]:
    """Yield a route of the main table to somewhere, once for each way of several."""
    if message.get("table") != _MAIN_TABLE or message["type"] != _UNICAST:
        return
    target = message.get("dst")
    destination = f"{target}/{message['dst_len']}" if target else _EVERYWHERE[message["family"]]
    for hop in message.get("multipath") or [message]:
        link = names.get(hop.get("oif") or 0, "")
        if link:
            yield Route(destination, link, hop.get("gateway") or "", message.get("priority") or 0)


def _sysctls(extra: Iterable[str]) -> dict[str, str]:
    paths = [SYSCTLS / name for name in (*_SINGLE, *extra)]
    paths += (folder / knob for folder in (SYSCTLS / "net/ipv4/conf").glob("*") for knob in _KNOBS)
    paths += (SYSCTLS / "net/ipv6/conf").glob("*/forwarding")
    paths += (SYSCTLS / "net/ipv4/vs" / knob for knob in _IPVS_KNOBS)
    found = {str(path.relative_to(SYSCTLS)): _read(path) for path in paths}
    return {name: value for name, value in found.items() if value is not None}


def read_sysctl(name: str) -> str | None:
    """Return a sysctl's value; None if it is not there."""
    return _read(SYSCTLS / name)


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except (OSError, UnicodeDecodeError):
        return None  # gone with its interface, or not for reading


def _module_users() -> dict[str, int]:
    """Return how many users each module has. Source: proc(5)."""
    lines = [line.split() for line in (_read(Path("/proc/modules")) or "").splitlines()]
    return {words[0]: int(words[2]) if words[2].isdigit() else 1 for words in lines}


def _namespaces() -> int:
    """Return how many network namespaces have a process or a name."""
    found = {os.stat("/proc/self/ns/net").st_ino}
    for path in (*Path("/proc").glob("[0-9]*/ns/net"), *Path("/run/netns").glob("*")):
        with contextlib.suppress(OSError):  # a process that ended
            found.add(path.stat().st_ino)
    return len(found)


def boot_id() -> str:
    """Return the kernel's name for the time since it was started."""
    return _read(SYSCTLS / "kernel/random/boot_id") or ""


def host_name() -> str:
    """Return the name of this machine."""
    return os.uname().nodename


def director_record() -> DirectorRecord:
    """Return what the doctor of a director looks at; asks the network who else holds a virtual address."""
    facts = gather()
    try:
        dataplane = IpvsDataplane()
    except RefusedError:
        return DirectorRecord(facts, None)
    try:
        pools = [WatchedPool(s, tuple(dataplane.servers(s.service.key))) for s in dataplane.services()]
        half_open = Counter(c.server for c in dataplane.connections() if c.state == "SYN_RECV" and c.client.port)
    finally:
        dataplane.close()
    vips = {p.address.address for p in pools if p.address}
    answers = others_answering(facts, vips)
    return DirectorRecord(facts, pools, answers, half_open, _neighbours() if answers else {})


def others_answering(facts: Facts, vips: Iterable[lvs.Address], named: str = "") -> dict[str, tuple[str, ...]]:
    """Return the MAC addresses, not our own, that answer ARP for these addresses on their links or the named one."""
    own = {link.mac for link in facts.links}
    questions: dict[str, list[IPv4Address]] = {}
    for vip in sorted(v for v in vips if isinstance(v, IPv4Address)):
        on_link = facts.on_link(vip)
        names = {named} if named else {*(h.link for h in facts.holders(vip)), *([on_link.name] if on_link else [])}
        for link in (link for link in facts.speaking() if link.name in names):
            questions.setdefault(link.name, []).append(vip)
    found: dict[str, tuple[str, ...]] = {}
    for name, asked in questions.items():
        for address, macs in answering(name, asked).items():
            others = tuple(sorted(macs - own))
            if others:
                found[str(address)] = others
    return found


def _neighbours() -> dict[str, str]:
    with IPRoute() as netlink:
        return {m.get("lladdr"): m.get("dst") for m in netlink.get_neighbours(family=2) if m.get("lladdr")}
