"""Tracked scripts: when each is run, and what its ends mean. Source: keepalived.conf(5), VRRP script(s)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec
from msgspec.structs import replace

from standfast.director.checks import Script
from standfast.director.events import Level, Log
from standfast.director.vrrp.events import TrackChanged
from standfast.director.vrrp.tracked_things import TrackKind, TrackScript
from standfast.director.vrrp.tracking import Reading
from standfast.runtime import CancelTimer, SetTimer


class RunTracked(msgspec.Struct, frozen=True):
    """Effect: run this script once; its end is told to `ScriptRuns.ended` with the number."""

    number: int
    script: Script
    limit_ms: int


Effect = RunTracked | SetTimer | CancelTimer | TrackChanged | Log


class RiseFall:
    """Whether a script counts as up: `rise` successes turn it up, `fall` failures down.

    Before anything is known one end decides. Source: keepalived 2.2.7, vrrp_scheduler.c.
    """

    __slots__ = ("_fall", "_rise", "count", "up")

    def __init__(self, rise: int, fall: int, up: bool | None = None) -> None:
        self._rise, self._fall = rise, fall
        self.up = up
        self.count = 0
        """How many ends in a row speak against `up`."""

    def judge(self, succeeded: bool) -> bool:
        """Take an end; return whether `up` changed."""
        if succeeded is self.up:
            self.count = 0
            return False
        self.count += 1
        needed = 1 if self.up is None else self._fall if self.up else self._rise
        if self.count < needed:
            return False
        self.up, self.count = succeeded, 0
        return True


class _Run:
    """One tracked script."""

    def __init__(self, what: TrackScript, verdict: RiseFall) -> None:
        self.what = what
        self.verdict = verdict
        self.number = 0
        """Of the run that is under way, 0 without one."""
        self.skipping = False
        self.trouble = ""


class ScriptRuns:
    """All tracked scripts. Invariant: of each at most one run is under way."""

    def __init__(self) -> None:
        self._runs: dict[str, _Run] = {}
        self._names: dict[int, str] = {}
        self._last = 0
        self._begun = False

    def configure(self, scripts: Iterable[TrackScript]) -> Iterator[Effect]:
        """Run these from now on, the new ones at once.

        One that comes with a later configuration counts as up until it ends, so that its router stays what it is.
        """
        wanted = {each.name: each for each in scripts}
        for name in [name for name in self._runs if name not in wanted]:
            del self._runs[name]
            yield CancelTimer(_timer(name))
        for name, what in wanted.items():
            before = self._runs.get(name)
            if before is not None and before.what == what:
                continue
            yield from self._begin(what, before)
        self._begun = True

    def _begin(self, what: TrackScript, before: _Run | None) -> Iterator[Effect]:
        up: bool | None = False if what.init_fail else True if self._begun else None
        if before is not None:
            up = before.verdict.up
        run = self._runs[what.name] = _Run(what, RiseFall(what.rise, what.fall, up))
        run.number = before.number if before else 0
        if up is not None:
            yield TrackChanged(TrackKind.SCRIPT.named(what.name), Reading(up))
        yield from self.due(what.name)

    def due(self, name: str) -> Iterator[Effect]:
        """Run a script unless it still runs, and again after its interval."""
        run = self._runs.get(name)
        if run is None:
            return
        yield SetTimer(_timer(name), 0, run.what.interval_ms)
        if run.number:
            if not run.skipping:
                run.skipping = True
                yield Log(Level.INFO, f"script {name} still runs: it is not run a second time")
            return
        run.skipping = False
        self._last += 1
        run.number = self._last
        self._names[self._last] = name
        yield RunTracked(self._last, run.what.script, run.what.limit_ms)

    def ended(self, number: int, trouble: str) -> Iterator[Effect]:
        """Take a run's end; `trouble` is empty if it was 0."""
        name = self._names.pop(number)
        run = self._runs.get(name)
        if run is None or run.number != number:
            return
        run.number = 0
        told, run.trouble = run.trouble, trouble
        if run.verdict.judge(not trouble):
            level, word = (Level.NOTICE, "up") if run.verdict.up else (Level.WARNING, "down")
            yield Log(level, f"script {name} is {word}{': ' if trouble else ''}{trouble}")
            yield TrackChanged(TrackKind.SCRIPT.named(name), Reading(not trouble))
        elif trouble != told:
            yield Log(Level.INFO, f"script {name}: {trouble or 'ended with status 0'}")

    def readings(self) -> Iterator[TrackChanged]:
        """Return what is known."""
        for name, run in self._runs.items():
            if run.verdict.up is not None:
                yield TrackChanged(TrackKind.SCRIPT.named(name), Reading(run.verdict.up))


def _timer(name: str) -> str:
    return TrackKind.SCRIPT.named(name)


def runnable(script: Script, user: str, group: str) -> Script:
    """Return a script with whose it is, if it has none of its own; `</path` asks a shell whether it can be opened."""
    if script.arguments[0].startswith("<"):
        script = replace(script, arguments=("/bin/sh", "-c", " ".join(script.arguments)))
    return script if script.user else replace(script, user=user, group=script.group or group)
