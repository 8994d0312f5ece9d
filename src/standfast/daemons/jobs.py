"""What the resident worker is asked to do, and what it answers: values that cross a process border.

An answer is sent in parts of bounded size, so that reading it never holds the daemon's loop for long.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field

from standfast import cib, errors, scheduler, transition

SYNAPSES_PER_PART = 200


@dataclass(frozen=True, slots=True)
class Schedule:
    """Schedule this document. The answer is an Outcome without assignments, or with them if `reasons`."""

    document: bytes
    now_s: int
    reasons: bool = False


@dataclass(frozen=True, slots=True)
class ReadState:
    """Read the state out of this document's status. The answer is a scheduler.State."""

    document: bytes
    now_s: int


@dataclass(frozen=True, slots=True)
class Plan:
    """Apply edits and events to a copy, and schedule it. The answer is a Planned."""

    document: bytes
    now_s: int
    edits: tuple[cib.Edit, ...] = ()
    node_down: tuple[str, ...] = ()
    node_up: tuple[str, ...] = ()
    node_fail: tuple[str, ...] = ()
    quorum: str = ""


@dataclass(frozen=True, slots=True)
class Planned:
    """What a plan found: the configuration's difference as lines, what would be done, what is doubtful."""

    difference: tuple[str, ...]
    outcome: scheduler.Outcome
    reports: tuple[errors.Report, ...] = ()


Job = Schedule | ReadState | Plan


@dataclass(frozen=True, slots=True)
class Question:
    """A job with its number."""

    number: int
    job: Job


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of an answer: more synapses, or (last) the answer itself or the exception it ended with."""

    number: int
    synapses: tuple[transition.Synapse, ...] = ()
    last: bool = False
    value: object = None
    error: BaseException | None = field(default=None)


def parts(number: int, value: object) -> Iterator[Part]:
    """Yield an answer in parts: an outcome's graph is cut, everything else goes whole."""
    if isinstance(value, scheduler.Outcome):
        synapses = value.graph.synapses
        for start in range(0, len(synapses), SYNAPSES_PER_PART):
            yield Part(number, synapses[start : start + SYNAPSES_PER_PART])
        value = dataclasses.replace(value, graph=dataclasses.replace(value.graph, synapses=()))
    yield Part(number, last=True, value=value)


def joined(synapses: list[transition.Synapse], last: Part) -> object:
    """Return the answer that these parts are. Invariant: `joined` of all `parts(n, x)` equals x."""
    if isinstance(last.value, scheduler.Outcome):
        return dataclasses.replace(last.value, graph=dataclasses.replace(last.value.graph, synapses=tuple(synapses)))
    return last.value
