"""crm_mon's text. Facts: Pacemaker 2.1.5's crm_mon."""

from __future__ import annotations

from standfast.dialects.crm_mon.view import FenceEvent, View
from standfast.dialects.status import text as status_text
from standfast.dialects.status.facts import Facts, long_time
from standfast.dialects.status.outline import Outline
from standfast.dialects.status.words import EXIT_WORDS
from standfast.scheduler import Failure, State


def render(state: State, facts: Facts, view: View) -> str:
    """Return the whole screen of `crm_mon -1 --inactive`."""
    parts = [_summary(state, facts, view), *_lists(state)]
    if state.failures:
        parts.append(["Failed Resource Actions:", *(f"  * {failure_line(f, view)}" for f in state.failures)])
    if failed := [e for e in view.fencing if e.state == "failed"]:
        parts.append(["Failed Fencing Actions:", *(f"  * {_fence_line(e, view)}" for e in failed)])
    if pending := [e for e in view.fencing if e.state == "pending"]:
        parts.append(["Pending Fencing Actions:", *(f"  * {_fence_line(e, view)}" for e in pending)])
    return "\n\n".join("\n".join(p) for p in parts) + "\n"


def _summary(state: State, facts: Facts, view: View) -> list[str]:
    quorum = "partition with quorum" if state.quorate else "partition WITHOUT quorum"
    dc = f"{state.dc} (version {view.version}) - {quorum}" if state.dc else "NONE"
    change = facts.change
    words = (("by", change.user), ("via", change.client), ("on", change.origin))
    last = "".join(f" {word} {value}" for word, value in words if value)
    lines = [
        "Cluster Summary:",
        f"  * Stack: {view.stack}",
        f"  * Current DC: {dc}",
        f"  * Last updated: {long_time(view.now_s, view.offset_s)}",
        f"  * Last change:  {change.time}{last}",
        f"  * {_count(len(state.nodes), 'node')} configured",
        f"  * {_count(len(state.instances), 'resource instance')} configured{_idle(state)}",
    ]
    if state.maintenance_mode:
        lines += [
            "",
            "              *** Resource management is DISABLED ***",
            "  The cluster will not attempt to start, stop or recover services",
        ]
    return lines


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _idle(state: State) -> str:
    words = [f"{state.disabled_instances} DISABLED"] if state.disabled_instances else []
    if state.blocked_instances:
        words.append(f"{state.blocked_instances} BLOCKED from further action due to failure")
    return f" ({', '.join(words)})" if words else ""


def _lists(state: State) -> list[list[str]]:
    """Return the lines of the nodes and those of the resources, as crm_simulate has them too."""
    nodes, resources = Outline(), Outline()
    status_text.nodes(state.nodes, nodes)
    status_text.resources(state, resources, pending=True)
    return [nodes.lines, resources.lines]


def failure_line(failure: Failure, view: View) -> str:
    """Return `RSC [INTERVAL-interval] TASK on NODE returned 'WHAT' (REASON) at TIME after DURATION`."""
    name, task, interval_ms = _split_key(failure)
    task = "probe" if task == "monitor" and not interval_ms else task
    words = f"{name} {_short_duration(interval_ms)}-interval {task}" if interval_ms else f"{name} {task}"
    if failure.status in ("complete", "done"):
        words += f" on {failure.node} returned '{EXIT_WORDS.get(failure.exit_code, 'unknown')}'"
        words += f" ({failure.exit_reason})" if failure.exit_reason else ""
    else:
        words += f" on {failure.node} could not be executed ({failure.status}"
        words += f": {failure.exit_reason})" if failure.exit_reason else ")"
    if failure.last_change_s:
        words += f" at {long_time(failure.last_change_s, view.offset_s)}"
    return words + (f" after {_duration(failure.exec_ms)}" if failure.exec_ms else "")


def _split_key(failure: Failure) -> tuple[str, str, int]:
    """Return the resource, the task and the interval of an operation key: RESOURCE_TASK_INTERVAL."""
    head, _, tail = failure.operation_key.rpartition("_")
    interval_ms = int(tail) if tail.isdigit() else failure.interval_ms
    for task in (failure.task, "migrate_to", "migrate_from"):
        if task and head.endswith("_" + task):
            return head.removesuffix("_" + task), task, interval_ms
    name, _, task = head.rpartition("_")
    return name or head, task, interval_ms


def _short_duration(milliseconds: int) -> str:
    """Return `30s`, `2m`, `1m30s`: without parts that are zero."""
    seconds, rest = divmod(milliseconds, 1000)
    parts = ((seconds // 86400, "d"), (seconds // 3600 % 24, "h"), (seconds // 60 % 60, "m"), (seconds % 60, "s"))
    text = "".join(f"{number}{unit}" for number, unit in parts if number)
    return text + (f"{rest}ms" if rest else "") or "0s"


def _duration(milliseconds: int) -> str:
    """Return `422ms`, `2s`, `1m30.009s`."""
    seconds, rest = divmod(milliseconds, 1000)
    if not seconds:
        return f"{rest}ms"
    minutes, seconds = divmod(seconds, 60)
    text = f"{seconds}.{rest:03}s" if rest else f"{seconds}s"
    hours, minutes = divmod(minutes, 60)
    return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes or hours else "") + text


def _fence_line(event: FenceEvent, view: View) -> str:
    words = f"{event.action} of {event.target}"
    who = f"delegate={event.delegate}, client={event.client}, origin={event.origin}"
    if event.state == "pending":
        return f"{words} pending: client={event.client}, origin={event.origin}"
    reason = f" ({event.exit_reason})" if event.exit_reason else ""
    return f"{words} failed{reason}: {who}, last-failed='{long_time(event.completed_s, view.offset_s)}'"
