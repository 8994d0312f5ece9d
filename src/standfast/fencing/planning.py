"""From configuration, members and knowledge to the plan for a target."""

from __future__ import annotations

from standfast.fencing import devices, topology
from standfast.fencing.capabilities import ASSUMED
from standfast.fencing.events import Configured, Device
from standfast.fencing.knowledge import Knowledge, Question
from standfast.fencing.requests import Job, Plan, Row, Use, parts


def plan(
    job: Job, configured: Configured, members: frozenset[str], known: Knowledge, now_ms: int
) -> tuple[Plan, list[Question]]:
    """Return the plan for a job's target, and what devices must be asked to complete it.

    Where a topology is for the target only its devices count, level by level; else each device is a level of its own,
    and one that has yet to answer does not hold back the others.
    """
    ordered, named = _levels(job, configured, known, now_ms)
    rows: list[Row] = []
    questions: list[Question] = []
    for name, ids in named:
        able = [known.can_fence(d, job.target, now_ms) if (d := known.devices.get(i)) else False for i in ids]
        asked = [a for a in able if isinstance(a, tuple)]
        questions += asked
        if False in able:
            rows.append(Row(name))
        elif asked:
            rows.append(Row(name, open=True))
        else:
            uses = tuple(_use(known.devices[i], job, configured, members, known) for i in ids)
            rows.append(Row(name, parts(job.action, uses)))
    return Plan(tuple(rows), patient=ordered), questions


def _levels(
    job: Job, configured: Configured, known: Knowledge, now_ms: int
) -> tuple[bool, list[tuple[str, tuple[str, ...]]]]:
    """Return whether the levels' order is configured, and each with its name and devices."""
    unfencing = _unfencing(job, known, now_ms)
    if unfencing:
        return True, [("unfencing", unfencing)]
    levels = topology.levels_for(job.target, configured.levels, configured.node_attributes.get(job.target, {}))
    if levels:
        return True, [(f"{n}:{','.join(ids)}", ids) for n, ids in enumerate(levels, 1)]
    return False, [(device.id, (device.id,)) for device in devices.by_priority(known.devices)]


def _unfencing(job: Job, known: Knowledge, now_ms: int) -> tuple[str, ...]:
    """Return the devices that a joining node must be let back by: for an `on`, all of them, whatever the topology."""
    if job.action != "on":
        return ()
    able = [d for d in devices.by_priority(known.devices) if known.can_fence(d, job.target, now_ms) is not False]
    return tuple(d.id for d in able if (known.capabilities(d.agent) or ASSUMED).automatic_unfencing)


def _use(device: Device, job: Job, configured: Configured, members: frozenset[str], known: Knowledge) -> Use:
    """Return how the device is used. One that is switched on when a node joins is not switched on after an off: the
    node may still run, and would be back at its disks."""
    able = known.capabilities(device.agent) or ASSUMED
    callers = devices.callers(device.id, configured, members, job.target)
    if job.action == "on" and able.on_target:
        callers = tuple(members & {job.target})
    return Use(
        device.id,
        callers,
        reboots=devices.supports(device, "reboot", able) and not devices.verifies(device),
        switches_on=devices.supports(device, "on", able) and not able.automatic_unfencing,
    )
