"""Plans: what edits and events would do, shown before anything is done."""

from __future__ import annotations

import difflib

from standfast import cib, errors, scheduler
from standfast.daemons import jobs, outcome_answers
from standfast.dialects import crm


def plan(job: jobs.Plan) -> jobs.Planned:
    """Return what the job's edits and events would do. Raises: ConfigError if the edits or their result are refused."""
    before = cib.Document.parse(job.document)
    after = before
    if job.edits:
        after = cib.edits.apply(before, job.edits, job.now_s)
    imagined = after.copy()
    for name in job.node_down:
        _set(imagined, name, in_ccm="false", crmd="offline", join="down", expected="down")
    for name in job.node_fail:
        _set(imagined, name, in_ccm="false", crmd="offline", join="down", expected="member")
    for name in job.node_up:
        _set(imagined, name, in_ccm="true", crmd="online", join="member", expected="member")
    if job.quorum:
        imagined.root.set("have-quorum", "1" if job.quorum in ("1", "true", "yes") else "0")
    actions = outcome_answers.actions(scheduler.schedule(imagined, job.now_s))
    return jobs.Planned(difference(before, after), actions, tuple(cib.checks.verify(after)) if job.edits else ())


def difference(before: cib.Document, after: cib.Document) -> tuple[str, ...]:
    """Return the configuration's difference as lines of the crm shell's language, each with `+`, `-` or a space."""
    old, new = (crm.render(d).splitlines() for d in (before, after))
    lines = difflib.unified_diff(old, new, lineterm="", n=1)
    return tuple(text for text in lines if not text.startswith(("---", "+++", "@@")))


def _set(document: cib.Document, name: str, **state: str) -> None:
    node_id = cib.nodes.id_of(document, name)
    if node_id is None:
        raise errors.RequestError(f"no node {name!r}", errors.Exit.NO_SUCH)
    cib.status.set_node_state(document, node_id, name, **state)
