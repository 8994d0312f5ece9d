"""What the local Corosync says of quorum and links, and what it can be told: expected votes, no more waiting, reload.

Every call may block for as long as Corosync does. Raises: CorosyncError; LiveError if it is not installed.
"""

from __future__ import annotations

import contextlib
import ctypes
import enum
from collections.abc import Iterator

import msgspec

from standfast.messaging.live import corosync_bindings as cs
from standfast.messaging.live import corosync_map

DEVICE_ID = 0


class Flag(enum.IntFlag):
    """votequorum's flags. Source: corosync/votequorum.h."""

    TWO_NODE = 1
    QUORATE = 2
    WAIT_FOR_ALL = 4
    LAST_MAN_STANDING = 8
    AUTO_TIE_BREAKER = 16
    ALLOW_DOWNSCALE = 32
    DEVICE_REGISTERED = 64
    DEVICE_ALIVE = 128
    DEVICE_CAST_VOTE = 256
    DEVICE_MASTER_WINS = 512


class NodeState(enum.IntEnum):
    """A node as votequorum sees it."""

    UNKNOWN = 0
    MEMBER = 1
    DEAD = 2
    LEAVING = 3


class NodeVotes(msgspec.Struct, frozen=True):
    """A node and its votes."""

    id: int
    name: str
    votes: int
    state: NodeState
    is_local: bool = False


class QuorumFacts(msgspec.Struct, frozen=True):
    """Quorum as this node's votequorum has it. `device`: the name of the device, empty if none is registered."""

    provider: str
    quorate: bool
    total_votes: int
    expected_votes: int
    needed_votes: int
    flags: Flag
    waiting_for_all: bool
    nodes: tuple[NodeVotes, ...]
    device: str = ""
    device_votes: int = 0


class LinkFacts(msgspec.Struct, frozen=True):
    """A link to another node, as this node has it. `latency_us`: the mean of pings; `downs`: how often it was lost."""

    node_id: int
    node: str
    link: int
    address: str
    connected: bool
    latency_us: int = 0
    downs: int = 0


@contextlib.contextmanager
def _open(which: int = cs.MAP_CONFIGURATION) -> Iterator[corosync_map.Map]:
    made = corosync_map.Map(which)
    try:
        yield made
    finally:
        made.close()


@contextlib.contextmanager
def _votequorum() -> Iterator[tuple[cs.Libraries, int]]:
    lib, handle = cs.load(), cs.handle_t()
    nothing = cs.VotequorumCallbacks()
    lib.call("votequorum_initialize", ctypes.byref(handle), ctypes.byref(nothing))
    try:
        yield lib, handle.value
    finally:
        lib.code("votequorum_finalize", handle.value)


@contextlib.contextmanager
def _cfg() -> Iterator[tuple[cs.Libraries, int]]:
    lib, handle = cs.load(), cs.handle_t()
    lib.call("corosync_cfg_initialize", ctypes.byref(handle), None)
    try:
        yield lib, handle.value
    finally:
        lib.code("corosync_cfg_finalize", handle.value)


def quorum() -> QuorumFacts:
    """Return the facts of quorum."""
    with _open() as configuration:
        provider, names = configuration.text("quorum.provider"), configuration.names()
        waiting = bool(configuration.value("runtime.votequorum.wait_for_all_status"))
    if not provider:
        return QuorumFacts("", True, 0, 0, 0, Flag(0), False, ())
    with _votequorum() as (lib, handle):
        own = _info(lib, handle, DEVICE_ID)
        nodes = tuple(_votes(lib, handle, node_id, name, own.node_id) for node_id, name in sorted(names.items()))
    flags = Flag(own.flags)
    return QuorumFacts(
        provider=provider,
        quorate=Flag.QUORATE in flags,
        total_votes=own.total_votes,
        expected_votes=own.highest_expected,
        needed_votes=own.quorum,
        flags=flags,
        waiting_for_all=waiting and Flag.QUORATE not in flags,
        nodes=nodes,
        device=own.qdevice_name.decode(errors="replace") if Flag.DEVICE_REGISTERED in flags else "",
        device_votes=own.qdevice_votes,
    )


