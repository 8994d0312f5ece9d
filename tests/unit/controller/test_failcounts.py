"""Failure counts."""

from __future__ import annotations

import pytest

from standfast import agents, cib, executor
from standfast.cib import status
from standfast.controller import failcounts


def failure(task: str, interval_ms: int = 0, **meta: str) -> executor.Result:
    agent = agents.AgentName("ocf", "Dummy", "heartbeat")
    operation = executor.Operation("vip", agent, task, interval_ms, 20000, "1:1:0:u", meta=meta)
    return executor.Result(operation, 3, 1, agents.ExecutionStatus.DONE)


@pytest.mark.parametrize(
    ("task", "interval_ms", "expected"),
    [
        ("start", 0, "INFINITY"),
        ("stop", 0, "INFINITY"),
        ("monitor", 10_000, "1"),
        ("promote", 0, "1"),
        ("demote", 0, "1"),
        ("monitor", 0, None),
        ("migrate_to", 0, None),
        ("notify", 0, None),
    ],
)
def test_what_counts_and_how_much(words: type, task: str, interval_ms: int, expected: str | None) -> None:
    """A node would be banned for a probe, or a resource started for ever on a node that cannot run it."""
    document = words.document()
    counted = failcounts.count(document, "1", "n1", failure(task, interval_ms), 77)
    name = f"fail-count-vip#{task}_{interval_ms}"
    assert status.attribute(document, "1", name) == expected
    assert counted is (expected is not None)


def test_failures_add_up_and_the_last_one_is_dated(words: type) -> None:
    """migration-threshold and failure-timeout would have nothing to count by."""
    document = words.document()
    for moment in (70, 80):
        failcounts.count(document, "1", "n1", failure("monitor", 10_000), moment)
    assert status.attributes(document, "1") == {
        "fail-count-vip#monitor_10000": "2",
        "last-failure-vip#monitor_10000": "80",
    }


def test_a_start_failure_need_not_be_fatal(words: type) -> None:
    """start-failure-is-fatal=false would have no effect."""
    document = words.document(start_failure_is_fatal="false")
    failcounts.count(document, "1", "n1", failure("start"), 70)
    assert status.attribute(document, "1", "fail-count-vip#start_0") == "1"


def test_an_ignored_failure_is_dated_but_not_counted(words: type) -> None:
    """on-fail=ignore would ban the node all the same."""
    document = words.document()
    failcounts.count(document, "1", "n1", failure("monitor", 10_000, on_fail="ignore"), 70)
    assert status.attributes(document, "1") == {"last-failure-vip#monitor_10000": "70"}


def test_counts_are_cleared_for_a_resource_or_an_operation(words: type) -> None:
    """A cleanup of one resource would forgive all others, or none."""
    document: cib.Document = words.document()
    for name in ("fail-count-vip#start_0", "fail-count-vip#monitor_10000", "last-failure-vip#start_0",
                 "fail-count-vip2#start_0", "pingd"):  # fmt: skip
        status.set_attribute(document, "1", "n1", name, "1")
    assert failcounts.clear(document, "1", "vip", "monitor", 10_000)
    assert "fail-count-vip#monitor_10000" not in status.attributes(document, "1")
    assert failcounts.clear(document, "1", "vip")
    assert set(status.attributes(document, "1")) == {"fail-count-vip2#start_0", "pingd"}
    assert not failcounts.clear(document, "1", "vip")
