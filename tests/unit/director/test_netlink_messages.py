"""Netlink messages of the family IPVS, to bytes and back."""

from __future__ import annotations

import contextlib
import errno
import struct
import sys
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast import director
from standfast.director import lvs
from standfast.director import netlink_messages as nl
from standfast.errors import RemoteProtocolError

WEB = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80)
little = pytest.mark.skipif(sys.byteorder != "little", reason="the bytes written here are a little-endian machine's")


def answered(body: bytes) -> nl.Message:
    """Return the message that the kernel would send with this body."""
    return next(nl.messages(nl.message(30, 1, body, nl.Flag(0), 7)))


KEYS = st.one_of(
    st.builds(lvs.ServiceAddress, st.sampled_from(lvs.Transport), st.ip_addresses(), st.integers(0, 65535)),
    st.builds(lvs.FirewallMark, st.integers(1, 2**32 - 1), st.sampled_from(lvs.Family)),
)
FLAGS = st.integers(0, 63).map(lambda n: lvs.ServiceFlag(n) & ~lvs.ServiceFlag.HASHED)
SERVICES = st.builds(
    lvs.VirtualService,
    KEYS,
    st.sampled_from(["rr", "wlc", "lblcr"]),
    FLAGS,
    st.integers(0, 2**31),
    st.one_of(st.none(), st.integers(1, 127)),
    st.sampled_from(["", "sip"]),
)
SERVERS = st.builds(
    lvs.RealServer,
    st.builds(lvs.ServerKey, st.ip_addresses(), st.integers(0, 65535)),
    st.sampled_from(lvs.Forwarding),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.integers(0, 2**31 - 1),
    st.builds(
        lvs.Tunnel, st.sampled_from(lvs.TunnelType), st.integers(0, 65535), st.sampled_from(list(lvs.TunnelChecksum))
    ),
)


@given(SERVICES)
def test_a_virtual_service_comes_back(service: lvs.VirtualService) -> None:
    """If this failed, flags, netmask or engine would be lost on the way to the kernel."""
    assert nl.read_service(answered(nl.service(service))).service == service


@given(SERVERS)
def test_a_real_server_comes_back(server: lvs.RealServer) -> None:
    """If this failed, weights, thresholds or tunnels would be lost on the way to the kernel."""
    assert nl.read_server(answered(nl.server(server)), lvs.Family.IPV4).server == server


@given(SERVERS)
def test_a_real_server_is_packed_as_its_attributes_are(server: lvs.RealServer) -> None:
    """If this failed, the kernel would read another real server than is meant, or refuse it."""
    numbers = ((nl.Dest.FWD_METHOD, server.forwarding), (nl.Dest.WEIGHT, server.weight),
               (nl.Dest.U_THRESH, server.upper_threshold), (nl.Dest.L_THRESH, server.lower_threshold))  # fmt: skip
    assert nl.server(server) == nl.nested(
        nl.Top.DEST,
        nl.server_key(server.key),
        *(nl.attribute(kind, int(number).to_bytes(4, sys.byteorder)) for kind, number in numbers),
        nl.attribute(nl.Dest.TUN_TYPE, bytes([server.tunnel.type])),
        nl.attribute(nl.Dest.TUN_PORT, server.tunnel.port.to_bytes(2, "big")),
        nl.attribute(nl.Dest.TUN_FLAGS, int(server.tunnel.checksum).to_bytes(2, sys.byteorder)),
    )


@given(st.lists(SERVERS, min_size=1, max_size=4))
def test_many_changes_are_the_messages_of_each(servers: list[lvs.RealServer]) -> None:
    """If this failed, a refusal would be told of another change than the one that was refused."""
    key = lvs.FirewallMark(7)
    changes = [lvs.AddServer(key, server) for server in servers]
    flags = [nl.Flag(0)] * (len(changes) - 1) + [nl.Flag.ACK]
    each = [nl.message(9, *nl.request_of(change), flag, number) for number, (change, flag)
            in enumerate(zip(changes, flags, strict=True), 5)]  # fmt: skip
    assert nl.requests(9, changes, 5) == b"".join(each)


