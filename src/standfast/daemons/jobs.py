"""What the resident worker is asked to do, and what it answers: values that cross a process border.

An answer is sent in parts of bounded size, so that reading it never holds the daemon's loop for long.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from standfast import cib, errors, scheduler, transition
from standfast.daemons import feeding
from standfast.dialects import crm_mon
from standfast.web import schema

SYNAPSES_PER_PART = 200


class Schedule(msgspec.Struct, frozen=True):
    """Schedule this document, which is told by what changed since the last one.

    The answer is an Outcome with what the DC acts on; scores and reasons are left out.
    """

    document: feeding.Difference
    now_s: int


class ReadStatus(msgspec.Struct, frozen=True):
    """Read the state out of this document's status. The answer is a Reading. `members`: nodes whose daemon takes
    part."""

    document: bytes
    now_s: int
    members: frozenset[str] = frozenset()


class Reading(msgspec.Struct, frozen=True):
    """What the status says, as clients see it."""

    nodes: list[schema.NodeRecord]
    resources: list[schema.ResourceRecord]
    failures: list[schema.FailureRecord]


class Monitor(msgspec.Struct, frozen=True):
    """Print the document as crm_mon does; `form` is text or xml. The answer is a str."""

    document: bytes
    form: str
    view: crm_mon.View


class Explain(msgspec.Struct, frozen=True):
    """Schedule this document and say why a resource (on a node, or on all) is where it is. The answer is an
    Explained."""

    document: bytes
    now_s: int
    resource: str
    node: str = ""


class Explained(msgspec.Struct, frozen=True):
    """The explanation without what happened of late; `related` are the ids of the resource and all that is in it."""

    explanation: schema.Explanation
    related: frozenset[str]


class Plan(msgspec.Struct, frozen=True):
    """Apply edits and events to a copy, and schedule it. The answer is a Planned."""

    document: bytes
    now_s: int
    edits: tuple[cib.Edit, ...] = ()
    node_down: tuple[str, ...] = ()
    node_up: tuple[str, ...] = ()
    node_fail: tuple[str, ...] = ()
    quorum: str = ""


class Planned(msgspec.Struct, frozen=True):
    """What a plan found: the configuration's difference as lines, what would be done, what is doubtful."""

    difference: tuple[str, ...]
    actions: list[schema.PlannedAction]
    reports: tuple[errors.Report, ...] = ()


Inquiry = ReadStatus | Monitor | Explain | Plan
"""What clients ask."""

Job = Schedule | Inquiry


class Question(msgspec.Struct, frozen=True):
    """A job with its number."""

    number: int
    job: Job


class Part(msgspec.Struct, frozen=True):
    """A piece of an answer: more synapses, or (last) the answer itself or the exception it ended with."""

    number: int
    synapses: tuple[transition.Synapse, ...] = ()
    last: bool = False
    value: object = None
    error: BaseException | None = None


def parts(number: int, value: object) -> Iterator[Part]:
    """Yield an answer in parts: an outcome's graph is cut, everything else goes whole."""
    if isinstance(value, scheduler.Outcome):
        synapses = value.graph.synapses
        for start in range(0, len(synapses), SYNAPSES_PER_PART):
            yield Part(number, synapses[start : start + SYNAPSES_PER_PART])
        value = msgspec.structs.replace(value, graph=msgspec.structs.replace(value.graph, synapses=()))
    yield Part(number, last=True, value=value)


def joined(synapses: list[transition.Synapse], last: Part) -> object:
    """Return the answer that these parts are. Invariant: `joined` of all `parts(n, x)` equals x."""
    if isinstance(last.value, scheduler.Outcome):
        return msgspec.structs.replace(
            last.value, graph=msgspec.structs.replace(last.value.graph, synapses=tuple(synapses))
        )
    return last.value
