"""Failures that an operator pretends, to see what the cluster makes of them."""

from __future__ import annotations

from standfast import agents, executor
from standfast.controller import histories
from standfast.controller.messages import Incarnation, Origin, Results
from standfast.controller.replica import Replica
from standfast.errors import Exit, RequestError

TASK = "asyncmon"
KEY = "-1:-1:0:00000000-0000-0000-0000-000000000000"


def failure(state: Replica, resource: str, node: str, wall_s: int, origin: Origin) -> Results:
    """Return the word that a resource failed on a node (empty: where it runs). Raises: RequestError."""
    here = histories.active_on(state, resource)
    where = node or (here[0] if len(here) == 1 else "")
    if where not in here:
        raise RequestError(f"{resource} does not run on {node or 'exactly one node'}", Exit.UNSATISFIED)
    history = histories.recorded_agent(state, where, resource)
    operation = executor.Operation(resource, history, TASK, 0, 0, KEY)
    call_id = histories.last_call(state, where, resource) + 1
    result = executor.Result(
        operation, call_id, int(agents.Ocf.UNKNOWN_ERROR), agents.ExecutionStatus.DONE, "pretended failure",
        last_run_wall_s=wall_s, last_change_wall_s=wall_s,
    )  # fmt: skip
    return Results(where, Incarnation(), (result,), wall_s, lost=True, origin=origin)
