"""Changed definitions: restart, reload, or nothing."""

from __future__ import annotations

from standfast import scheduler

KNOWN = {"n2": ["a monitor 7"], "n3": ["a monitor 7"]}


def test_changed_parameters_restart(small) -> None:
    """A resource would run on with the address it had before."""
    plan = small.plan(small.primitive("a", ip="192.0.2.1"), history={"n1": ["a start 0"], **KNOWN})
    assert plan.changes == ["Restart a n1 n1"]
    assert plan.attributes("a_start_0 n1")["ip"] == "192.0.2.1"


def test_the_same_parameters_do_nothing(small) -> None:
    """Every transition would restart what has parameters."""
    digest = scheduler.digest({"ip": "192.0.2.1"})
    document = small.document(small.primitive("a", ip="192.0.2.1"), history={"n1": ["a start 0"], **KNOWN})
    for entry in document.root.iter("lrm_rsc_op"):
        entry.set("op-digest", digest)
    assert small.of(document).changes == []


def test_reloadable_parameters_reload(small) -> None:
    """A change that the agent can take over in flight would interrupt the service."""
    document = small.document(small.primitive("a", fake="new"), history={"n1": ["a start 0"], **KNOWN})
    for entry in document.root.iter("lrm_rsc_op"):
        if entry.get("operation") == "start":
            entry.set("op-force-restart", " envfile op_sleep ")
            entry.set("op-restart-digest", scheduler.digest({}))
    plan = small.of(document)
    assert plan.changes == ["Reload a n1 n1"]
    assert plan.action("a_reload-agent_0 n1").operation == "reload-agent"


def test_an_agent_of_another_type(small) -> None:
    """A resource would be stopped by an agent that knows nothing about it."""
    document = small.document("a", history={"n1": ["a start 0"], **KNOWN})
    for history in document.root.iter("lrm_resource"):
        history.set("type", "Stateful")
    assert small.of(document).changes == ["Restart a n1 n1"]


def test_changed_monitors_start_anew(small) -> None:
    """A monitor would keep its old timeout."""
    plan = small.plan(
        small.primitive("a", "monitor 10s timeout=77s"),
        history={"n1": ["a start 0", "a monitor 0 10s"], **KNOWN},
    )
    assert plan.changes == []
    assert plan.attributes("a_monitor_10000 n1")["CRM_meta_timeout"] == "77000"
