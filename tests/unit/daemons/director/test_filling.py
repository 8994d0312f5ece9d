"""The first table of many services: all of it is set, quickly also where as many were removed a moment ago."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address

import pytest

from standfast import director
from standfast.daemons.director.filling import fill
from standfast.director import lvs
from standfast.director.memory import MemoryDataplane

SERVICES, SERVERS = 600, 10
KEYS = [lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), 1000 + number) for number in range(SERVICES)]


def real(number: int) -> lvs.RealServer:
    return lvs.RealServer(lvs.ServerKey(ip_address("198.51.100.1"), 1 + number), lvs.Forwarding.NAT, 1, 0, 0)


def changes_of(key: lvs.ServiceKey) -> list[lvs.Change]:
    servers: list[lvs.Change] = [lvs.AddServer(key, real(number)) for number in range(SERVERS)]
    return [lvs.AddService(lvs.VirtualService(key, "rr")), *servers]


CHANGES = [change for key in KEYS for change in changes_of(key)]


class Timed(MemoryDataplane):
    """Lets time go by with each change, and notes the order of services; it lists them in an order of its own.

    The real servers of a service are looked for `search_s` long unless it is about the last in `removed`, which are
    those that were removed, the last at the end; `slow` counts the services that are not.
    """

    def __init__(self, search_s: float = 0, removed: Sequence[lvs.ServiceKey] = ()) -> None:
        super().__init__()
        self.now = 0.0
        self.order: list[lvs.ServiceKey] = []
        self.slow = 0
        self.hiccups: Sequence[int] = ()
        """At so many services the machine stands still for a while."""
        self._search_s = search_s
        self._removed = list(removed)

    def service_keys(self) -> list[lvs.ServiceKey]:
        return kernel_s(super().service_keys())

    def apply(self, changes: Sequence[lvs.Change]) -> list[director.Refusal]:
        for change in changes:
            self.now += 0.001
            if isinstance(change, lvs.AddServer) and change.service not in self.order[-1:]:
                self.order.append(change.service)
                self.now += 10 * (len(self.order) in self.hiccups)
                if change.service not in self._removed[-SERVICES // 10 :]:
                    self.now += self._search_s * SERVERS
                    self.slow += 1
                if change.service in self._removed:
                    self._removed.remove(change.service)
        return super().apply(changes)


def kernel_s(keys: Sequence[lvs.ServiceKey]) -> list[lvs.ServiceKey]:
    """Return services in an order that nobody would guess."""
    return sorted(keys, key=lambda key: repr(key)[::-1])


def filled(dataplane: Timed, changes: Sequence[lvs.Change]) -> list[director.Refusal]:
    return fill(dataplane, changes, lambda: dataplane.now)


@pytest.mark.parametrize("search_s", [0, 0.1])
def test_all_of_a_big_table_is_set(search_s: float) -> None:
    """If this failed, services would lack real servers after a start, only with thousands of them."""
    dataplane, other = Timed(search_s), MemoryDataplane()
    assert filled(dataplane, CHANGES) == other.apply(CHANGES) == []
    assert director.table(dataplane) == director.table(other)


def test_the_configuration_s_order_stays_where_nothing_is_looked_for_long() -> None:
    """A stop removes in its reverse order, which this start would not meet."""
    for dataplane in (Timed(), Timed(0.1, KEYS[::-1])):
        filled(dataplane, CHANGES)
        assert dataplane.order == KEYS


def test_a_machine_that_stands_still_now_and_then_turns_nothing_round() -> None:
    """A start after a stop of ours would look for each real server among all, as soon as the machine is busy."""
    dataplane = Timed(0.1, KEYS[::-1])
    dataplane.hiccups = (1, 100, 500)
    filled(dataplane, CHANGES)
    assert dataplane.order == KEYS


@pytest.mark.parametrize("stopped", [0, 1, 100, 299, 300, 590, 600])
def test_after_another_program_s_stop_and_a_flush_hardly_anything_is_looked_for(stopped: int) -> None:
    """A start after keepalived's stop, which is ended when it takes long, would look through all that was removed."""
    removed = [*KEYS[:stopped], *kernel_s(KEYS[stopped:])]
    dataplane = Timed(0.1, removed)
    assert filled(dataplane, CHANGES) == []
    assert dataplane.slow < SERVICES / 25


def test_few_changes_and_those_of_a_table_that_stands_are_made_as_they_come() -> None:
    """A service that stands would lose what it has before what replaces it is there."""
    deleted = [*CHANGES, lvs.DeleteService(KEYS[0])]
    for changes in (CHANGES[:22], deleted):
        dataplane = Timed()
        assert filled(dataplane, changes) == []
        assert dataplane.order == (KEYS[:2] if changes is not deleted else KEYS)
    assert len(dataplane.services()) == SERVICES - 1


def test_what_is_refused_is_told() -> None:
    """If this failed, a real server that the kernel does not take would seem to stand."""
    changes = [*CHANGES, lvs.AddServer(KEYS[3], real(0))]
    assert [refusal.change for refusal in filled(Timed(), changes)] == changes[-1:]
