"""Node attributes, fail counts and failed operations as text. Facts: Pacemaker 2.1.5's `crm_simulate -A -c`."""

from __future__ import annotations

from standfast import cib
from standfast.dialects.status import xml
from standfast.dialects.status.facts import Facts, counted, long_time
from standfast.dialects.status.outline import Outline
from standfast.dialects.status.words import EXIT_WORDS
from standfast.scheduler import Failure, State


def attributes(state: State, outline: Outline) -> None:
    """Add the attributes of the nodes that are online, if there are any."""
    known = {n.name: xml.shown_attributes(n) for n in state.nodes if n.online}
    if not any(known.values()):
        return
    outline.plain("")
    with outline.list("Node Attributes"):
        for name, pairs in known.items():
            if pairs:
                with outline.list(f"Node: {name}"):
                    for attribute, value in pairs.items():
                        outline.item(f"{attribute:<32}\t: {value:<10}")


def fail_counts(state: State, facts: Facts, outline: Outline, offset_s: int) -> None:
    """Add what is known of failures, by node and resource."""
    outline.plain("")
    with outline.list("Migration Summary"):
        for node, resources in counted(state).items():
            with outline.list(f"Node: {node}"):
                for name, failures in resources.items():
                    outline.item(_count_line(name, node, failures, facts, offset_s))


def _count_line(name: str, node: str, failures: int, facts: Facts, offset_s: int) -> str:
    threshold = cib.values.score(facts.thresholds.get(name, "INFINITY"))
    count = "INFINITY" if failures >= cib.INFINITY else str(failures)
    words = f"{name}: migration-threshold={threshold} fail-count={count}"
    last_s = facts.last_failure_s(node, name)
    return words + (f" last-failure='{long_time(last_s, offset_s)}'" if last_s else "")


def failures(state: State, outline: Outline, offset_s: int) -> None:
    """Add the failed operations, if there are any."""
    if not state.failures:
        return
    outline.plain("")
    with outline.list("Failed Resource Actions"):
        for failure in state.failures:
            outline.item(_failure_line(failure, offset_s))


def _failure_line(failure: Failure, offset_s: int) -> str:
    words = f"{failure.operation_key} on {failure.node} '{EXIT_WORDS.get(failure.exit_code, 'unknown')}'"
    words += f" ({failure.exit_code}): call={failure.call_id}, status='{failure.status}'"
    if failure.exit_reason:
        words += f", exitreason='{failure.exit_reason}'"
    if failure.last_change_s:
        words += f", last-rc-change='{long_time(failure.last_change_s, offset_s)}'"
    return words + (f", queued={failure.queue_ms}ms, exec={failure.exec_ms}ms" if failure.exec_ms else "")
