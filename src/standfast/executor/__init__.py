"""One node's operations and their history."""

from standfast.executor import fence_device
from standfast.executor.events import (
    Adopt,
    AgentKnown,
    CancelRecurring,
    Effect,
    Event,
    Execute,
    Exited,
    Finished,
    Forget,
    KillAgent,
    LearnAgent,
    Operation,
    ProcessEnded,
    Remember,
    Result,
    RunAgent,
)
from standfast.executor.history import failed, history_ids, recorded_task
from standfast.executor.machine import Machine

__all__ = [
    "Adopt",
    "AgentKnown",
    "CancelRecurring",
    "Effect",
    "Event",
    "Execute",
    "Exited",
    "Finished",
    "Forget",
    "KillAgent",
    "LearnAgent",
    "Machine",
    "Operation",
    "ProcessEnded",
    "Remember",
    "Result",
    "RunAgent",
    "failed",
    "fence_device",
    "history_ids",
    "recorded_task",
]
