"""The VRRP process's attendant: it looks at what is tracked and tells of state changes, so that the routers need not.

Pure: `handle(event) -> effects`. It lives in a process of its own: starting a script or looking at all processes takes
longer than an advert may be late.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from standfast.director import events as dev
from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.events import LowerHeard, Notify, PriorityChanged, TrackChanged
from standfast.director.vrrp.notification import Notifier
from standfast.director.vrrp.process_watch import ProcessWatch
from standfast.director.vrrp.script_runs import RunTracked, ScriptRuns, runnable
from standfast.director.vrrp.tracked_things import TrackFile, TrackKind, TrackProcess, TrackScript
from standfast.director.vrrp.tracking import Reading
from standfast.runtime import CancelTimer, SetTimer, TimerFired

READY, END = "ready", "end"
"""What it says once everything was looked at; what it is told when nothing more will be told."""

# -- events


class Configure(msgspec.Struct, frozen=True):
    """Event: attend these from now on."""

    configuration: Configuration


class RunEnded(msgspec.Struct, frozen=True):
    """Event: a `RunTracked` came to its end; `trouble` is empty if it ended with 0."""

    number: int
    trouble: str


class FileRead(msgspec.Struct, frozen=True):
    """Event: this stands in a tracked file; None: nothing that can be a value."""

    name: str
    value: int | None


class ProcessesLooked(msgspec.Struct, frozen=True):
    """Event: these are all processes: number, name, command line."""

    found: tuple[tuple[int, str, tuple[str, ...]], ...]


class ProcessSeen(msgspec.Struct, frozen=True):
    """Event: a process is new (`forked`: as a copy of another), or is another program now."""

    pid: int
    name: str
    command: tuple[str, ...]
    forked: bool = False


class ProcessGone(msgspec.Struct, frozen=True):
    """Event: a process ended."""

    pid: int


Event = (
    Configure
    | RunEnded
    | dev.ScriptEnded
    | FileRead
    | ProcessesLooked
    | ProcessSeen
    | ProcessGone
    | TimerFired
    | Notify
    | PriorityChanged
    | LowerHeard
)

# -- effects


class Look(msgspec.Struct, frozen=True):
    """Effect: read these files now and whenever they change, as `FileRead`; look for processes if there are any."""

    files: tuple[TrackFile, ...]
    processes: bool


Effect = dev.Effect | RunTracked | Look | TrackChanged | SetTimer | CancelTimer


class Attendant:
    """What it attends is what is tracked, and every router's and group's notifies."""

    def __init__(self) -> None:
        self.configuration = Configuration(())
        self.scripts = ScriptRuns()
        self.processes = ProcessWatch()
        self.notifier = Notifier()
        self._values: dict[str, int] = {}

    @property
    def idle(self) -> bool:
        """Return whether no notify script runs or waits."""
        return self.notifier.queues.idle

    def handle(self, event: Event) -> list[Effect]:
        """Return what follows from an event."""
        return list(self._take(event))

    def _take(self, event: Event) -> Iterator[Effect]:
        match event:
            case Notify() | PriorityChanged() | LowerHeard():
                yield from self.notifier.tell(event)
            case dev.ScriptEnded(number, trouble):
                yield from self.notifier.queues.ended(number, trouble)
            case RunEnded(number, trouble):
                yield from self._owned(self.scripts.ended(number, trouble))
            case TimerFired(name, generation):
                yield from self._owned(self._fired(name, generation))
            case Configure(configuration):
                yield from self._configure(configuration)
            case FileRead(name, value):
                yield from self._file(name, value)
            case _:
                yield from self._process(event)

    def _process(self, event: Event) -> Iterator[Effect]:
        match event:
            case ProcessesLooked(found):
                yield from self.processes.looked(found)
            case ProcessSeen(pid, name, command, forked):
                yield from self.processes.seen(pid, name, command, forked)
            case ProcessGone(pid):
                yield from self.processes.gone(pid)

    def _fired(self, timer: str, generation: int) -> Iterator[Effect]:
        kind, _, name = timer.partition(":")
        if kind == TrackKind.SCRIPT:
            yield from self.scripts.due(name)
        else:
            yield from self.processes.waited(name, generation)

    def _configure(self, configuration: Configuration) -> Iterator[Effect]:
        self.configuration = configuration
        self.notifier.configure(configuration)
        scripts, files, processes = tracked_things(configuration)
        self._values = {each.name: self._values[each.name] for each in files if each.name in self._values}
        yield from self._owned(self.scripts.configure(scripts))
        self.processes.configure(processes)
        yield Look(files, bool(processes))
        # a router that is new has heard nothing yet
        yield from (*self.scripts.readings(), *self.processes.readings())
        yield from (
            TrackChanged(TrackKind.FILE.named(name), Reading(True, value)) for name, value in self._values.items()
        )

    def _owned(self, effects: Iterator[Effect]) -> Iterator[Effect]:
        telling = self.configuration.telling
        for effect in effects:
            if isinstance(effect, RunTracked):
                effect = RunTracked(
                    effect.number, runnable(effect.script, telling.user, telling.group), effect.limit_ms
                )
            yield effect

    def _file(self, name: str, value: int | None) -> Iterator[Effect]:
        if value is None:
            yield dev.Log(dev.Level.WARNING, f"file {name} holds a number that is too large: it does not count")
            value = self._values.get(name, 0)
        if self._values.get(name) != value:
            self._values[name] = value
            yield dev.Log(dev.Level.INFO, f"file {name} holds {value}")
            yield TrackChanged(TrackKind.FILE.named(name), Reading(True, value))


Things = tuple[tuple[TrackScript, ...], tuple[TrackFile, ...], tuple[TrackProcess, ...]]


def tracked_things(configuration: Configuration) -> Things:
    """Return the scripts, files and processes that anybody tracks."""
    owners = [each.tracked for each in configuration.routers] + [each.tracked for each in configuration.groups]
    names = {tracked.name for owner in owners for tracked in owner}
    return (
        tuple(each for each in configuration.scripts if TrackKind.SCRIPT.named(each.name) in names),
        tuple(each for each in configuration.files if TrackKind.FILE.named(each.name) in names),
        tuple(each for each in configuration.processes if TrackKind.PROCESS.named(each.name) in names),
    )


def is_needed(configuration: Configuration) -> bool:
    """Return whether there is anything to attend."""
    told = any(each.notifies for each in configuration.routers) or any(each.notifies for each in configuration.groups)
    return told or bool(configuration.telling.fifos) or any(tracked_things(configuration))
