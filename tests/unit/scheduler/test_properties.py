"""What holds of every cluster: random ones are drawn, and their transitions executed in the model.

The fast part draws a few; `make test` draws many more. FUZZ_EXAMPLES says how many.
"""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast import cib, scheduler, transition
from standfast.dialects import crm_simulate

SOURCE = Path(scheduler.__file__).resolve().parents[2]
NODES = ("n1", "n2", "n3")
NAMES = ("a", "b", "g", "c", "m")
SINGLE = ("a", "b", "x", "y")
"""Those of which one instance may run, wherever it is."""
SCORE = st.sampled_from([-50, 10, 100, "INFINITY", "-INFINITY"])
TOGETHER = st.sampled_from([10, 100, "INFINITY"])
HISTORY = st.sampled_from(["start 0", "stop 0", "monitor 7", "monitor 0", "start 1 status=4 failed=1"])
ROUNDS_MAX = 4
LEAVES = {"shutdown": 1_699_999_000}
LEFT = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}
_UNTIMED = re.compile(rb'last-rc-change="\d+"')
"""When the model executed something: by the clock."""
MANY = int(os.environ.get("FUZZ_EXAMPLES", "300"))
FEW = settings(max_examples=40, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
LOTS = settings(max_examples=MANY, deadline=None, suppress_health_check=list(HealthCheck))


@st.composite
def constraints(draw, small) -> list[str]:
    """Draw a few constraints, each pair once."""
    found = []
    pairs = st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda p: p[0] < p[1])
    for one, other in draw(st.lists(pairs, max_size=2, unique=True)):
        role = {"with-rsc-role": "Promoted"} if other == "m" and draw(st.booleans()) else {}
        # Two clones that are kept apart may never come to rest (decision 0038).
        score = draw(SCORE if (one, other) != ("c", "m") else TOGETHER)
        found.append(small.colocation(one, other, score, **role))
    for one, other in draw(st.lists(pairs, max_size=2, unique=True)):
        found.append(small.order(one, other, draw(st.sampled_from(["Mandatory", "Optional"]))))
    for name in draw(st.lists(st.sampled_from(NAMES), max_size=2, unique=True)):
        found.append(small.location(name, draw(st.sampled_from(NODES)), draw(SCORE)))
    return found


@st.composite
def documents(draw, small) -> cib.Document:
    """Draw a cluster of primitives, a group, a clone and a promotable clone, some of them active."""
    history = {
        node: [f"{name} {draw(HISTORY)}" for name in draw(st.lists(st.sampled_from("abxyz"), max_size=3, unique=True))]
        for node in NODES
    }
    mood = draw(st.sampled_from(["", "", "standby", "maintenance"]))
    meta = draw(
        st.sampled_from([{}, {"resource-stickiness": 5}, {"migration-threshold": 1}, {"target-role": "Stopped"}])
    )
    drawn = draw(constraints(small))
    # What is ordered after a clone restarts again and again while a node joins (decision 0038).
    behind = any(text.startswith("<rsc_order") and ('first="c"' in text or 'first="m"' in text) for text in drawn)
    joins = {} if behind else {"n2": small.joins}
    lost, leaves = draw(
        st.sampled_from([({}, {}), ({}, {}), ({"n3": small.lost}, {}), ({}, {"n2": LEAVES}), (joins, {})])
    )
    apart = sum(text.startswith("<rsc_colocation") and "-INFINITY" in text for text in drawn)
    # What is kept apart from two others may never come to rest where load is balanced (decision 0038).
    placement = {"placement_strategy": "balanced" if apart < 2 else "default"}
    options = draw(st.sampled_from([{}, {}, placement, {"no_quorum_policy": "freeze"}]))
    return small.document(
        small.fencing, small.primitive("a", "monitor 10s", meta=meta), "b", small.group("g", "x", "y"),
        small.clone("c", "z", interleave=draw(st.sampled_from(["true", "false"]))),
        small.clone("m", "p", promotable="true", notify=draw(st.sampled_from(["true", "false"]))),
        constraints=drawn, history=history, states=lost,
        attributes={"n1": {mood: "true"}} if mood else {},
        transient={"n1": {"master-p": draw(st.sampled_from([0, 5]))}} | leaves,
        quorate=draw(st.sampled_from([True, True, True, False])),
        stonith_enabled="true", **options,
    )  # fmt: skip


def is_left_to_do(action: transition.Action) -> bool:
    """Return whether an action changes something; the model does not remember what was cancelled."""
    return action.kind is not transition.Kind.PSEUDO and action.operation not in ("cancel", "do_shutdown")


def leave(document: cib.Document, outcome: scheduler.Outcome) -> None:
    """Let the nodes go that were told to: as a simulation the model leaves them where they are."""
    names = {action.on_node for action in outcome.graph.actions() if action.operation == "do_shutdown"}
    for state in document.status.iter("node_state"):
        if state.get("uname") in names:
            state.attrib.update(LEFT)


def settle(document: cib.Document, now_s: int, look: Callable[[cib.Document, scheduler.Outcome], None]) -> int:
    """Execute transition after transition until nothing is left to do; look at each before. Return how many."""
    for rounds in range(ROUNDS_MAX + 1):
        outcome = scheduler.schedule(document, now_s)
        look(document, outcome)
        if not any(map(is_left_to_do, outcome.graph.actions())):
            return rounds
        model = crm_simulate.Model(document, now_s)
        assert crm_simulate.execute(outcome.graph, model, frozenset(), {}).complete
        document = model.written()
        leave(document, outcome)
    raise AssertionError(outcome.changes)


