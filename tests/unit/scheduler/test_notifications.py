"""Notifications of clones' instances."""

from __future__ import annotations


def promotable(small) -> str:
    return small.clone("c", "p", promotable="true", notify="true")


def test_before_and_after_a_start(small) -> None:
    """Replicas would not learn of each other."""
    plan = small.plan(promotable(small), history={"n1": ["p start 0"]})
    keys = plan.keys
    pre = [key for key in keys if "_pre_notify_start_0" in key and key.endswith(" n1")]
    post = [key for key in keys if "_post_notify_start_0" in key and key.endswith(" n1")]
    assert pre
    assert post
    start = next(key for key in keys if "notify" not in key and "_start_0 n2" in key)
    assert plan.precedes(pre[0], start)
    assert plan.precedes(start, post[0])


def test_what_instances_are_told(small) -> None:
    """An agent could not tell who joins and who is primary."""
    history = {"n1": ["p promote 0"], "n2": ["p start 0"]}
    plan = small.plan(promotable(small), history=history, transient={"n1": {"master-p": 5}})
    post = next(key for key in plan.keys if "_post_notify_start_0" in key and key.endswith(" n2"))
    attributes = plan.attributes(post)
    assert attributes["CRM_meta_notify_type"] == "post"
    assert attributes["CRM_meta_notify_operation"] == "start"
    assert attributes["CRM_meta_notify_promoted_uname"] == "n1"
    assert attributes["CRM_meta_notify_start_uname"] == "n3"
    assert attributes["CRM_meta_notify_available_uname"] == "n1 n2 n3"


def test_instances_that_are_not_told(small) -> None:
    """Agents would be called for nothing."""
    plan = small.plan(small.clone("c", "p", promotable="true"), history={"n1": ["p start 0"]})
    assert not [key for key in plan.keys if "notify" in key]