def test_a_sync_daemon_comes_back() -> None:
    """If this failed, a standby director would listen to another group."""
    daemon = director.SyncDaemon(director.SyncRole.MASTER, "eth0", 9, 1400, IPv4Address("224.0.0.90"), 8850, 2)
    six = director.SyncDaemon(director.SyncRole.BACKUP, "eth1", 0, 1452, ip_address("ff02::1"), 1, 1)
    assert [nl.read_daemon(answered(nl.daemon(d))) for d in (daemon, six)] == [daemon, six]


def test_timeouts_come_back() -> None:
    """If this failed, time-outs would land at another protocol."""
    assert nl.read_timeouts(answered(nl.timeouts(director.Timeouts(1, 2, 3)))) == director.Timeouts(1, 2, 3)


@little
def test_a_request_has_the_bytes_that_linux_reads() -> None:
    """If this failed, both directions could be wrong together."""
    command, body = nl.request_of(lvs.DeleteService(WEB))
    data = nl.message(30, command, body, nl.Flag.ACK, 5)
    header = "440000001e0005000500000000000000" + "03010000"
    names = "0600010002000000" + "0600020006000000" + "14000300c0000201" + "00" * 12 + "0600040000500000"
    assert data.hex() == header + "30000180" + names


@little
def test_ports_are_in_network_order() -> None:
    """If this failed, a tunnel port would be swapped (as other clients send it)."""
    tunnel = lvs.Tunnel(lvs.TunnelType.GUE, 6080)
    server = lvs.RealServer(lvs.ServerKey(ip_address("192.0.2.9"), 80), lvs.Forwarding.TUNNEL, tunnel=tunnel)
    found = nl.attributes(answered(nl.server(server)).attributes[nl.Top.DEST])
    assert found[nl.Dest.TUN_PORT] == (6080).to_bytes(2, "big")
    assert found[nl.Dest.PORT] == b"\0\x50"


def test_an_ipv6_netmask_is_a_prefix_length() -> None:
    """If this failed, the kernel would refuse every IPv6 service."""
    service = lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, ip_address("2001:db8::1"), 80))
    found = nl.attributes(answered(nl.service(service)).attributes[nl.Top.SERVICE])
    assert struct.unpack("=I", found[nl.Service.NETMASK]) == (128,)


def test_an_errno_is_told() -> None:
    """If this failed, refusals would pass for acknowledgements."""
    refusal = nl.HEADER.pack(nl.HEADER.size + 4, nl.ERROR, 0, 3, 0) + struct.pack("=i", -errno.ESRCH)
    fine = nl.HEADER.pack(nl.HEADER.size + 4, nl.ERROR, 0, 4, 0) + struct.pack("=i", 0)
    assert [(m.sequence, m.error) for m in nl.messages(refusal + fine)] == [(3, errno.ESRCH), (4, 0)]


def test_wide_statistics_win_over_narrow_ones() -> None:
    """If this failed, counters would wrap at 4 GiB."""
    narrow = nl.nested(nl.Service.STATS, *(nl.attribute(k, struct.pack("=I", k)) for k in range(1, 11)))
    wide = nl.nested(nl.Service.STATS64, *(nl.attribute(k, struct.pack("=Q", k << 33)) for k in range(1, 11)))
    whole = nl.service(lvs.VirtualService(WEB))[nl.ATTRIBUTE.size :]
    status = nl.read_service(answered(nl.nested(nl.Top.SERVICE, whole, narrow, wide)))
    assert status.counters == director.Counters(*(k << 33 for k in range(1, 6)))
    assert status.rates == director.Rates(*(k << 33 for k in range(6, 11)))


@given(st.binary(max_size=64))
def test_nonsense_is_refused_not_followed(data: bytes) -> None:
    """If this failed, torn bytes could hold the director in a loop or end it."""
    with contextlib.suppress(RemoteProtocolError):
        assert all(message.attributes is not None for message in nl.messages(data))
