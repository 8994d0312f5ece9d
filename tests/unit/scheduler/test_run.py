"""The door: a pure function of a document and a second."""

from __future__ import annotations

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from standfast import cib, scheduler, transition

SOURCE = Path(scheduler.__file__).resolve().parents[2]


def everything(small) -> cib.Document:
    """Return a cluster with some of everything in it."""
    return small.document(
        small.fencing,
        small.group("g", small.primitive("a", "monitor 10s"), "b"),
        small.clone("c", small.primitive("p", "monitor 9s role=Promoted"), promotable="true", notify="true"),
        "d",
        constraints=[
            small.colocation("g", "c", with_rsc_role="Promoted"),
            small.order("c", "g"),
            small.location("d", "n2", 7),
        ],
        history={
            "n1": ["a start 0", "p start 0"],
            "n2": ["d start 0", "d monitor 1 10s status=4"],
            "n3": ["b start 0"],
        },
        states={"n3": small.lost},
        transient={"n1": {"master-p": 10}},
    )


def test_the_document_is_not_changed(small) -> None:
    """The cluster's configuration would change because somebody looked at it."""
    document = everything(small)
    before = document.render()
    scheduler.schedule(document, small.now_s)
    scheduler.state(document, small.now_s)
    assert document.render() == before


def test_the_same_input_gives_the_same_outcome(small) -> None:
    """Two coordinators would decide differently about one cluster."""
    document = everything(small)
    first, second = (scheduler.schedule(document, small.now_s, draw=scheduler.Draw.EVERYTHING) for _ in range(2))
    assert first == second


PROGRAM = """
import sys
from itertools import pairwise
from standfast import cib, scheduler, transition
outcome = scheduler.schedule(cib.Document.parse(sys.stdin.buffer.read()), 1700000000, draw=scheduler.Draw.EVERYTHING)
print(transition.xml.render(outcome.graph).decode(), transition.diagram.render(outcome.diagram), outcome)
"""


def test_the_order_of_hashes_does_not_matter(small) -> None:
    """The same cluster would be planned differently after a restart of the daemon."""
    text = everything(small).render()
    outputs = set()
    for seed in ("0", "1", "77"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCE)}
        command = [sys.executable, "-c", PROGRAM]
        done = subprocess.run(command, input=text, env=environment, capture_output=True, check=True, timeout=120)
        outputs.add(done.stdout)
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000


def test_without_quorum_everything_stops(small) -> None:
    """Both sides of a split cluster would run the same resources."""
    document = small.document("a", history={"n1": ["a start 0"]})
    assert small.of(document).changes == []
    without = scheduler.schedule(document, small.now_s, quorum=False)
    assert [(c.action, c.resource) for c in without.changes] == [("Stop", "a")]


@pytest.mark.parametrize(
    ("policy", "changes"),
    [("ignore", ["Start b n2"]), ("freeze", []), ("stop", ["Stop a n1"]), ("fence", ["Stop a n1"])],
)
def test_policies_for_lost_quorum(small, policy: str, changes: list[str]) -> None:
    """The administrator's policy would not be followed when a network is cut."""
    plan = small.plan("a", "b", quorate=False, no_quorum_policy=policy, history={"n1": ["a start 0"]})
    assert plan.changes == changes


def test_nodes_that_lost_quorum_are_fenced_on_demand(small) -> None:
    """Nodes without quorum would keep their resources although they should be shot."""
    plan = small.plan(small.fencing, "a", quorate=False, panic=True, no_quorum_policy="suicide")
    assert set(plan.outcome.fencing) == {"n1", "n2", "n3"}


def test_demote_policy_keeps_what_is_unpromoted(small) -> None:
    """A lost quorum would stop replicas that may go on, or leave a promoted one."""
    plan = small.plan(
        small.clone("c", "p", promotable="true"), quorate=False, no_quorum_policy="demote",
        history={"n1": ["p promote 0"], "n2": ["p start 0"]}, transient={"n1": {"master-p": 10}},
    )  # fmt: skip
    assert plan.changes == ["Demote p:0 n1 n1"]


def test_an_older_schema_is_understood(small) -> None:
    """A cluster of Pacemaker 1.0 would run nothing after it was imported."""
    text = small.document(small.clone("m", "a")).render().decode()
    document = cib.Document.parse(text.replace(cib.SCHEMA, "pacemaker-1.0").replace("clone", "master"))
    assert [r.promotable for r in scheduler.state(document, small.now_s).resources] == [True]


def test_maintenance_of_the_whole_cluster(small) -> None:
    """Resources would be moved under the hands of somebody who repairs the cluster."""
    plan = small.plan("a", "b", maintenance_mode="true", history={"n1": ["a start 0"], "n2": ["a start 0"]})
    assert [c for c in plan.changes if "Start" in c or "Stop" in c] == []


def test_long_chains_do_not_end_in_a_fault(small) -> None:
    """A cluster with hundreds of ordered resources would stop being managed."""
    names = [f"r{n}" for n in range(700)]
    document = small.document(*names, constraints=[small.order(a, b) for a, b in pairwise(names)], nodes=["n1"])
    limit = sys.getrecursionlimit()
    graph = scheduler.schedule(document, small.now_s).graph
    assert sys.getrecursionlimit() == limit
    assert transition.possible(graph) == (graph, ())
    assert sum(action.operation == "start" for action in graph.actions()) == 700


def test_a_failed_probe_is_no_reason_to_start_in_a_frozen_partition(small) -> None:
    """A resource would be started that another partition runs, because its probe failed here."""
    history = {"n1": ["a monitor 1"]}
    plan = small.plan("a", history=history, quorate=False, no_quorum_policy="freeze")
    assert not [key for key in plan.keys if key.startswith("a_start")]
    failed = {"n1": ["a start 0", "a monitor 7 10s failed=1"]}
    plan = small.plan(small.primitive("a", "monitor 10s"), history=failed, quorate=False, no_quorum_policy="freeze")
    assert "a_start_0 n1" in plan.keys
