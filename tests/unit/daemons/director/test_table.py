"""Changes that wait: made in turns, in their order, whatever pieces they came in."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

import pytest

from standfast import director
from standfast.daemons.director import table as module
from standfast.daemons.director.table import Table
from standfast.director import events, lvs
from standfast.director.live.ledger import Ledger
from standfast.director.memory import MemoryDataplane

CHANGES = tuple(
    lvs.AddService(lvs.VirtualService(lvs.ServiceAddress(lvs.Transport.TCP, ip_address("192.0.2.1"), port)))
    for port in range(1, 11)
)


class Noting(MemoryDataplane):
    """Notes what it is asked to change at once."""

    def __init__(self) -> None:
        super().__init__()
        self.turns: list[tuple[lvs.Change, ...]] = []

    def apply(self, changes: Sequence[lvs.Change]) -> list[director.Refusal]:
        self.turns.append(tuple(changes))
        return super().apply(changes)


@pytest.fixture
def dataplane(monkeypatch: pytest.MonkeyPatch) -> Noting:
    monkeypatch.setattr(module, "CHANGES_AT_ONCE", 4)
    return Noting()


@pytest.fixture
def table(dataplane: Noting, tmp_path: Path) -> Table:
    return Table(dataplane, Ledger(tmp_path / "ledger"), pytest.fail)


def test_changes_are_made_in_turns(table: Table, dataplane: Noting) -> None:
    """If this failed, changes would be lost or made twice, or a big reload would hold up all else."""
    for first, end in ((0, 1), (1, 3), (3, 10)):
        table.take(events.Apply(CHANGES[first:end]))
    while not table.is_set:
        assert table.set_some() == []
    assert dataplane.turns == [CHANGES[:4], CHANGES[4:8], CHANGES[8:]]
    assert table.set_some() == []
    assert len(dataplane.turns) == 3


def test_what_comes_meanwhile_is_made_after_that(table: Table, dataplane: Noting) -> None:
    """If this failed, a verdict during a big reload would be overtaken by what the reload said before."""
    table.take(events.Apply(CHANGES[:6]))
    table.set_some()
    table.take(events.Apply(CHANGES[6:]))
    while not table.is_set:
        table.set_some()
    assert [change for turn in dataplane.turns for change in turn] == list(CHANGES)


def test_a_flush_forgets_what_waits(table: Table, dataplane: Noting) -> None:
    """If this failed, changes from before a flush would be made after it."""
    table.take(events.Apply(CHANGES[:6]))
    table.set_some()
    table.take(events.Flush())
    assert table.is_set
    table.take(events.Apply(CHANGES[:2]))
    table.set_some()
    assert {found.service.key.port for found in dataplane.services()} == {1, 2}  # type: ignore[union-attr]


@pytest.mark.parametrize("ends", [(10,), (3, 10)])
def test_a_first_table_is_set_at_once(table: Table, dataplane: Noting, ends: tuple[int, ...]) -> None:
    """If this failed, services would be missing after a start."""
    assert table.set_all() == []
    first = 0
    for end in ends:
        table.take(events.Apply(CHANGES[first:end]))
        first = end
    assert table.set_all() == []
    assert table.is_set
    assert dataplane.turns == [CHANGES]
