"""One node's operations and their history."""

from standfast.executor.events import (
    Adopt,
    CancelRecurring,
    Effect,
    Event,
    Execute,
    Exited,
    Finished,
    Forget,
    KillAgent,
    Operation,
    Remember,
    Result,
    RunAgent,
)

__all__ = [
    "Adopt",
    "CancelRecurring",
    "Effect",
    "Event",
    "Execute",
    "Exited",
    "Finished",
    "Forget",
    "KillAgent",
    "Operation",
    "Remember",
    "Result",
    "RunAgent",
]
