"""Which processes are counted, and when there are enough."""

from __future__ import annotations

from typing import Any

import pytest

from standfast.director.vrrp.events import TrackChanged
from standfast.director.vrrp.process_watch import ProcessWatch, matches
from standfast.director.vrrp.tracked_things import Parameters, TrackProcess
from standfast.director.vrrp.tracking import Reading
from standfast.runtime import CancelTimer, SetTimer

UP, DOWN = TrackChanged("process:p", Reading(True)), TrackChanged("process:p", Reading(False))


def of(effects: Any, kind: type) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]


@pytest.mark.parametrize(
    ("wanted", "command", "expected"),
    [
        (TrackProcess("p", "nginx"), ("/usr/sbin/nginx", "-g"), True),
        (TrackProcess("p", "nginx-with-a-long-name"), (), False),
        (TrackProcess("p", "ngin"), (), False),
        (TrackProcess("p", "/usr/sbin/nginx", full_command=True), ("/usr/sbin/nginx", "-g"), True),
        (TrackProcess("p", "nginx", full_command=True), ("/usr/sbin/nginx",), False),
        (TrackProcess("p", "n", ("-g",), Parameters.EXACT), ("n", "-g"), True),
        (TrackProcess("p", "n", ("-g",), Parameters.EXACT), ("n", "-g", "x"), False),
        (TrackProcess("p", "n", (), Parameters.EXACT), ("n", "x"), False),
        (TrackProcess("p", "n", ("-g",), Parameters.PARTIAL), ("n", "-g", "x"), True),
        (TrackProcess("p", "n", ("-g",), Parameters.PARTIAL), ("n",), False),
        (TrackProcess("p", "n", ("-g", "da"), Parameters.INITIAL), ("n", "-g", "daemon"), True),
        (TrackProcess("p", "n", ("-g", "da"), Parameters.INITIAL), ("n", "-h", "daemon"), False),
        (TrackProcess("p", "n", (), Parameters.INITIAL), ("n", "-h"), True),
        (TrackProcess("p", "n", full_command=True), (), False),
    ],
)
def test_matches(wanted: TrackProcess, command: tuple[str, ...], expected: bool) -> None:
    """Another program would keep the addresses here."""
    assert matches(wanted, "nginx", command) is expected


def test_a_long_name_is_cut_as_the_kernel_cuts_it() -> None:
    """A program with a name of more than 15 characters would never be seen."""
    assert matches(TrackProcess("p", "a-name-of-more-than-15"), "a-name-of-more-", ())


def test_quorum_is_gained_and_lost() -> None:
    """A router would stay Active without its service, or FAULT with it."""
    watch = ProcessWatch()
    watch.configure([TrackProcess("p", "n", quorum=2, quorum_max=3)])
    assert watch.names_only
    assert DOWN in list(watch.looked([(10, "n", ()), (11, "x", ())]))
    assert UP in list(watch.seen(12, "n", ()))
    assert list(watch.seen(13, "n", ())) == []
    assert list(watch.seen(13, "n", ())) == []
    assert DOWN in list(watch.seen(14, "n", ()))
    assert UP in list(watch.gone(14))
    assert list(watch.gone(99)) == []
    assert list(watch.seen(10, "other", ())) == []
    assert DOWN in list(watch.seen(12, "other", ()))


def test_a_maximum_of_none() -> None:
    """`quorum_max 0`: what must not run would do no harm."""
    watch = ProcessWatch()
    watch.configure([TrackProcess("p", "n", quorum=0, quorum_max=0)])
    assert UP in list(watch.looked([]))
    assert DOWN in list(watch.seen(5, "n", ()))


def test_a_restart_within_the_delay_is_no_loss() -> None:
    """A reload of the service would move the addresses."""
    watch = ProcessWatch()
    watch.configure([TrackProcess("p", "n", terminate_delay_ms=500, fork_delay_ms=200)])
    assert UP in list(watch.looked([(10, "n", ())]))
    (timer,) = of(watch.gone(10), SetTimer)
    assert timer.delay_ms == 500
    assert of(watch.seen(11, "n", ()), CancelTimer) == [CancelTimer("process:p")]
    assert list(watch.waited("p", timer.generation)) == []
    (timer,) = of(watch.gone(11), SetTimer)
    assert DOWN in list(watch.waited("p", timer.generation))
    (timer,) = of(watch.seen(12, "n", (), forked=True), SetTimer)
    assert timer.delay_ms == 200
    assert UP in list(watch.waited("p", timer.generation))


def test_a_program_that_begins_counts_at_once() -> None:
    """`fork_delay` would also delay the return of a service."""
    watch = ProcessWatch()
    watch.configure([TrackProcess("p", "n", terminate_delay_ms=500, fork_delay_ms=200)])
    assert DOWN in list(watch.looked([]))
    assert list(watch.seen(11, "sh", (), forked=True)) == []
    assert UP in list(watch.seen(11, "n", ()))
    assert DOWN in list(watch.seen(11, "other", ()))
