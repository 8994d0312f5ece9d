"""What is wrong with what is tracked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from standfast.director.vrrp.configuration import Configuration, Tracked
from standfast.director.vrrp.tracked_things import Parameters, TrackFile, TrackKind, TrackProcess, TrackScript
from standfast.errors import Report

WEIGHT_MAX = 253
"""Of scripts, interfaces and BFD sessions. Source: keepalived.conf(5), vrrp_script."""
_WEIGHT_MAX_OF = {TrackKind.FILE: 2**31 - 1, TrackKind.PROCESS: 254}
Thing = TrackScript | TrackFile | TrackProcess


def track_reports(configuration: Configuration) -> Iterator[Report]:
    """Return what is wrong with the things, and with who tracks them."""
    things: list[tuple[TrackKind, Thing]] = [
        *((TrackKind.SCRIPT, each) for each in configuration.scripts),
        *((TrackKind.FILE, each) for each in configuration.files),
        *((TrackKind.PROCESS, each) for each in configuration.processes),
    ]
    for name, count in Counter(kind.named(thing.name) for kind, thing in things).items():
        if count > 1:
            yield Report("vrrp.track-twice", f"{name} is defined {count} times", "each name once")
    for kind, thing in things:
        yield from _ranges(kind, thing)
    known = {kind.named(thing.name) for kind, thing in things}
    owners = [(each.name, each.tracked) for each in configuration.routers]
    for owner, tracked in owners + [(each.name, each.tracked) for each in configuration.groups]:
        for each in tracked:
            yield from _tracked(owner, each, known)


def _tracked(owner: str, tracked: Tracked, known: set[str]) -> Iterator[Report]:
    kind, colon, name = tracked.name.partition(":")
    if not colon or kind not in set(TrackKind) or not name:
        expected = "interface:, script:, file:, process: or bfd:, and a name"
        yield Report("vrrp.tracked", f"{owner} tracks {tracked.name!r}", expected)
    elif kind not in (TrackKind.INTERFACE, TrackKind.BFD) and tracked.name not in known:
        yield Report("vrrp.tracked", f"{owner} tracks {tracked.name}, which is not defined", "its name")
    else:
        yield from _weight(TrackKind(kind), f"{owner}: {tracked.name}", tracked.weight or 0)


def _weight(kind: TrackKind, of: str, weight: int) -> Iterator[Report]:
    limit = _WEIGHT_MAX_OF.get(kind, WEIGHT_MAX)
    if abs(weight) > limit:
        yield Report("vrrp.track-weight", f"{of}: weight {weight}", f"-{limit}..{limit}")


def _ranges(kind: TrackKind, thing: Thing) -> Iterator[Report]:
    of = kind.named(thing.name)
    yield from _weight(kind, of, thing.weight)
    match thing:
        case TrackScript():
            if not thing.script.arguments:
                yield Report("vrrp.track-script", f"{of}: no command", "a command")
            if min(thing.interval_ms, thing.rise, thing.fall) < 1 or thing.timeout_ms < 0:
                yield Report("vrrp.track-script", f"{of}: interval, rise, fall or time-out", "1 or more")
        case TrackFile():
            if not thing.path.startswith("/"):
                yield Report("vrrp.track-file", f"{of}: path {thing.path!r}", "a path from the root")
        case TrackProcess():
            if not 0 <= thing.quorum <= 65535 or not 0 <= thing.quorum_max <= 65535:
                yield Report("vrrp.track-process", f"{of}: quorum {thing.quorum}..{thing.quorum_max}", "0..65535")
            if thing.arguments and thing.match is Parameters.ANY:
                yield Report("vrrp.track-process", f"{of}: parameters that are not compared", "EXACT, PARTIAL, INITIAL")
