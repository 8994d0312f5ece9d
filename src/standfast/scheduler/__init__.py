"""The scheduler: a pure function of the CIB and now; it decides as Pacemaker decides, and says why."""

from standfast import compiled

compiled.install("scheduler")

from standfast.scheduler.digests import digest
from standfast.scheduler.memory import Memory
from standfast.scheduler.outcome import (
    Assignment,
    Candidate,
    Change,
    Contribution,
    Draw,
    Failure,
    InstanceState,
    NodeState,
    Outcome,
    Promotion,
    ReplicaState,
    ResourceState,
    Role,
    ScoreLine,
    ScoreLineKind,
    State,
)
from standfast.scheduler.run import schedule, state
from standfast.scheduler.why_not import paragraph as why_not

__all__ = [
    "Assignment",
    "Candidate",
    "Change",
    "Contribution",
    "Draw",
    "Failure",
    "InstanceState",
    "Memory",
    "NodeState",
    "Outcome",
    "Promotion",
    "ReplicaState",
    "ResourceState",
    "Role",
    "ScoreLine",
    "ScoreLineKind",
    "State",
    "digest",
    "schedule",
    "state",
    "why_not",
]
