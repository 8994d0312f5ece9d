"""One call of an agent, and what came of it: data shared by `executor`, `fencing` and the live runner."""

from __future__ import annotations

import enum
from collections.abc import Mapping

import msgspec


class Ocf(enum.IntEnum):
    """Exit codes of OCF agents. Source: OCF resource agent API 1.1; 190 and 191 are Pacemaker's."""

    OK = 0
    UNKNOWN_ERROR = 1
    INVALID_PARAM = 2
    UNIMPLEMENT_FEATURE = 3
    INSUFFICIENT_PRIV = 4
    NOT_INSTALLED = 5
    NOT_CONFIGURED = 6
    NOT_RUNNING = 7
    RUNNING_PROMOTED = 8
    FAILED_PROMOTED = 9
    DEGRADED = 190
    DEGRADED_PROMOTED = 191
    UNKNOWN = 193


class ExecutionStatus(enum.IntEnum):
    """How a call went, besides its exit code. Source: `op-status` of Pacemaker's lrm_rsc_op."""

    UNKNOWN = -2
    PENDING = -1
    DONE = 0
    CANCELLED = 1
    TIMEOUT = 2
    NOT_SUPPORTED = 3
    ERROR = 4
    ERROR_HARD = 5
    ERROR_FATAL = 6
    NOT_INSTALLED = 7
    NOT_CONNECTED = 8
    INVALID = 9
    NO_FENCE_DEVICE = 10
    NO_SECRETS = 11


class AgentName(msgspec.Struct, frozen=True):
    """What agent: `ocf:heartbeat:IPaddr`, `lsb:nginx`, `systemd:nginx`, `heartbeat:x`, `stonith:fence_lab`."""

    standard: str
    type: str
    provider: str = ""

    def __str__(self) -> str:
        return ":".join(p for p in (self.standard, self.provider, self.type) if p)


class Invocation(msgspec.Struct, frozen=True):
    """One call: who, what action, with which parameters, and how long it may take.

    `environment` is complete for the agent (OCF_RESKEY_…, OCF_ROOT, HA_SBIN_DIR and so on are made by
    `agents.environment`, which is pure); `stdin` is what fence agents read.
    """

    agent: AgentName
    action: str
    timeout_ms: int
    resource_id: str = ""
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    meta: Mapping[str, str] = msgspec.field(default_factory=dict)


class Outcome(msgspec.Struct, frozen=True):
    """What came of a call. `exit_reason` is the agent's own word (ocf_exit_reason) or ours (timed out, missing, …).

    `doing` says what a call that was killed was doing: its process tree with wchan and stacks. `output` is the last
    of what it printed (bounded).
    """

    exit_code: int
    status: ExecutionStatus
    exit_reason: str = ""
    stdout: str = ""
    stderr: str = ""
    doing: str = ""
    started_wall_ms: int = 0
    duration_ms: int = 0
