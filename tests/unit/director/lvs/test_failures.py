"""What stands in the table when real servers fail."""

from ipaddress import ip_address

import pytest

from standfast.director import lvs

WEB = lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80))


def server(last: int) -> lvs.RealServer:
    return lvs.RealServer(lvs.ServerKey(ip_address(f"198.51.100.{last}"), 80), weight=3)


def watched(word: lvs.OnFailure, **more: object) -> lvs.WatchedService:
    servers = tuple(lvs.WatchedServer(server(n), word) for n in (1, 2))
    return lvs.WatchedService(WEB, servers, **more)  # type: ignore[arg-type]


def weights(service: lvs.WatchedService, seen: lvs.Observed) -> dict[str, int]:
    return {str(k.address): s.weight for k, s in lvs.wanted_pool(service, seen).servers.items()}


UP = lvs.Observed({server(1).key})


@pytest.mark.parametrize(
    ("word", "connections", "expected"),
    [
        (lvs.OnFailure.DELETE, 7, {"198.51.100.1": 3}),
        (lvs.OnFailure.QUIESCE, 0, {"198.51.100.1": 3, "198.51.100.2": 0}),
        (lvs.OnFailure.DRAIN, 7, {"198.51.100.1": 3, "198.51.100.2": 0}),
        (lvs.OnFailure.DRAIN, 0, {"198.51.100.1": 3}),
    ],
)
def test_a_failed_server(word: lvs.OnFailure, connections: int, expected: dict[str, int]) -> None:
    """If this failed, a failure would cut connections that should live, or keep a sick server in service."""
    seen = lvs.Observed(UP.up, True, {server(2).key: connections})
    assert weights(watched(word), seen) == expected


def test_the_sorry_server_takes_over_without_an_empty_moment() -> None:
    """If this failed, clients would be refused between the last real server and the sorry server."""
    service = watched(lvs.OnFailure.DELETE, sorry=server(9))
    before = lvs.table_of([lvs.wanted_pool(service, UP)])
    after = lvs.table_of([lvs.wanted_pool(service, lvs.Observed((), quorum_met=False))])
    for changes in (lvs.difference(before, after), lvs.difference(after, before)):
        assert isinstance(changes[0], lvs.AddServer)
        assert isinstance(changes[-1], lvs.DeleteServer)
    assert [k.address for k in after[WEB.key].servers] == [ip_address("198.51.100.9")]


def test_an_inhibited_sorry_server_waits_in_the_table() -> None:
    """If this failed, `sorry_server_inhibit` would do nothing."""
    service = watched(lvs.OnFailure.DELETE, sorry=server(9), sorry_inhibit=True)
    assert weights(service, UP) == {"198.51.100.1": 3, "198.51.100.9": 0}
    assert weights(service, lvs.Observed((), quorum_met=False)) == {"198.51.100.9": 3}


def test_which_kernel_settings_matter_is_said() -> None:
    """If this failed, an operator would wonder why a drained server never gets empty."""
    names = {s.name for s in lvs.settings_that_matter(lvs.OnFailure.DRAIN, persistent=True)}
    assert names == {"conn_reuse_mode", "expire_quiescent_template"}
    assert [s.name for s in lvs.settings_that_matter(lvs.OnFailure.DELETE, True)] == ["expire_nodest_conn"]
