"""The difference of two tables."""

from ipaddress import ip_address

from hypothesis import given
from hypothesis import strategies as st

from standfast.director import lvs

KEYS = st.one_of(
    st.builds(
        lvs.ServiceAddress,
        st.sampled_from(lvs.Transport),
        st.sampled_from([ip_address("192.0.2.1"), ip_address("2001:db8::1")]),
        st.sampled_from([0, 80, 443]),
    ),
    st.builds(lvs.FirewallMark, st.integers(1, 2), st.sampled_from(lvs.Family)),
)
SERVERS = st.builds(
    lvs.RealServer,
    st.builds(lvs.ServerKey, st.sampled_from([ip_address("198.51.100.1"), ip_address("198.51.100.2")]), st.just(80)),
    st.sampled_from(lvs.Forwarding),
    st.integers(0, 3),
)
POOLS = st.builds(
    lambda key, scheduler, servers: lvs.Pool.of(lvs.VirtualService(key, scheduler), *servers),
    KEYS,
    st.sampled_from(["rr", "wlc"]),
    st.lists(SERVERS, max_size=3),
)
TABLES = st.lists(POOLS, max_size=4).map(lvs.table_of)

WEB = lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 80)


def server(last: int, weight: int = 1) -> lvs.RealServer:
    return lvs.RealServer(lvs.ServerKey(ip_address(f"198.51.100.{last}"), 80), weight=weight)


@given(TABLES, TABLES)
def test_the_difference_leads_from_one_table_to_the_other(present: lvs.Table, wanted: lvs.Table) -> None:
    """If this failed, a reload would leave something else in the kernel than the file says."""
    assert lvs.apply(present, lvs.difference(present, wanted)) == wanted


@given(TABLES)
def test_nothing_to_do_is_nothing_done(table: lvs.Table) -> None:
    """If this failed, a reload of the same file would touch established connections."""
    assert lvs.difference(table, table) == []


@given(TABLES, TABLES)
def test_no_pool_is_emptier_on_the_way(present: lvs.Table, wanted: lvs.Table) -> None:
    """If this failed, clients would be refused for a moment of a reload."""
    table = present
    for change in lvs.difference(present, wanted):
        table = lvs.apply(table, [change])
        for key in present.keys() & wanted.keys():
            fewest = min(len(present[key].servers), len(wanted[key].servers))
            assert len(table[key].servers) >= fewest


def test_a_changed_weight_is_one_edit() -> None:
    """If this failed, a changed weight would delete a real server and its connections."""
    present = lvs.table_of([lvs.Pool.of(lvs.VirtualService(WEB), server(1), server(2))])
    wanted = lvs.table_of([lvs.Pool.of(lvs.VirtualService(WEB), server(1), server(2, 5))])
    assert lvs.difference(present, wanted) == [lvs.EditServer(WEB, server(2, 5))]


def test_the_default_netmask_may_be_written_out() -> None:
    """If this failed, each reload would edit every service that the kernel tells of with its default netmask."""
    present = lvs.table_of([lvs.Pool.of(lvs.VirtualService(WEB, netmask=0xFFFFFFFF))])
    assert lvs.difference(present, lvs.table_of([lvs.Pool.of(lvs.VirtualService(WEB))])) == []