def is_sound(document: cib.Document, outcome: scheduler.Outcome) -> None:
    """Check that every action can be reached: no circle, and no input that never comes."""
    graph = outcome.graph
    assert graph.missing == ()
    assert transition.possible(graph)[1] == ()
    ids = {action.id for action in graph.actions()}
    assert all(synapse.inputs <= ids for synapse in graph.synapses)
    assert transition.depths(graph).keys() == ids


class Watch:
    """Goes through graphs in random orders that they allow, and counts what is active."""

    def __init__(self, seed: int, now_s: int) -> None:
        self.random = random.Random(seed)
        self.now_s = now_s

    def look(self, document: cib.Document, outcome: scheduler.Outcome) -> None:
        """Check that no start makes a single instance run in more places than before."""
        active = {i.id: set(i.nodes) for i in scheduler.state(document, self.now_s).instances if i.id in SINGLE}
        allowed = {name: max(1, len(nodes)) for name, nodes in active.items()}
        for action in self._walk(outcome.graph):
            self._apply(action, active)
            assert all(len(nodes) <= allowed[name] for name, nodes in active.items()), (action, active)

    def _walk(self, graph: transition.Graph) -> Iterator[transition.Action]:
        waiting, done = list(graph.synapses), set[int]()
        while ready := [s for s in waiting if s.inputs <= done]:
            synapse = self.random.choice(ready)
            waiting.remove(synapse)
            done.add(synapse.action.id)
            yield synapse.action

    def _apply(self, action: transition.Action, active: dict[str, set[str]]) -> None:
        if action.operation == "stonith":
            for nodes in active.values():
                nodes.discard(action.on_node)
        if action.resource is None or action.resource.id not in active:
            return
        if action.operation == "start":
            active[action.resource.id].add(action.on_node)
        elif action.operation == "stop":
            active[action.resource.id].discard(action.on_node)


def rests_and_is_sound(small, data: st.DataObject) -> int:
    return settle(data.draw(documents(small)), small.now_s, is_sound)


def never_runs_twice(small, data: st.DataObject) -> int:
    watch = Watch(data.draw(st.integers(0, 1000)), small.now_s)
    return settle(data.draw(documents(small)), small.now_s, watch.look)


@FEW
@given(data=st.data())
def test_an_executed_transition_leaves_nothing_to_do(small, data: st.DataObject) -> None:
    """A cluster would start, stop or move its resources for ever, or wait for what never comes."""
    assert rests_and_is_sound(small, data) <= ROUNDS_MAX


@FEW
@given(data=st.data())
def test_nothing_runs_twice(small, data: st.DataObject) -> None:
    """Two nodes would write to one filesystem, in an order of the actions that nobody has seen yet."""
    assert never_runs_twice(small, data) <= ROUNDS_MAX


@pytest.mark.slow
@LOTS
@given(data=st.data())
def test_many_executed_transitions_leave_nothing_to_do(small, data: st.DataObject) -> None:
    """A rare combination of rules would keep a cluster busy for ever."""
    assert rests_and_is_sound(small, data) <= ROUNDS_MAX


@pytest.mark.slow
@LOTS
@given(data=st.data())
def test_nothing_runs_twice_in_many_worlds(small, data: st.DataObject) -> None:
    """A rare combination of rules would run a database on two nodes."""
    assert never_runs_twice(small, data) <= ROUNDS_MAX


class Resident:
    """`crm_simulate --serve` with one seed of hashes."""

    def __init__(self, seed: str, folder: Path) -> None:
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCE)}
        command = [sys.executable, "-m", "standfast.cli.crm_simulate", "--serve"]
        self.files = [folder / f"{kind}-{seed}" for kind in ("graph", "dot", "result")]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True
        )

    def answer(self, document: Path) -> tuple[object, ...]:
        """Return all that a simulation prints and saves."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        options = [word for pair in zip(("-G", "-D", "-O"), map(str, self.files), strict=True) for word in pair]
        argv = ["-x", str(document), "-S", "-s", "-U", "-a", "-t", "2023-11-14 22:13:20Z", *options]
        self.process.stdin.write(json.dumps({"argv": argv}) + "\n")
        self.process.stdin.flush()
        found = json.loads(self.process.stdout.readline())
        assert found["rc"] == 0, found
        return (found["stdout"], found["stderr"], *(_UNTIMED.sub(b"", file.read_bytes()) for file in self.files))

    def end(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(30)


@pytest.fixture(scope="module")
def residents(tmp_path_factory) -> Iterator[tuple[Path, list[Resident]]]:
    """Two that hash differently, and a folder for what they are asked about."""
    folder = tmp_path_factory.mktemp("hashes")
    made = [Resident(seed, folder) for seed in ("1", "77")]
    yield folder, made
    for one in made:
        one.end()


def answers(small, residents: tuple[Path, list[Resident]], data: st.DataObject) -> list[tuple[object, ...]]:
    """Return what each says of one cluster."""
    folder, made = residents
    file = folder / "input.xml"
    file.write_bytes(data.draw(documents(small)).render())
    return [one.answer(file) for one in made]


@settings(FEW, max_examples=15)
@given(data=st.data())
def test_hashes_do_not_matter(small, residents, data: st.DataObject) -> None:
    """The next coordinator would decide otherwise about the same cluster."""
    first, second = answers(small, residents, data)
    assert first == second


@pytest.mark.slow
@LOTS
@given(data=st.data())
def test_hashes_do_not_matter_in_many_worlds(small, residents, data: st.DataObject) -> None:
    """A set would be walked through somewhere, and two coordinators would disagree once a year."""
    first, second = answers(small, residents, data)
    assert first == second
