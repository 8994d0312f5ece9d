"""Our BFD with itself, with keepalived's and with FRR's: up, cut, healed, dead, stopped, asleep."""

from __future__ import annotations

import signal

import pytest
from rig.bfd_pair import Pair, Setting
from rig.namespaces import until

from standfast.director.bfd import Diagnostic, State

pytestmark = [pytest.mark.live, pytest.mark.slow]
LATE_MS_MAX = 1000
"""How late a speaker may be on a machine that does other things too; the bench measures how late it is."""
EVERY_PEER = pytest.mark.parametrize("peer", ["ours", "keepalived", "frr"], indirect=True)


def told(pair: Pair) -> str:
    return "".join(f"\n--- {node}\n{pair.log(node)[-2500:]}" for node in "ab")


def start(pair: Pair, peer: str, setting: Setting) -> None:
    pair.start("a", "ours", setting)
    pair.start("b", peer, setting)
    assert until(pair.settled), told(pair)


def expired_ms(pair: Pair, node: str, since: int) -> float | None:
    return pair.noticed_ms(node, since, Diagnostic.TIME_EXPIRED)


@pytest.mark.parametrize("family", [4, 6])
@EVERY_PEER
def test_a_cut_is_noticed_and_heals(pair: Pair, peer: str, family: int) -> None:
    """Traffic would go to a dead path, or a healed one would stay unused."""
    setting = Setting(family=family, hop_limit=255 if peer == "frr" else 64)
    start(pair, peer, setting)
    noticed_ms: list[float] = []
    for _ in range(8):  # a cut that meets a session which a busy machine has just lost shows nothing
        since = len(pair.sent)
        pair.cut()
        both = until(lambda since=since: expired_ms(pair, "a", since) and expired_ms(pair, "b", since), 3)
        noticed_ms += [expired_ms(pair, "a", since) or 0] if both else []
        pair.cut(False)
        assert until(pair.settled), told(pair)
        if len(noticed_ms) == 2:
            break
    late_ms = [each - setting.detection_ms for each in noticed_ms]
    assert len(late_ms) == 2, told(pair)
    assert -1 < min(late_ms) <= max(late_ms) < LATE_MS_MAX, told(pair)


@EVERY_PEER
def test_a_neighbour_that_died_comes_back(pair: Pair, peer: str) -> None:
    """A neighbour that begins anew, with another discriminator, would not be recognised."""
    setting = Setting()
    start(pair, peer, setting)
    pair.end("b", signal.SIGKILL)
    assert until(lambda: pair.says("a") is State.DOWN), told(pair)
    pair.start("b", peer, setting)
    assert until(pair.settled), told(pair)


@EVERY_PEER
def test_our_stop_is_told(pair: Pair, peer: str) -> None:
    """Whoever follows us would rely on a director that has ended until its detection time is over."""
    start(pair, peer, Setting(interval_ms=200, multiplier=50))
    since = len(pair.sent)
    pair.end("a")
    assert until(lambda: pair.noticed_ms("b", since, Diagnostic.NEIGHBOR_SIGNALED_DOWN)), told(pair)
    last = [seen.packet for seen in list(pair.sent) if seen.node == "a"][-1]
    assert (last.state, last.diagnostic) == (State.DOWN, Diagnostic.ADMINISTRATIVELY_DOWN)


@EVERY_PEER
def test_our_sleep(pair: Pair, peer: str) -> None:
    """After a pause of ours we would take a neighbour for dead that spoke all the while."""
    start(pair, peer, Setting(interval_ms=200))
    since = len(pair.sent)
    pair.signal("a", signal.SIGSTOP)
    assert until(lambda: expired_ms(pair, "b", since)), told(pair)
    pair.signal("a", signal.SIGCONT)
    assert until(lambda: "the neighbour says so" in pair.log("a")), told(pair)
    assert "nothing heard" not in pair.log("a"), told(pair)
    assert until(pair.settled), told(pair)