def _info(lib: cs.Libraries, handle: int, node_id: int) -> cs.VotequorumInfo:
    """Return votequorum's record of a node; id 0 is this one."""
    info = cs.VotequorumInfo()
    lib.call("votequorum_getinfo", handle, node_id, ctypes.byref(info))
    return info


def _votes(lib: cs.Libraries, handle: int, node_id: int, name: str, own: int) -> NodeVotes:
    try:
        info = _info(lib, handle, node_id)
    except cs.CorosyncError as error:
        if error.code != cs.NOT_EXIST:
            raise
        return NodeVotes(node_id, name, 0, NodeState.UNKNOWN)
    state = NodeState(info.node_state) if info.node_state in tuple(NodeState) else NodeState.UNKNOWN
    return NodeVotes(node_id, name, info.node_votes, state, node_id == own)


def links() -> tuple[LinkFacts, ...]:
    """Return the links to the other nodes."""
    with _open() as configuration:
        own, nodes = configuration.number("runtime.votequorum.this_node_id"), configuration.names()
        own = own or _local_id(configuration)
        addresses = _addresses(configuration)
    with _open(cs.MAP_STATISTICS) as statistics:
        return tuple(
            _link(statistics, node_id, nodes[node_id], link, address)
            for node_id, found in sorted(addresses.items())
            if node_id != own
            for link, address in sorted(found.items())
        )


def _local_id(configuration: corosync_map.Map) -> int:
    position = configuration.number("nodelist.local_node_pos")
    return configuration.number(f"nodelist.node.{position}.nodeid")


def _addresses(configuration: corosync_map.Map) -> dict[int, dict[int, str]]:
    found: dict[int, dict[int, str]] = {}
    for key in configuration.keys("nodelist.node."):
        stem, _, last = key.rpartition(".")
        if last.startswith("ring") and last.endswith("_addr"):
            node_id = configuration.number(f"{stem}.nodeid")
            found.setdefault(node_id, {})[int(last[4:-5])] = configuration.text(key)
    return found


def _link(statistics: corosync_map.Map, node_id: int, name: str, link: int, address: str) -> LinkFacts:
    def number(key: str) -> int:
        value = statistics.value(f"stats.knet.node{node_id}.link{link}.{key}")
        return int(value) if isinstance(value, int | float) else 0

    return LinkFacts(
        node_id, name, link, address, bool(number("connected")), number("latency_ave"), number("down_count")
    )


def configuration(prefix: str = "") -> dict[str, str | int | float]:
    """Return the keys and values of Corosync's map that begin so."""
    with _open() as opened:
        found = {key: opened.value(key) for key in opened.keys(prefix)}
    return {key: value for key, value in found.items() if value is not None}


def set_expected_votes(votes: int) -> bool:
    """Change the cluster's expected votes; return False if votequorum refuses: more votes are present."""
    with _votequorum() as (lib, handle):
        code = lib.code("votequorum_setexpected", handle, votes)
        if code not in (cs.OK, cs.INVALID):
            raise cs.CorosyncError("votequorum_setexpected", code)
        return code == cs.OK


def stop_waiting() -> None:
    """End wait_for_all's waiting: the operator knows that the absent nodes are off."""
    with _open() as opened:
        opened.set_flag("quorum.cancel_wait_for_all", 1)


def reload() -> None:
    """Let all Corosyncs of the cluster read their files again."""
    with _cfg() as (lib, handle):
        lib.call("corosync_cfg_reload_config", handle)


def shut_down(regardless: bool = False) -> None:
    """End this node's Corosync; programs that use it may object unless `regardless`."""
    with _cfg() as (lib, handle):
        flag = cs.SHUTDOWN_REGARDLESS if regardless else cs.SHUTDOWN_REQUEST
        lib.call("corosync_cfg_try_shutdown", handle, flag)
