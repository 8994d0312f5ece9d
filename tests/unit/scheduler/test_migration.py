"""Live migration."""

from __future__ import annotations

from standfast import transition

MOVING = {"n1": {"standby": "on"}}


def movable(small, name: str = "a") -> str:
    return small.primitive(name, "monitor 10s", meta={"allow-migrate": "true"})


def test_a_migration_is_two_steps_and_a_clean_up(small) -> None:
    """A virtual machine would be shut down to be moved."""
    plan = small.plan(movable(small), history={"n1": ["a start 0"]}, attributes=MOVING)
    assert plan.changes == ["Migrate a n1 n2"]
    assert "a_migrate_to_0 n1" in plan.inputs("a_migrate_from_0 n2")
    assert plan.precedes("a_migrate_from_0 n2", "a_stop_0 n1")
    assert plan.action("a_start_0").kind is transition.Kind.PSEUDO


def test_both_ends_know_each_other(small) -> None:
    """The agent would not know where to send the machine."""
    plan = small.plan(movable(small), history={"n1": ["a start 0"]}, attributes=MOVING)
    for key in ("a_migrate_to_0 n1", "a_migrate_from_0 n2"):
        attributes = plan.attributes(key)
        assert (attributes["CRM_meta_migrate_source"], attributes["CRM_meta_migrate_target"]) == ("n1", "n2")


def test_what_must_be_stopped_first_forbids_it(small) -> None:
    """A machine would be migrated away from under what depends on it."""
    plan = small.plan(
        "b", movable(small), history={"n1": ["a start 0", "b start 0"]}, attributes=MOVING,
        constraints=[small.order("b", "a"), small.colocation("a", "b")],
    )  # fmt: skip
    assert plan.changes == ["Move b n1 n2", "Move a n1 n2"]


def test_failed_resources_do_not_migrate(small) -> None:
    """A broken machine's state would be carried along."""
    history = {"n1": ["a start 0", "a monitor 1 10s status=4 failed=1"]}
    plan = small.plan(movable(small), history=history, attributes=MOVING)
    assert plan.changes == ["Recover a n1 n2"]


def test_a_migration_that_is_on_its_way(small) -> None:
    """A machine that is being sent would be started at its target."""
    sent = "a migrate_to 193 migrate_source=n1 migrate_target=n2"
    plan = small.plan(movable(small), history={"n1": ["a start 0", sent]})
    assert plan.node == {"a": "n1"}
    assert not [key for key in plan.keys if "start" in key]


def test_a_migration_that_arrived_needs_the_source_cleaned_up(small) -> None:
    """A machine would be moved back, or its old node would keep what is left of it."""
    ends = "migrate_source=n1 migrate_target=n2"
    history = {"n1": ["a start 0", f"a migrate_to 0 {ends}"], "n2": [f"a migrate_from 0 {ends}"]}
    plan = small.plan(movable(small), history=history)
    assert plan.node == {"a": "n2"}
    assert {key for key in plan.keys if "stop" in key} == {"a_stop_0 n1"}
    assert plan.changes == []


def test_what_went_to_a_node_that_cannot_be_fenced_is_not_started_anew(small) -> None:
    """A partition without quorum would run a machine a second time that its other half has received."""
    sent = "a migrate_to 0 migrate_source=n1 migrate_target=n2"
    plan = small.plan(
        small.fencing, movable(small), history={"n1": ["a start 0", sent]}, quorate=False, no_quorum_policy="freeze",
        states={"n2": small.lost},
    )  # fmt: skip
    assert not [key for key in plan.keys if key.startswith(("a_start", "a_migrate"))]
