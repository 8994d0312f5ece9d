"""What the resident worker does with a job: pure calls of the scheduler."""

from __future__ import annotations

import dataclasses

from standfast import cib, scheduler
from standfast.daemons import jobs, planning


def answer(job: jobs.Job) -> object:
    """Return the answer to a job. Raises: what the rooms below raise."""
    match job:
        case jobs.Schedule(document=data, now_s=now_s, reasons=reasons):
            outcome = scheduler.schedule(cib.Document.parse(data), now_s)
            return outcome if reasons else dataclasses.replace(outcome, assignments=())
        case jobs.ReadState(document=data, now_s=now_s):
            return scheduler.state(cib.Document.parse(data), now_s)
        case jobs.Plan():
            return planning.plan(job)
