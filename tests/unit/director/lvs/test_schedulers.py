"""LVS schedulers, where a recording has no example."""

from ipaddress import ip_address

import pytest

from standfast.director import lvs
from standfast.director.lvs import schedulers
from standfast.director.lvs.schedulers import Candidate, Flow, hashing, lookup_tables, scheduler_of


def candidate(last: int, weight: int = 1, active: int = 0, overloaded: bool = False, last_weight: int = 0) -> Candidate:
    key = lvs.ServerKey(ip_address(f"10.2.0.{last}"), 80)
    return Candidate(key, weight, weight or last_weight, active, 0, overloaded)


def flow(client: int = 1, port: int = 40000, now_s: int = 0) -> Flow:
    return Flow(ip_address(f"10.1.0.{client}"), port, ip_address("10.9.0.1"), now_s)


def chosen(scheduler: schedulers.LvsScheduler, candidates: list[Candidate], times: int) -> list[int | None]:
    scheduler = scheduler.changed([], candidates)
    found = []
    for _ in range(times):
        one, scheduler = scheduler.choose(candidates, flow())
        found.append(int(one.key.address) & 255 if one else None)
    return found


@pytest.mark.parametrize("name", sorted(schedulers.NAMES))
def test_nobody_takes_connections_over_a_threshold_or_without_weight(name: str) -> None:
    """If this failed, an overloaded or quiesced server would get new connections."""
    assert chosen(scheduler_of(name), [candidate(1, 0), candidate(2, 3, overloaded=True)], 4) == [None] * 4


@pytest.mark.parametrize("name", sorted(schedulers.NAMES))
def test_without_real_servers_everything_is_refused(name: str) -> None:
    """If this failed, a service with an empty pool would end the director."""
    assert chosen(scheduler_of(name), [], 2) == [None, None]


@pytest.mark.parametrize("name", sorted(schedulers.NAMES - {"dh", "sh", "mh"}))
def test_the_only_one_left_gets_all(name: str) -> None:
    """If this failed, one overloaded server would stop the whole service."""
    assert chosen(scheduler_of(name), [candidate(1), candidate(2, 5, overloaded=True)], 3) == [1, 1, 1]


def test_round_robin_goes_on_where_a_deleted_server_stood() -> None:
    """If this failed, deleting a server would give its successor two connections in a row or none."""
    candidates = [candidate(3), candidate(2), candidate(1)]
    scheduler = scheduler_of("rr").changed([], candidates)
    for _ in range(2):
        _, scheduler = scheduler.choose(candidates, flow())
    scheduler = scheduler.changed(candidates, [candidates[0], candidates[2]])
    one, _ = scheduler.choose([candidates[0], candidates[2]], flow())
    assert one == candidates[2]


def test_weights_are_given_in_turn() -> None:
    """If this failed, wrr would send a heavy server bursts, or the wrong share."""
    assert chosen(scheduler_of("wrr"), [candidate(1, 1), candidate(2, 3)], 8) == [2, 2, 1, 2, 2, 2, 1, 2]


@pytest.mark.parametrize("name", ["sh", "mh"])
def test_fallback_finds_another(name: str) -> None:
    """If this failed, clients of a failed server would be refused although the flag asks for another."""
    candidates = [candidate(1, 0, last_weight=1), candidate(2, 1)]
    with_fallback = scheduler_of(name, lvs.FALLBACK).changed([], candidates)
    without = scheduler_of(name).changed([], candidates)
    choices = [
        (with_fallback.choose(candidates, flow(c))[0], without.choose(candidates, flow(c))[0]) for c in range(40)
    ]
    assert {c[0] for c in choices} == {candidates[1]}
    assert {c[1] for c in choices} == {candidates[1], None}


@pytest.mark.parametrize("name", ["sh", "mh"])
def test_the_port_counts_only_if_asked(name: str) -> None:
    """If this failed, a client's connections would be torn apart, or never spread."""
    candidates = [candidate(n) for n in range(1, 5)]
    for flags, several in ((lvs.ServiceFlag.NONE, False), (lvs.SOURCE_PORT, True)):
        scheduler = scheduler_of(name, flags).changed([], candidates)
        servers = {scheduler.choose(candidates, flow(port=p))[0] for p in range(40000, 40040)}
        assert (len(servers) > 1) is several


def test_a_quiesced_server_keeps_one_bucket_of_sh_and_its_share_of_mh() -> None:
    """If this failed, quiescing a server would move clients of others otherwise than the kernel does."""
    candidates = [candidate(1, 1), candidate(2, 0, last_weight=7)]
    by_source, maglev = (scheduler_of(name).changed([], candidates).table for name in ("sh", "mh"))  # type: ignore[attr-defined]
    assert by_source.count(candidates[1].key) == lookup_tables.BUCKETS // 2
    assert maglev.count(candidates[1].key) / lookup_tables.MAGLEV_SIZE == pytest.approx(7 / 8, abs=0.001)


def test_ipv6_addresses_are_folded() -> None:
    """If this failed, hashed IPv6 services would choose otherwise than the kernel."""
    assert hashing.folded(ip_address("2001:db8::5")) == 0x20010DB8 ^ 5


def test_the_short_hash_is_siphash_1_3() -> None:
    """If this failed, mh would send every client elsewhere than the kernel does."""
    assert hashing.half_siphash(0, (0, 0)) != hashing.half_siphash(1, (0, 0))
    assert 0 <= hashing.half_siphash(0xFFFFFFFF, (2654435761, 2654435761)) < 2**32


def test_maglev_gives_shares_by_weight() -> None:
    """If this failed, mh would not balance."""
    table = lookup_tables.maglev_table([candidate(1, 1), candidate(2, 3)])
    assert len(table) == lookup_tables.MAGLEV_SIZE
    assert sum(key.address == ip_address("10.2.0.2") for key in table) / len(table) == pytest.approx(0.75, abs=0.001)


def test_a_replicated_set_shrinks_after_a_day() -> None:
    """If this failed, a destination's set would only ever grow and lblcr would become wlc."""
    full, idle = candidate(1, 2, 5), candidate(2, 4, 0)
    scheduler = scheduler_of("lblcr").changed([], [full])
    _, scheduler = scheduler.choose([full], flow())
    one, scheduler = scheduler.choose([idle, full], flow(now_s=1))
    assert one == idle
    for now_s in (80_000, 2 + 24 * 3600):
        _, scheduler = scheduler.choose([idle, full], flow(now_s=now_s))
    assert scheduler.cache[flow().destination].servers == (idle.key,)  # type: ignore[attr-defined]
