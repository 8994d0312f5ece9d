"""When tracked scripts are run, and what turns them up and down."""

from __future__ import annotations

from typing import Any

import pytest

from standfast.director.checks import Script
from standfast.director.vrrp.events import TrackChanged
from standfast.director.vrrp.script_runs import RiseFall, RunTracked, ScriptRuns, runnable
from standfast.director.vrrp.tracked_things import TrackScript
from standfast.director.vrrp.tracking import Reading
from standfast.runtime import CancelTimer, SetTimer


def script(name: str = "chk", **more: Any) -> TrackScript:
    return TrackScript(name, Script(("/bin/true",)), **more)


def of(effects: Any, kind: type) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]


@pytest.mark.parametrize(
    ("rise", "fall", "ends", "ups"),
    [
        (1, 1, "+-+", [True, False, True]),
        (3, 2, "+", [True]),
        (3, 2, "-", [False]),
        (3, 2, "+--", [True, True, False]),
        (3, 2, "+-+--", [True, True, True, True, False]),
        (3, 2, "-+++", [False, False, False, True]),
        (3, 2, "-++-+++", [False, False, False, False, False, False, True]),
    ],
)
def test_rise_and_fall(rise: int, fall: int, ends: str, ups: list[bool]) -> None:
    """One lost answer would move the addresses, or a check that flaps would bring them back too early."""
    verdict = RiseFall(rise, fall)
    found = []
    for end in ends:
        before = verdict.up
        assert verdict.judge(end == "+") is (verdict.up is not before)
        found.append(verdict.up)
    assert found == ups


def test_a_script_runs_at_once_and_after_each_interval() -> None:
    """The first verdict would come an interval late."""
    runs = ScriptRuns()
    effects = list(runs.configure([script(interval_ms=2000, timeout_ms=500)]))
    assert of(effects, RunTracked) == [RunTracked(1, Script(("/bin/true",)), 500)]
    assert of(effects, SetTimer) == [SetTimer("script:chk", 0, 2000)]
    assert of(runs.ended(1, ""), TrackChanged) == [TrackChanged("script:chk", Reading(True))]
    assert of(runs.due("chk"), RunTracked)[0].number == 2


def test_never_two_at_once() -> None:
    """A script that hangs would fill the machine with its copies."""
    runs = ScriptRuns()
    assert of(runs.configure([script()]), RunTracked)
    assert of(runs.due("chk"), RunTracked) == []
    assert of(runs.due("chk"), SetTimer)
    assert list(runs.ended(1, "timed out"))
    assert of(runs.due("chk"), RunTracked)


def test_init_fail_is_down_until_it_rose() -> None:
    """A machine would take the addresses before its service runs."""
    runs = ScriptRuns()
    effects = list(runs.configure([script(init_fail=True, rise=2)]))
    assert of(effects, TrackChanged) == [TrackChanged("script:chk", Reading(False))]
    assert of(runs.ended(1, ""), TrackChanged) == []
    assert list(runs.due("chk"))
    assert of(runs.ended(2, ""), TrackChanged) == [TrackChanged("script:chk", Reading(True))]


def test_a_later_configuration_keeps_what_is_known() -> None:
    """A reload would give the addresses away while the scripts run for the first time."""
    runs = ScriptRuns()
    assert list(runs.configure([script(), script("gone")]))
    assert list(runs.ended(1, "no"))
    effects = list(runs.configure([script(fall=3), script("new")]))
    assert CancelTimer("script:gone") in effects
    assert of(effects, TrackChanged) == [
        TrackChanged("script:chk", Reading(False)),
        TrackChanged("script:new", Reading(True)),
    ]
    assert list(runs.ended(2, "late")) == []
    assert {each.name for each in runs.readings()} == {"script:chk", "script:new"}
    assert list(runs.configure([script(fall=3), script("new")])) == []


def test_whose_a_script_is() -> None:
    """`script_user` would do nothing, or take a script's own user away."""
    plain = Script(("/bin/true",))
    assert runnable(plain, "nobody", "") == Script(("/bin/true",), "nobody")
    assert runnable(Script(("/bin/true",), "www"), "nobody", "nogroup").user == "www"
    assert runnable(Script(("</run/x",)), "", "").arguments == ("/bin/sh", "-c", "</run/x")
