"""What of a transition concerns a resource."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast import cib, scheduler
from standfast.daemons import outcome_steps
from standfast.web import schema

GOLDEN = Path(__file__).resolve().parents[2] / "golden" / "scheduler"
NOW_S = 1_700_000_000


def steps(case: str, *related: str) -> dict[str, schema.Step]:
    """Return the steps by what they are called and where."""
    outcome = scheduler.schedule(cib.Document.parse((GOLDEN / case / "input.xml").read_bytes()), NOW_S)
    found = outcome_steps.steps(outcome, frozenset(related))
    order = [s.number for s in found]
    assert all(order.index(one) < order.index(s.number) for s in found for one in s.waits_for)
    return {f"{s.action} {s.node}".strip(): s for s in found}


def test_a_start_waits_for_the_fencing_of_another() -> None:
    """Nobody would see that a service waits for the lost node to be off."""
    found = steps("lost-node", "web")
    fencing, start = found["fence (reboot) n1"], found["web start n3"]
    assert (fencing.own, fencing.why) == (False, "peer is no longer part of the cluster")
    assert (start.own, start.why) == (True, "it is to run there")
    assert fencing.number in start.waits_for
    assert found["web monitor every 10 s n3"].waits_for == [start.number]
    assert not any("export" in name for name in found)


@pytest.mark.parametrize(
    ("case", "resource", "name", "why"),
    [
        ("live-migration", "vm", "vm migrate_to n1", "it moves without being stopped"),
        ("promotion-moves", "db", "db:1 promote n2", "it is to be promoted there"),
        ("promotion-moves", "db", "db:0 stop n1", "node availability"),
        ("maintenance", "a", "a probe n2", "it is not known whether it runs there"),
    ],
)
def test_every_step_says_why(case: str, resource: str, name: str, why: str) -> None:
    """An operator would see that something is done, and not what for."""
    assert steps(case, resource)[name].why == why


def test_marks_belong_to_their_group() -> None:
    """A group's start would hang on a step that no explanation has."""
    found = steps("failed-member", "files", "disk", "export")
    assert found["files_start_0"].pseudo
    assert found["files_start_0"].own
