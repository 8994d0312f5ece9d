"""Why a session is what it is."""

from __future__ import annotations

from typing import Any

from standfast.director import bfd
from standfast.director.bfd import events as ev
from standfast.director.bfd.explanation import diagnostic_text, headline, lines
from standfast.director.bfd.status import row

Driver = Any
State = bfd.State


def told(driver: Driver) -> list[str]:
    """Return what is said of the driver's session."""
    return lines(row(driver.session, driver.now_ns))


def test_a_session_that_is_up(driver: type[Driver]) -> None:
    """An operator would not know how soon a failure is noticed."""
    d = driver()
    d.come_up()
    assert headline(row(d.session, d.now_ns)) == "B with 10.79.0.2: Up, detection time 30 ms"
    d.now_ns += 7_000_000
    said = told(d)
    assert "  the neighbour says Up (no reason given), heard 7.0 ms ago" in said
    assert "  sends each 10 ms, less jitter" in said
    assert not any("!!" in line for line in said)


def test_what_keeps_it_from_being_up(driver: type[Driver]) -> None:
    """An operator would look for hours: each reason is another cure."""
    d = driver(passive=True)
    d.give(ev.Startup())
    assert told(d)[-1].startswith("  !! nothing was ever heard of it")
    assert told(d)[-1].endswith("being passive, we wait for it")
    d.hear(State.DOWN, ttl=64, your_discriminator=0)
    assert told(d)[-2] == "  dropped 1: TTL"
    assert "ttl (hoplimit)" in told(d)[-1]


def test_the_neighbour_s_doing(driver: type[Driver]) -> None:
    """What somebody did at the other end would be looked for here."""
    d = driver()
    d.come_up()
    d.hear(State.ADMIN_DOWN, diagnostic=7)
    assert told(d)[0] == "B with 10.79.0.2: Down (the other side said Down)"
    assert told(d)[1].startswith("  the neighbour says AdminDown (administratively down)")
    assert told(d)[-1] == "  !! it is held down there"
    d.give(ev.Disable())
    assert told(d)[-1] == "  !! it is held down here"


def test_a_neighbour_that_is_gone(driver: type[Driver]) -> None:
    """A dead neighbour would look like one that never was."""
    d = driver()
    d.come_up()
    while d.session.state is State.UP:
        d.fire(bfd.Timer.DETECT)
    assert told(d)[0].endswith("Down (nothing heard for the detection time)")
    assert told(d)[-1] == "  !! it is not heard any more"


def test_diagnostics_of_the_future() -> None:
    """A code that nobody knows yet would end the command."""
    assert diagnostic_text(1) == "nothing heard for the detection time"
    assert diagnostic_text(29) == "diagnostic 29"
