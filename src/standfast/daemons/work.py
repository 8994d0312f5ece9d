"""What the resident worker does with a job: pure calls of the rooms below."""

from __future__ import annotations

import functools

import msgspec

from standfast import cib, errors, scheduler, transition
from standfast.daemons import feeding, jobs, outcome_answers, planning
from standfast.dialects import crm_mon

STATE_COUNTS_S = 5
"""How long what was read of a document counts while it does not change: rules and failure-timeouts go by the clock."""


class Answers:
    """Answers jobs. It has the document that was scheduled last."""

    def __init__(self) -> None:
        self._fed = feeding.Receiver()
        self._memory = scheduler.Memory()

    def answer(self, job: jobs.Job) -> object:
        """Return the answer to a job. Raises: what the rooms below raise."""
        if not isinstance(job, jobs.Schedule):
            return answer(job)
        document = self._fed.take(job.document)
        outcome = scheduler.schedule(document, job.now_s, explained=False, described=False, memory=self._memory)
        return for_controller(outcome)


def answer(job: jobs.Inquiry) -> object:
    """Return the answer to what a client asks. Raises: what the rooms below raise."""
    match job:
        case jobs.ReadStatus(document=data, now_s=now_s, members=members):
            _, state = read(data, now_s // STATE_COUNTS_S)
            return jobs.Reading(
                [outcome_answers.node(n, members) for n in state.nodes],
                [outcome_answers.resource(i) for i in state.instances],
                [outcome_answers.failure(f) for f in state.failures],
            )
        case jobs.Monitor(document=data, form=form, view=view):
            document, state = read(data, view.now_s // STATE_COUNTS_S)
            return (crm_mon.xml if form == "xml" else crm_mon.text)(state, document, view)
        case jobs.Explain():
            return explain(job)
        case jobs.Plan():
            return planning.plan(job)


def for_controller(outcome: scheduler.Outcome) -> scheduler.Outcome:
    """Return what a controller acts on: the rest costs the daemon time to read."""
    return msgspec.structs.replace(
        outcome, state=scheduler.State(), assignments=(), changes=(), scores=(), diagram=transition.Diagram()
    )


@functools.lru_cache(maxsize=1)
def read(data: bytes, period: int) -> tuple[cib.Document, scheduler.State]:
    """Return a document and its state; the last one is kept."""
    document = cib.Document.parse(data)
    return document, scheduler.state(document, period * STATE_COUNTS_S)


def explain(job: jobs.Explain) -> jobs.Explained:
    """Return why a resource is where it is. Raises: RequestError if there is none."""
    document = cib.Document.parse(job.document)
    found = cib.resources.index(cib.resources.tree(document)).get(outcome_answers.base(job.resource))
    if found is None:
        raise errors.RequestError(f"no resource {job.resource!r}", errors.Exit.NO_SUCH)
    related = frozenset(r.id for r in found.walk())
    outcome = scheduler.schedule(document, job.now_s)
    return jobs.Explained(outcome_answers.explanation(job.resource, job.node, outcome, related, []), related)
