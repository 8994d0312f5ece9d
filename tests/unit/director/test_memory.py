"""The data plane in memory, where it goes beyond the contract: time, thresholds, templates."""

from __future__ import annotations

from ipaddress import ip_address

from standfast.director import lvs
from standfast.director.memory import MemoryDataplane

WEB = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80)
VIRTUAL = lvs.ServerKey(WEB.address, 80)


def server(last: int, **more: int) -> lvs.RealServer:
    return lvs.RealServer(lvs.ServerKey(ip_address(f"198.51.100.{last}"), 80), lvs.Forwarding.NAT, **more)  # type: ignore[arg-type]


def client(last: int, port: int = 40000) -> lvs.ServerKey:
    return lvs.ServerKey(ip_address(f"203.0.113.{last}"), port)


def plane(service: lvs.VirtualService, *servers: lvs.RealServer) -> MemoryDataplane:
    result = MemoryDataplane()
    assert result.apply(lvs.difference({}, lvs.table_of([lvs.Pool.of(service, *servers)]))) == []
    return result


def counts(model: MemoryDataplane) -> list[tuple[int, int, int]]:
    return [(s.active, s.inactive, s.persistent) for s in model.servers(WEB)]


def test_connections_grow_old() -> None:
    """If this failed, a drained server would never be empty in a test."""
    model = plane(lvs.VirtualService(WEB, "rr"), server(1))
    model.connect(lvs.Transport.TCP, client(1), VIRTUAL)
    assert counts(model) == [(1, 0, 0)]
    assert model.disconnect(lvs.Transport.TCP, client(1), VIRTUAL)
    assert counts(model) == [(0, 1, 0)]
    model.pass_time(121)
    assert counts(model) == [(0, 0, 0)]
    assert not model.disconnect(lvs.Transport.TCP, client(1), VIRTUAL)


def test_overload_ends_below_three_quarters() -> None:
    """If this failed, a small server would get new connections at once when one of many ended."""
    model = plane(lvs.VirtualService(WEB, "rr"), server(1, upper_threshold=4))
    ports = range(40000, 40005)
    answers = [model.connect(lvs.Transport.TCP, client(1, p), VIRTUAL) for p in ports]
    assert [a is not None for a in answers] == [True, True, True, True, False]
    for port in ports[:2]:
        model.disconnect(lvs.Transport.TCP, client(1, port), VIRTUAL)
    model.pass_time(121)
    assert model.connect(lvs.Transport.TCP, client(1, 41000), VIRTUAL) is not None


def test_a_deleted_server_comes_back_with_its_connections() -> None:
    """If this failed, the model would forget what the kernel keeps in its trash."""
    model = plane(lvs.VirtualService(WEB, "rr"), server(1))
    model.connect(lvs.Transport.TCP, client(1), VIRTUAL)
    assert model.apply([lvs.DeleteServer(WEB, server(1).key), lvs.AddServer(WEB, server(1))]) == []
    assert counts(model) == [(1, 0, 0)]


def test_a_template_is_for_a_network_of_clients() -> None:
    """If this failed, persistence by netmask would tear a company's proxies apart."""
    sticky = lvs.VirtualService(WEB, "rr", lvs.ServiceFlag.PERSISTENT, 60, 0xFFFFFF00)
    model = plane(sticky, server(1), server(2))
    assert len({model.connect(lvs.Transport.TCP, client(n), VIRTUAL) for n in range(1, 6)}) == 1
    assert sorted(c[2] for c in counts(model)) == [0, 1]


def test_a_quiesced_server_keeps_persistent_clients_unless_the_setting_says_otherwise() -> None:
    """If this failed, nobody would see in a test why a server is never drained."""
    sticky = lvs.VirtualService(WEB, "rr", lvs.ServiceFlag.PERSISTENT, 60)
    model = plane(sticky, server(1), server(2))
    first = model.connect(lvs.Transport.TCP, client(1), VIRTUAL)
    assert first == server(2).key
    model.apply([lvs.EditServer(WEB, server(2, weight=0))])
    assert model.connect(lvs.Transport.TCP, client(1, 40001), VIRTUAL) == first
    model.settings["expire_quiescent_template"] = 1
    assert model.connect(lvs.Transport.TCP, client(1, 40002), VIRTUAL) == server(1).key


def test_one_packet_scheduling_keeps_nothing() -> None:
    """If this failed, a DNS service would fill the table."""
    key = lvs.ServiceAddress(lvs.Transport.UDP, WEB.address, 53)
    service = lvs.VirtualService(key, "rr", lvs.ServiceFlag.ONE_PACKET)
    model = plane(service, server(1), server(2))
    virtual = lvs.ServerKey(WEB.address, 53)
    answers = {model.connect(lvs.Transport.UDP, client(1), virtual) for _ in range(2)}
    assert len(answers) == 2
    assert model.connections() == []


def test_marks_and_port_0_catch_what_they_name() -> None:
    """If this failed, a firewall mark or an all-ports service would catch nothing."""
    mark = lvs.VirtualService(lvs.FirewallMark(7), "rr")
    every = lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, WEB.address, 0), "rr",
                               lvs.ServiceFlag.PERSISTENT, 60)  # fmt: skip
    real = lvs.RealServer(lvs.ServerKey(ip_address("198.51.100.1"), 0))
    model = MemoryDataplane()
    model.apply(lvs.difference({}, lvs.table_of([lvs.Pool.of(mark, real), lvs.Pool.of(every, real)])))
    assert model.connect(lvs.Transport.TCP, client(1), VIRTUAL, mark=7) == lvs.ServerKey(real.key.address, 80)
    assert model.connect(lvs.Transport.TCP, client(1, 2), lvs.ServerKey(WEB.address, 8443)) is not None
    assert model.connect(lvs.Transport.UDP, client(1), VIRTUAL) is None
