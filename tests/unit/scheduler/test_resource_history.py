"""What follows from a resource's history on a node alone."""

from __future__ import annotations

import itertools

import pytest

from standfast.scheduler import history
from standfast.scheduler.resource_history import ResourceHistory, of_state

LIVES = {
    "never started": (["a monitor 7"], ["monitor"], []),
    "started": (["a start 0", "a monitor 0 10s"], ["start", "monitor"], ["monitor"]),
    "started again": (["a monitor 0 10s", "a start 0"], ["start"], []),
    "stopped": (["a monitor 0 10s", "a stop 0"], [], []),
    "watched while it is stopped": (["a stop 0", "a monitor 7 10s"], [], ["monitor"]),
    "its monitor is on its way": (["a start 0", "a monitor 193 10s"], ["start", "monitor"], []),
}


def known(small, entries: list[str], **more: object) -> ResourceHistory:
    """Return what node n1 knows of the resource a."""
    (found,) = of_state(small.document("a", history={"n1": entries}, **more).status[0])
    return found


@pytest.mark.parametrize("case", LIVES)
def test_the_present_life(small, case: str) -> None:
    """A monitor of a former life would be cancelled, or one that is missing would not be scheduled."""
    entries, present, recurring = LIVES[case]
    found = known(small, entries)
    assert [entry.task for entry in found.present] == present
    assert [entry.task for entry in found.recurring] == recurring


@pytest.mark.parametrize(
    ("entries", "absent"),
    [
        (["a monitor 7"], True),
        (["a monitor 7 failed=1"], False),
        (["a monitor 7 10s"], False),
        (["a monitor 5"], False),
        (["a monitor 7 status=2"], False),
        (["a monitor 7", "a start 0"], False),
        (["a stop 0"], False),
    ],
)
def test_only_a_clean_probe_counts_as_absence(small, entries: list[str], absent: bool) -> None:
    """A failure would be taken for a resource that simply runs elsewhere."""
    assert known(small, entries).only_absent is absent


@pytest.mark.parametrize(("expiry", "managed"), [*itertools.product(("", "60s"), ("true", "false"))])
def test_an_absence_is_read_as_entry_by_entry(small, expiry: str, managed: str) -> None:
    """The short way to read what nearly all histories are would decide otherwise than the long one."""
    meta = {"failure-timeout": expiry, "is-managed": managed} if expiry else {"is-managed": managed}
    cluster = small.unpacked(small.primitive("a", meta=meta))
    node, resource = cluster.nodes[0], cluster.by_id["a"]
    found = known(small, ["a monitor 7"])
    short = history.read(resource, node, found), resource.orig_role, resource.next_role
    reading = history.Reading(resource, node)
    for entry in found.ordered:
        reading.read(entry)
    assert short == (reading.response, resource.orig_role, resource.next_role)
