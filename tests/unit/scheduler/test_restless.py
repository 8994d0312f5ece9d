"""Clusters that never come to rest here as they do not under Pacemaker 3.0.2: whoever changes that is to know it."""

from __future__ import annotations

from standfast import cib, scheduler, transition
from standfast.dialects import crm_simulate

ROUNDS = 6
Done = frozenset[str]


def rounds(small, document: cib.Document) -> list[Done]:
    """Execute some transitions, one after the other; return what each did to resources, without their probes."""
    found = []
    for _ in range(ROUNDS):
        graph = scheduler.schedule(document, small.now_s).graph
        found.append(frozenset(map(told, filter(changes_something, graph.actions()))))
        model = crm_simulate.Model(document, small.now_s)
        assert crm_simulate.execute(graph, model, frozenset(), {}).complete
        document = model.written()
    return found


def changes_something(action: transition.Action) -> bool:
    """Return whether it starts, stops, promotes or demotes a resource."""
    return action.kind is not transition.Kind.PSEUDO and action.operation in ("start", "stop", "promote", "demote")


def told(action: transition.Action) -> str:
    """Return it as `start a n1`."""
    assert action.resource is not None
    return f"{action.operation} {action.resource.id} {action.on_node}"


def apart_from_two(small, **meta: object) -> cib.Document:
    """Return a cluster of two nodes that may run something, with `a` kept apart from `b` and from a group."""
    return small.document(
        small.fencing, small.primitive("a", meta=meta), small.primitive("b", meta=meta), small.group("g", "x", "y"),
        constraints=[small.colocation("a", "b", "-INFINITY"), small.colocation("a", "g", "-INFINITY")],
        attributes={"n1": {"standby": "true"}}, stonith_enabled="true", placement_strategy="balanced",
    )  # fmt: skip


def test_what_is_kept_apart_from_two_moves_for_ever_where_load_is_balanced(small) -> None:
    """An operator who compares the two in such a cluster would see decisions of our own."""
    found = rounds(small, apart_from_two(small))
    assert found[1:] == [
        {"stop b n2", "start b n3", "start a n2"},
        {"stop a n2", "stop b n3", "start b n2"},
        {"stop b n2", "start b n3", "start a n2"},
        {"stop a n2", "stop b n3", "start b n2"},
        {"stop b n2", "start b n3", "start a n2"},
    ]


def test_the_least_stickiness_ends_that(small) -> None:
    """The advice of the decision record would not help."""
    assert rounds(small, apart_from_two(small, **{"resource-stickiness": 1}))[2:] == [frozenset()] * (ROUNDS - 2)


def test_what_is_ordered_after_a_clone_restarts_while_a_node_joins(small) -> None:
    """As before: an instance waits for the joining node's probe, and its clone is about to start all the time."""
    document = small.document(
        small.fencing, "a", small.group("g", "x"), small.clone("c", "z"),
        constraints=[small.order("c", "g")], states={"n2": small.joins}, stonith_enabled="true",
        history={"n1": ["z start 0"], "n3": ["x start 0"]},
    )  # fmt: skip
    assert rounds(small, document)[1:] == [{"stop x n3", "start x n3"}] * (ROUNDS - 1)


def test_instances_of_an_interleaved_clone_that_is_kept_apart_from_another_swap_places(small) -> None:
    """As before: each is moved to where the other runs."""
    document = small.document(
        "a", small.clone("c", "z", interleave="true"), small.clone("m", "p", promotable="true"),
        constraints=[small.colocation("c", "m", "-INFINITY")], transient={"n1": {"master-p": 0}},
    )  # fmt: skip
    found = rounds(small, document)
    swapped = {"stop z n1", "start z n1", "stop z n2", "start z n2"}
    assert found[2:] == [swapped] * (ROUNDS - 2)
