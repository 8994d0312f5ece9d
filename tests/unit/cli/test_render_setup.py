"""Set-ups and findings as an operator reads them."""

from __future__ import annotations

from standfast.cli import render_setup
from standfast.cli.style import PLAIN
from standfast.director import setup
from standfast.director.setup import Held, Method
from standfast.errors import Severity


def test_a_plan() -> None:
    """If this failed, an operator could not see what would be done."""
    steps = [setup.SetSysctl("net/ipv4/conf/eth0.5/arp_ignore", "1"), setup.RemoveAddress("10.0.0.9/32", "lo")]
    assert render_setup.plan(steps, PLAIN).splitlines() == [
        "2 steps:",
        "  set net.ipv4.conf.eth0/5.arp_ignore = 1",
        "  remove 10.0.0.9/32 from lo",
    ]
    assert render_setup.plan([], PLAIN) == "Nothing would be done."


def test_what_stands_and_what_is_missing() -> None:
    """If this failed, a set-up that somebody broke would look whole."""
    wish = setup.RealServerWish(Method.DIRECT, ("10.0.0.9",))
    facts = setup.Facts(addresses=(Held("10.0.0.9/32", "lo"),))
    required = [setup.LinkUp("lo"), setup.AddAddress("10.0.0.9/32", "lo"), setup.LoadModule("ip_vs")]
    assert render_setup.standing(wish, required, facts, PLAIN).splitlines() == [
        "DR for 10.0.0.9",
        "  missing  lo up",
        "  is so    10.0.0.9/32 on lo",
        "  missing  module ip_vs",
    ]
    assert render_setup.fact(setup.AddTunnel()) == "tunnel device tunl0"
    assert render_setup.fact(setup.SetSysctl("net/ipv4/ip_forward", "1")) == "net.ipv4.ip_forward = 1"


def test_findings() -> None:
    """If this failed, a mistake would be told without its reason or its cure."""
    one = setup.Finding("director.x", Severity.ERROR, "web1", "is wrong", "it hurts", "do this")
    assert render_setup.findings([one], PLAIN).splitlines() == [
        "error: web1: is wrong [director.x]",
        "  why:  it hurts",
        "  cure: do this",
    ]
    assert render_setup.findings([], PLAIN) == "Nothing is wrong."
