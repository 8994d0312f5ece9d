"""What every data plane of the director promises: the model in memory, and the kernel's IPVS.

The kernel's runs inside user-mode-linux only (`tests/live/director` boots it): a host's table is not touched.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, ip_address

import pytest

from standfast import director
from standfast.director import lvs
from standfast.director.live import open_ipvs
from standfast.director.memory import MemoryDataplane

VIP, OTHER_VIP = ip_address("192.0.2.1"), ip_address("2001:db8::1")
WEB = lvs.ServiceAddress(lvs.Transport.TCP, VIP, 80)
Dial = Callable[[director.Dataplane, int], int | None]


def server(last: int, port: int = 80, **more: object) -> lvs.RealServer:
    return lvs.RealServer(lvs.ServerKey(ip_address(f"198.51.100.{last}"), port), **more)  # type: ignore[arg-type]


@pytest.fixture(params=["memory", "ipvs"])
def dataplane(request: pytest.FixtureRequest) -> Iterator[director.Dataplane]:
    """A data plane with an empty table and the default time-outs."""
    if request.param == "memory":
        yield MemoryDataplane()
        return
    if not os.environ.get("STANDFAST_IN_UML"):
        pytest.skip("the kernel's IPVS is tried inside user-mode-linux, by tests/live/director")
    plane = open_ipvs()
    plane.flush()
    plane.set_timeouts(director.Timeouts(900, 120, 300))
    yield plane
    plane.flush()
    plane.close()


def make(plane: director.Dataplane, *pools: lvs.Pool) -> lvs.Table:
    """Bring the table to these pools; return them as a table."""
    wanted = lvs.table_of(pools)
    assert plane.apply(lvs.difference(director.table(plane), wanted)) == []
    return wanted


POOLS = [
    lvs.Pool.of(lvs.VirtualService(WEB, "rr"), server(1, forwarding=lvs.Forwarding.NAT, weight=9)),
    lvs.Pool.of(
        lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, VIP, 81), "wrr"),
        server(1, 8080, forwarding=lvs.Forwarding.NAT, upper_threshold=100, lower_threshold=50),
        server(2, 81),
        server(3, 81, weight=0),
    ),
    lvs.Pool.of(
        lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.UDP, VIP, 53), "rr", lvs.ServiceFlag.ONE_PACKET),
        server(1, 53),
    ),
    lvs.Pool.of(lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.SCTP, VIP, 9899), "lc")),
    lvs.Pool.of(
        lvs.VirtualService(
            lvs.ServiceAddress(lvs.Transport.TCP, VIP, 0), "wlc", lvs.ServiceFlag.PERSISTENT, 300, 0xFFFFFF00
        ),
        server(1, 0),
    ),
    lvs.Pool.of(lvs.VirtualService(lvs.FirewallMark(1), "sh", lvs.FALLBACK | lvs.SOURCE_PORT), server(1, 0)),
    lvs.Pool.of(lvs.VirtualService(lvs.FirewallMark(2, lvs.Family.IPV6), "mh", lvs.ServiceFlag.SCHED_1)),
    lvs.Pool.of(
        lvs.VirtualService(
            lvs.ServiceAddress(lvs.Transport.TCP, OTHER_VIP, 80), "rr", lvs.ServiceFlag.PERSISTENT, 60, 64
        ),
        lvs.RealServer(lvs.ServerKey(ip_address("2001:db8::11"), 80), weight=3),
        server(1, forwarding=lvs.Forwarding.TUNNEL),
    ),
    lvs.Pool.of(
        lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, VIP, 6000), "fo"),
        server(1, 6000, forwarding=lvs.Forwarding.TUNNEL, tunnel=lvs.Tunnel(lvs.TunnelType.GUE, 6080)),
        server(
            2,
            6000,
            forwarding=lvs.Forwarding.TUNNEL,
            tunnel=lvs.Tunnel(lvs.TunnelType.GUE, 6080, lvs.TunnelChecksum.REMOTE_CHECKSUM),
        ),
        server(
            3,
            6000,
            forwarding=lvs.Forwarding.TUNNEL,
            tunnel=lvs.Tunnel(lvs.TunnelType.GRE, 0, lvs.TunnelChecksum.CHECKSUM),
        ),
    ),
    lvs.Pool.of(
        lvs.VirtualService(
            lvs.ServiceAddress(lvs.Transport.UDP, VIP, 5060), "rr", lvs.ServiceFlag.PERSISTENT, 60, None, "sip"
        )
    ),
]


def test_what_is_set_is_what_is_told(dataplane: director.Dataplane) -> None:
    """If this failed, a restart would take over another table than stands in the kernel."""
    assert make(dataplane, *POOLS) == director.table(dataplane)


def test_a_table_turns_into_another_and_back(dataplane: director.Dataplane) -> None:
    """If this failed, a reload would leave something of the old file."""
    make(dataplane, *POOLS)
    changed = [lvs.Pool.of(lvs.VirtualService(p.service.key, "wlc"), server(7, forwarding=lvs.Forwarding.TUNNEL))
               for p in POOLS[3:]]  # fmt: skip
    assert make(dataplane, *changed) == director.table(dataplane)
    assert make(dataplane, *POOLS[:5]) == director.table(dataplane)


def test_an_edit_changes_in_place(dataplane: director.Dataplane) -> None:
    """If this failed, a new weight or scheduler would cut connections, or an update delete (as other clients do)."""
    make(dataplane, POOLS[1])
    key = POOLS[1].service.key
    changes: list[lvs.Change] = [
        lvs.EditService(lvs.VirtualService(key, "sh", lvs.SOURCE_PORT)),
        lvs.EditServer(key, server(2, 81, weight=7, forwarding=lvs.Forwarding.TUNNEL)),
    ]
    assert dataplane.apply(changes) == []
    assert dataplane.service(key).service == lvs.VirtualService(key, "sh", lvs.SOURCE_PORT)
    assert [s.server.weight for s in dataplane.servers(key)] == [0, 7, 1]


def test_flags_can_be_taken_away(dataplane: director.Dataplane) -> None:
    """If this failed, persistence could be switched on but never off."""
    make(dataplane, POOLS[9])
    plain = lvs.VirtualService(POOLS[9].service.key, "rr")
    assert dataplane.apply([lvs.EditService(plain)]) == []
    assert not dataplane.service(plain.key).service.persistent


def test_real_servers_are_told_newest_first(dataplane: director.Dataplane) -> None:
    """If this failed, our LVS schedulers would walk the list the wrong way round."""
    make(dataplane, lvs.Pool.of(lvs.VirtualService(WEB), server(2), server(3), server(1)))
    assert [str(s.server.key.address)[-1] for s in dataplane.servers(WEB)] == ["1", "3", "2"]


MISSING = lvs.ServiceAddress(lvs.Transport.TCP, VIP, 4444)
REFUSED: list[tuple[lvs.Change, int]] = [
    (lvs.AddService(lvs.VirtualService(WEB)), errno.EEXIST),
    (lvs.AddService(lvs.VirtualService(MISSING, "nosuch")), errno.ENOENT),
    (lvs.AddService(lvs.VirtualService(MISSING, engine="nosuch")), errno.ENOENT),
    (lvs.EditService(lvs.VirtualService(MISSING)), errno.ESRCH),
    (lvs.DeleteService(MISSING), errno.ESRCH),
    (lvs.AddServer(MISSING, server(1)), errno.ESRCH),
    (lvs.AddServer(WEB, server(1)), errno.EEXIST),
    (lvs.EditServer(WEB, server(9)), errno.ENOENT),
    (lvs.DeleteServer(WEB, server(9).key), errno.ENOENT),
    (lvs.AddServer(WEB, server(8, upper_threshold=10, lower_threshold=20)), errno.ERANGE),
    (lvs.AddServer(WEB, lvs.RealServer(lvs.ServerKey(ip_address("224.0.0.1"), 80))), errno.EINVAL),
    (lvs.AddServer(WEB, lvs.RealServer(lvs.ServerKey(ip_address("0.0.0.0"), 80))), errno.EINVAL),
    (lvs.AddServer(WEB, lvs.RealServer(lvs.ServerKey(ip_address("2001:db8::9"), 80))), errno.EINVAL),
]


def test_what_is_refused_is_told_and_the_rest_is_done(dataplane: director.Dataplane) -> None:
    """If this failed, one bad line would lose the others, or a refusal would be put down to the wrong line."""
    make(dataplane, lvs.Pool.of(lvs.VirtualService(WEB), server(1)))
    changes: list[lvs.Change] = []
    for number, (change, _) in enumerate(REFUSED, 20):
        changes += [change, lvs.AddServer(WEB, server(number))]
    refusals = dataplane.apply(changes)
    assert [(r.change, r.number) for r in refusals] == REFUSED
    assert len(dataplane.servers(WEB)) == 1 + len(REFUSED)


def test_a_large_table_comes_whole(dataplane: director.Dataplane) -> None:
    """If this failed, a table of more than one batch, or one answer, would be cut off."""
    pools = [
        lvs.Pool.of(
            lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, ip_address(f"203.0.113.{n}"), 80)),
            *(server(last) for last in range(1, 9)),
        )
        for n in range(1, 80)
    ]
    assert make(dataplane, *pools) == director.table(dataplane)


def test_one_missing_service_is_said(dataplane: director.Dataplane) -> None:
    """If this failed, a question for nothing would hang or return something."""
    for question in (dataplane.service, dataplane.zero):
        with pytest.raises(director.RefusedError) as refused:
            question(MISSING)
        assert refused.value.number == errno.ESRCH


def test_keys_are_told_in_the_order_of_services(dataplane: director.Dataplane) -> None:
    """If this failed, a start after a flush would add real servers in an order in which each is looked for long."""
    make(dataplane, *POOLS)
    assert dataplane.service_keys() == [status.service.key for status in dataplane.services()]
    assert len(dataplane.service_keys()) == len(POOLS)


def test_flush_deletes_all(dataplane: director.Dataplane) -> None:
    """If this failed, `ipvsadm -C` would leave something."""
    make(dataplane, *POOLS)
    dataplane.flush()
    assert dataplane.services() == []


def test_timeouts_that_are_0_stay(dataplane: director.Dataplane) -> None:
    """If this failed, `--set 0 0 30` would break TCP."""
    dataplane.set_timeouts(director.Timeouts(800, 0, 0))
    dataplane.set_timeouts(director.Timeouts(0, 0, 30))
    assert dataplane.timeouts() == director.Timeouts(800, 120, 30)


def test_the_version_is_told(dataplane: director.Dataplane) -> None:
    """If this failed, the head of every listing would be wrong."""
    info = dataplane.info()
    assert info.version == (1, 2, 1)
    assert info.table_size == 4096


def test_sync_daemons_start_and_stop(dataplane: director.Dataplane) -> None:
    """If this failed, a standby director would know no connections."""
    master = director.SyncDaemon(director.SyncRole.MASTER, "eth0", 9, 1400, IPv4Address("224.0.0.90"), 8850, 2)
    backup = director.SyncDaemon(director.SyncRole.BACKUP, "eth0", 3)
    with contextlib.ExitStack() as stack:
        dataplane.start_sync_daemon(backup)
        stack.callback(dataplane.stop_sync_daemon, director.SyncRole.BACKUP, 3)
        dataplane.start_sync_daemon(master)
        stack.callback(dataplane.stop_sync_daemon, director.SyncRole.MASTER, 9)
        with pytest.raises(director.RefusedError) as refused:
            dataplane.start_sync_daemon(master)
        assert refused.value.number == errno.EEXIST
        defaults = director.SyncDaemon(director.SyncRole.BACKUP, "eth0", 3, 1472, IPv4Address("224.0.0.81"), 8848, 1)
        assert dataplane.sync_daemons() == [master, defaults]
    with pytest.raises(director.RefusedError) as refused:
        dataplane.stop_sync_daemon(director.SyncRole.MASTER, 9)
    assert refused.value.number == errno.ESRCH
    assert dataplane.sync_daemons() == []


@pytest.fixture
def dial(dataplane: director.Dataplane) -> Iterator[Dial]:
    """Open a connection from local address 127.0.0.(client) and keep it; tell the last byte of who answered."""
    virtual = lvs.ServerKey(VIP, 80)
    if isinstance(dataplane, MemoryDataplane):
        ports = iter(range(40000, 50000))

        def model(plane: director.Dataplane, client: int) -> int | None:
            assert isinstance(plane, MemoryDataplane)
            source = lvs.ServerKey(ip_address(f"127.0.0.{client}"), next(ports))
            chosen = plane.connect(lvs.Transport.TCP, source, virtual)
            return int(chosen.address) & 255 if chosen else None

        yield model
        return
    with contextlib.ExitStack() as stack:
        subprocess.run(["ip", "addr", "add", f"{VIP}/32", "dev", "lo"], check=True)
        stack.callback(subprocess.run, ["ip", "addr", "del", f"{VIP}/32", "dev", "lo"], check=True)
        listeners = {n: _listen(stack, n) for n in (101, 102)}
        yield lambda _, client: _dial(stack, listeners, client)


def _listen(stack: contextlib.ExitStack, last: int) -> socket.socket:
    listener = stack.enter_context(socket.create_server((f"127.0.0.{last}", 8080)))
    listener.setblocking(False)
    return listener


def _dial(stack: contextlib.ExitStack, listeners: dict[int, socket.socket], client: int) -> int | None:
    dialling = stack.enter_context(socket.socket())
    dialling.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    dialling.settimeout(10)
    dialling.bind((f"127.0.0.{client}", 0))
    try:
        dialling.connect((str(VIP), 80))
    except OSError:
        return None
    end = time.monotonic() + 10
    while time.monotonic() < end:
        for last, listener in listeners.items():
            with contextlib.suppress(BlockingIOError):
                stack.enter_context(listener.accept()[0])
                return last
        threading.Event().wait(0.01)
    return None


def wait(condition: Callable[[], bool], patience_s: float = 20) -> None:
    """Wait until something holds: the kernel adds its counters up every two seconds only."""
    end = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < end, "it did not come in time"
        threading.Event().wait(0.1)


def local(last: int, weight: int = 1) -> lvs.RealServer:
    return lvs.RealServer(lvs.ServerKey(ip_address(f"127.0.0.{last}"), 8080), lvs.Forwarding.NAT, weight)


def test_connections_are_spread_and_counted(dataplane: director.Dataplane, dial: Dial) -> None:
    """If this failed, load would not be balanced, or the counts that decide about it would be wrong."""
    make(dataplane, lvs.Pool.of(lvs.VirtualService(WEB, "rr"), local(101), local(102)))
    assert [dial(dataplane, 1) for _ in range(4)] == [102, 101, 102, 101]
    assert [s.active for s in dataplane.servers(WEB)] == [2, 2]
    wait(lambda: [s.counters.connections for s in dataplane.servers(WEB)] == [2, 2])
    wait(lambda: dataplane.service(WEB).counters.connections == 4)
    listed = [c for c in dataplane.connections() if c.state == "ESTABLISHED"]
    assert len(listed) == 4
    assert {c.virtual for c in listed} == {lvs.ServerKey(VIP, 80)}
    dataplane.zero(WEB)
    assert dataplane.service(WEB).counters.connections == 0


def test_a_quiesced_server_keeps_what_it_has_and_gets_nothing(dataplane: director.Dataplane, dial: Dial) -> None:
    """If this failed, draining would cut connections or never end."""
    make(dataplane, lvs.Pool.of(lvs.VirtualService(WEB, "rr"), local(101), local(102)))
    assert [dial(dataplane, 1) for _ in range(2)] == [102, 101]
    assert dataplane.apply([lvs.EditServer(WEB, local(102, 0))]) == []
    assert [dial(dataplane, 1) for _ in range(2)] == [101, 101]
    assert [s.active for s in dataplane.servers(WEB)] == [1, 3]


def test_a_persistent_client_stays(dataplane: director.Dataplane, dial: Dial) -> None:
    """If this failed, sessions would be lost between two connections of one client."""
    sticky = lvs.VirtualService(WEB, "rr", lvs.ServiceFlag.PERSISTENT, 60)
    make(dataplane, lvs.Pool.of(sticky, local(101), local(102)))
    assert [dial(dataplane, client) for client in (1, 1, 2, 1, 2)] == [102, 102, 101, 102, 101]
    assert [s.persistent for s in dataplane.servers(WEB)] == [1, 1]


def test_a_full_server_is_passed_over(dataplane: director.Dataplane, dial: Dial) -> None:
    """If this failed, thresholds would not protect a small real server."""
    full = lvs.RealServer(local(102).key, lvs.Forwarding.NAT, 1, upper_threshold=1)
    make(dataplane, lvs.Pool.of(lvs.VirtualService(WEB, "rr"), local(101), full))
    assert [dial(dataplane, 1) for _ in range(3)] == [102, 101, 101]


def test_nobody_left_is_a_refusal(dataplane: director.Dataplane, dial: Dial) -> None:
    """If this failed, a service without real servers would let clients through to the director itself."""
    make(dataplane, lvs.Pool.of(lvs.VirtualService(WEB, "rr"), local(101, 0)))
    assert dial(dataplane, 1) is None
