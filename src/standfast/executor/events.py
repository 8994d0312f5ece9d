"""What goes into and out of a node's executor machine."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.agents import AgentName, ExecutionStatus, Invocation, Metadata, Outcome
from standfast.runtime import CancelTimer, SetTimer, TimerFired


class Operation(msgspec.Struct, frozen=True):
    """An operation that the DC ordered of this node.

    `transition_key` is `ACTION:TRANSITION:TARGET_RC:UUID`; it names the order, and comes back with every result of it
    (a recurring monitor's too). `parameters` are the resource's, `meta` holds CRM_meta_* names without the prefix.
    """

    resource_id: str
    agent: AgentName
    task: str
    interval_ms: int
    timeout_ms: int
    transition_key: str
    target_rc: int = 0
    start_delay_ms: int = 0
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    meta: Mapping[str, str] = msgspec.field(default_factory=dict)

    @property
    def key(self) -> str:
        """Return `RESOURCE_TASK_INTERVAL`, the operation's name in the history."""
        return f"{self.resource_id}_{self.task}_{self.interval_ms}"


class Result(msgspec.Struct, frozen=True):
    """What came of an operation: what becomes an `lrm_rsc_op` of the CIB's status.

    `call_id` counts this executor's calls from 1; a result with a higher one is newer. Digests: `digests` maps
    `op-digest`, `op-restart-digest`, `op-force-restart`, `op-secure-digest`, `op-secure-params` to their values.
    """

    operation: Operation
    call_id: int
    exit_code: int
    status: ExecutionStatus
    exit_reason: str = ""
    output: str = ""
    doing: str = ""
    exec_ms: int = 0
    queue_ms: int = 0
    last_run_wall_s: int = 0
    last_change_wall_s: int = 0
    digests: Mapping[str, str] = msgspec.field(default_factory=dict)


class Execute(msgspec.Struct, frozen=True):
    """Event: run this operation; a recurring one is run again `interval_ms` after each end until cancelled."""

    operation: Operation


class CancelRecurring(msgspec.Struct, frozen=True):
    """Event: end a recurring operation. A result with status CANCELLED follows, also if there is none."""

    resource_id: str
    task: str
    interval_ms: int
    transition_key: str


class Forget(msgspec.Struct, frozen=True):
    """Event: drop what is remembered of a resource (clean-up, deletion) and cancel its recurring operations."""

    resource_id: str


class Exited(msgspec.Struct, frozen=True):
    """Event: a call that `RunAgent` started came to its end."""

    call: int
    outcome: Outcome


class ProcessEnded(msgspec.Struct, frozen=True):
    """Event: a process that an agent of this resource has left behind has ended: its monitors are run at once."""

    resource_id: str


class Adopt(msgspec.Struct, frozen=True):
    """Event: what the predecessor of this daemon left on disk of its history: its results and recurring operations."""

    results: tuple[Result, ...]


class AgentKnown(msgspec.Struct, frozen=True):
    """Event: the answer to `LearnAgent`. `metadata` is None if the agent has none or prints garbage."""

    agent: AgentName
    metadata: Metadata | None


Event = Execute | CancelRecurring | Forget | Exited | ProcessEnded | AgentKnown | Adopt | TimerFired


class RunAgent(msgspec.Struct, frozen=True):
    """Effect: call the agent. Its end comes back as `Exited(call, …)`."""

    call: int
    invocation: Invocation


class KillAgent(msgspec.Struct, frozen=True):
    """Effect: kill the process group of a call that is not wanted any more; `Exited` follows all the same."""

    call: int


class Finished(msgspec.Struct, frozen=True):
    """Effect: tell the controller. For a recurring operation: its first result and each that differs from the last."""

    result: Result


class Remember(msgspec.Struct, frozen=True):
    """Effect: the node's own history changed (the whole of it, small): keep it for a successor of this daemon."""

    results: tuple[Result, ...]


class LearnAgent(msgspec.Struct, frozen=True):
    """Effect: fetch an agent's meta-data, beside what runs; `AgentKnown` follows. Results that need it wait for it."""

    agent: AgentName


Effect = RunAgent | KillAgent | LearnAgent | Finished | Remember | SetTimer | CancelTimer
