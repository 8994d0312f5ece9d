"""What the demonstration claims, and whether the event stream bears it out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from standfast.web.schema import EventRecord, InstanceExplanation, PlaceRecord

_INFINITY = 1_000_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence, and whether it was seen to be true. `after_ms` counts from the chapter's event, None if unknown."""

    text: str
    holds: bool
    after_ms: float | None = None


@dataclass(slots=True)
class Chapter:
    """One event and what came of it.

    `away_ms`: how long the page was away, None if that was not measured; `reasons`: a line for each resource's place.
    """

    title: str
    claims: list[Claim] = field(default_factory=list)
    away_ms: float | None = None
    reasons: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        """Return whether all that it claims was seen."""
        return all(claim.holds for claim in self.claims)


def first(events: Iterable[EventRecord], test: Callable[[EventRecord], bool]) -> EventRecord | None:
    """Return the first event that passes."""
    return next((event for event in events if test(event)), None)


def _node_event(kind: str, node: str) -> Callable[[EventRecord], bool]:
    return lambda event: event.kind == kind and event.fields.get("node") == node


def done(event: EventRecord, task: str, resources: Collection[str]) -> bool:
    """Return whether the event is a successful operation of this kind on one of the resources."""
    operation = event.fields.get("operation", "")
    return (
        event.kind == "operation"
        and event.fields.get("resource") in resources
        and f"_{task}_" in operation
        and event.fields.get("rc") == "0"
    )


def after(event: EventRecord | None, since_wall_ms: float) -> float | None:
    """Return the time of an event, counted from a moment."""
    return None if event is None else event.wall_ms - since_wall_ms


def death(events: Sequence[EventRecord], victim: str, resources: Collection[str], since_ms: float) -> list[Claim]:
    """Return what the death of a node has to show: it was noticed, fenced, and only then recovered.

    Events are of one surviving node, in its order, since the moment `since_ms` of the wall clock.
    """
    lost = first(events, _node_event("node-lost", victim))
    fenced = first(events, _node_event("fenced", victim))
    started = [e for e in events if done(e, "start", resources) and e.fields.get("node") != victim]
    begun = started[0] if started else None
    last = started[-1] if started else None
    in_order = fenced is not None and begun is not None and fenced.number < begun.number
    where = begun.fields.get("node", "") if begun else "another node"
    device = fenced.fields.get("device") or "its device" if fenced else "its device"
    return [
        Claim(f"the others noticed that {victim} is lost", lost is not None, after(lost, since_ms)),
        Claim(f"{victim} was fenced by {device}", fenced is not None, after(fenced, since_ms)),
        Claim(f"then, not before, the service was started on {where}", in_order, after(begun, since_ms)),
        Claim(f"all of it runs on {where}", _all_started(started, resources), after(last, since_ms)),
    ]


def _all_started(started: Sequence[EventRecord], resources: Collection[str]) -> bool:
    places = {event.fields["resource"]: event.fields.get("node") for event in started}
    return set(places) == set(resources) and len(set(places.values())) == 1


def restart(events: Sequence[EventRecord], node: str, resource: str, since_ms: float) -> list[Claim]:
    """Return what the death of a process has to show: its monitor failed, and it was started where it was."""
    failed = first(events, lambda e: _failed_monitor(e, resource))
    started = [e for e in events if done(e, "start", {resource})]
    here = bool(started) and all(e.fields.get("node") == node for e in started)
    fenced = first(events, lambda e: e.kind == "fenced")
    return [
        Claim(f"the monitor of {resource} failed", failed is not None, after(failed, since_ms)),
        Claim(f"it was started again on {node}", here, after(started[-1] if started else None, since_ms)),
        Claim("nobody was fenced", fenced is None),
    ]


def _failed_monitor(event: EventRecord, resource: str) -> bool:
    is_monitor = "_monitor_" in event.fields.get("operation", "")
    failed = event.fields.get("rc", "0") != "0"
    return event.kind == "operation" and event.fields.get("resource") == resource and is_monitor and failed


def move(events: Sequence[EventRecord], node: str, resources: Collection[str], since_ms: float) -> list[Claim]:
    """Return what a standby has to show: all was stopped, then started elsewhere, and nobody was fenced."""
    stopped = [e for e in events if done(e, "stop", resources) and e.fields.get("node") == node]
    started = [e for e in events if done(e, "start", resources) and e.fields.get("node") != node]
    fenced = first(events, lambda e: e.kind == "fenced")
    orderly = bool(stopped and started) and stopped[-1].number < started[0].number
    where = started[0].fields.get("node", "") if started else "another node"
    return [
        Claim(f"all of it was stopped on {node}", {e.fields["resource"] for e in stopped} == set(resources),
              after(stopped[-1] if stopped else None, since_ms)),
        Claim(f"then it was started on {where}", orderly and _all_started(started, resources),
              after(started[-1] if started else None, since_ms)),
        Claim("nobody was fenced", fenced is None),
    ]  # fmt: skip


def table(chapters: Iterable[Chapter]) -> list[tuple[str, str]]:
    """Return the last table's rows: what happened, and how long the page was away."""
    return [(c.title, f"{c.away_ms:.0f} ms") for c in chapters if c.away_ms is not None]


def reason(instance: InstanceExplanation) -> str:
    """Return why an instance is where it is in one line, with what spoke for and against each node; else empty."""
    if not instance.decided_by:
        return ""
    where = f"{instance.role} on {instance.node}" if instance.node else instance.role
    places = "; ".join(_place(place) for place in sorted(instance.places, key=lambda p: p.node != instance.node))
    return f"{instance.instance}: {where} ({instance.decided_by}). {places}".rstrip(". ")


def _place(place: PlaceRecord) -> str:
    if place.refused:
        return f"{place.node}: {place.refused}"
    parts = ", ".join(f"{part.source} {_score(part.score)}" for part in place.parts)
    return f"{place.node}: {_score(place.score)}" + (f" = {parts}" if parts else "")


def _score(score: int) -> str:
    if abs(score) >= _INFINITY:
        return "INFINITY" if score > 0 else "-INFINITY"
    return str(score)
