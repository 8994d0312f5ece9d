"""What the attendant does with a configuration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from standfast.director import events as dev
from standfast.director import vrrp
from standfast.director.checks import Script
from standfast.director.configuration import Fifo
from standfast.director.vrrp import attendant as at
from standfast.director.vrrp.events import Notify, State, TrackChanged
from standfast.director.vrrp.script_runs import RunTracked
from standfast.director.vrrp.tracking import Reading
from standfast.runtime import SetTimer, TimerFired

SCRIPTS = (vrrp.TrackScript("chk", Script(("/chk",))), vrrp.TrackScript("unused", Script(("/unused",))))
FILES = (vrrp.TrackFile("f", "/run/f"),)
PROCESSES = (vrrp.TrackProcess("p", "nginx", terminate_delay_ms=100),)
Make = Callable[..., vrrp.Configuration]


@pytest.fixture
def make(virtual_router: Callable[..., vrrp.VirtualRouter]) -> Make:
    """Return a maker of configurations with one router, which tracks these names."""

    def made(*names: str, **more: Any) -> vrrp.Configuration:
        router = virtual_router(tracked=tuple(vrrp.Tracked(name) for name in names), **more)
        return vrrp.Configuration(
            (router,), scripts=SCRIPTS, files=FILES, processes=PROCESSES, telling=vrrp.Telling(user="www")
        )

    return made


def of(effects: Any, kind: type) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]


def test_only_what_somebody_tracks_is_looked_at(make: Make) -> None:
    """A script that nobody tracks would run each second."""
    attendant = at.Attendant()
    effects = attendant.handle(at.Configure(make("script:chk", "file:f")))
    assert [each.script for each in of(effects, RunTracked)] == [Script(("/chk",), "www")]
    assert of(effects, at.Look) == [at.Look(FILES, processes=False)]


def test_a_file_counts_when_it_changes(make: Make) -> None:
    """A router would be told of every write, or of none."""
    attendant = at.Attendant()
    attendant.handle(at.Configure(make("file:f")))
    told = [of(attendant.handle(at.FileRead("f", value)), TrackChanged) for value in (0, 0, 7, None, 7)]
    assert told == [
        [TrackChanged("file:f", Reading(True, 0))], [], [TrackChanged("file:f", Reading(True, 7))], [], [],
    ]  # fmt: skip


def test_scripts_and_processes_follow_their_timers(make: Make) -> None:
    """A check would run once and never again."""
    attendant = at.Attendant()
    attendant.handle(at.Configure(make("script:chk", "process:p")))
    assert of(attendant.handle(at.RunEnded(1, "")), TrackChanged) == [TrackChanged("script:chk", Reading(True))]
    assert of(attendant.handle(TimerFired("script:chk", 0)), RunTracked)[0].number == 2
    found = attendant.handle(at.ProcessesLooked(((5, "nginx", ()),)))
    assert of(found, TrackChanged) == [TrackChanged("process:p", Reading(True))]
    assert attendant.handle(at.ProcessSeen(6, "nginx", ())) == []
    assert attendant.handle(at.ProcessGone(5)) == []
    (timer,) = of(attendant.handle(at.ProcessGone(6)), SetTimer)
    lost = attendant.handle(TimerFired(timer.name, timer.generation))
    assert of(lost, TrackChanged) == [TrackChanged("process:p", Reading(False))]


def test_another_configuration_is_told_what_is_known(make: Make) -> None:
    """A router that is new after a reload would wait for ever to hear of a script that runs since long."""
    attendant = at.Attendant()
    attendant.handle(at.Configure(make("script:chk", "file:f", "process:p")))
    for event in (at.RunEnded(1, ""), at.FileRead("f", 4), at.ProcessesLooked(())):
        attendant.handle(event)
    assert of(attendant.handle(at.Configure(make("script:chk", "file:f", "process:p"))), TrackChanged) == [
        TrackChanged("script:chk", Reading(True)),
        TrackChanged("process:p", Reading(False)),
        TrackChanged("file:f", Reading(True, 4)),
    ]


def test_idle_when_the_scripts_of_all_have_ended(make: Make) -> None:
    """The last script would be ended with the process."""
    attendant = at.Attendant()
    attendant.handle(at.Configure(make(notifies=vrrp.Notifies(any=Script(("/n",))))))
    (run,) = of(attendant.handle(Notify("V", State.ACTIVE, 100)), dev.RunScript)
    assert not attendant.idle
    attendant.handle(dev.ScriptEnded(run.number))
    assert attendant.idle


def test_where_there_is_nothing_to_attend(make: Make) -> None:
    """A machine with plain routers would have one more process."""
    assert not at.is_needed(make())
    assert not at.is_needed(make("interface:eth1"))
    assert at.is_needed(make("process:p"))
    assert at.is_needed(make(notifies=vrrp.Notifies(smtp_alert=True)))
    assert at.is_needed(vrrp.Configuration((), telling=vrrp.Telling(fifos=(Fifo("/run/fifo"),))))
    assert at.is_needed(vrrp.Configuration((), (vrrp.SyncGroup("G", notifies=vrrp.Notifies(any=Script(("/n",)))),)))
