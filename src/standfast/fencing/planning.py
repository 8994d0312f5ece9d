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
    levels = topology.levels_for(job.target, configured.levels, configured.node_attributes.get(job.target, {}))
    if levels:
        named = [(f"{n}:{','.join(ids)}", ids) for n, ids in enumerate(levels, 1)]
    else:
        named = [(device.id, (device.id,)) for device in devices.by_priority(known.devices)]
    rows, questions = [], []
    for name, ids in named:
        able = [known.can_fence(d, job.target, now_ms) if (d := known.devices.get(i)) else False for i in ids]
        questions += [a for a in able if isinstance(a, tuple)]
        if False in able:
            rows.append(Row(name))
        elif questions and any(isinstance(a, tuple) for a in able):
            rows.append(Row(name, open=True))
        else:
            uses = tuple(_use(known.devices[i], job.target, configured, members, known) for i in ids)
            rows.append(Row(name, parts(job.action, uses)))
    return Plan(tuple(rows), patient=bool(levels)), questions


def _use(device: Device, target: str, configured: Configured, members: frozenset[str], known: Knowledge) -> Use:
    able = known.capabilities(device.agent) or ASSUMED
    return Use(
        device.id,
        devices.callers(device.id, configured, members, target),
        reboots=devices.supports(device, "reboot", able) and not devices.verifies(device),
        switches_on=devices.supports(device, "on", able),
    )
