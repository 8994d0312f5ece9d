"""The engine on real Corosyncs that are killed, stopped, flooded and fed with rubbish."""

import sys

import pytest

from standfast import messaging

pytestmark = [pytest.mark.live, pytest.mark.slow]

RUBBISH = """
import ctypes, os
from standfast.messaging.live import corosync_bindings as cs
lib, handle, name = cs.load(), cs.handle_t(), cs.CpgName(9, b"standfast")
model = cs.CpgModel(cs.CPG_MODEL_V1, cs.CpgDeliver(lambda *a: None), cs.CpgConfchg(lambda *a: None))
lib.call("cpg_model_initialize", ctypes.byref(handle), cs.CPG_MODEL_V1, ctypes.byref(model), None)
lib.call("cpg_join", handle, ctypes.byref(name))
for data in (b"", b"x", b"SF", b"SFw\\x07", b"SFc\\x01\\xff", os.urandom(2000)):
    vector = cs.Iovec(data, len(data))
    while lib.code("cpg_mcast_joined", handle, 2, ctypes.byref(vector), 1) == cs.TRY_AGAIN:
        pass
lib.call("cpg_leave", handle, ctypes.byref(name))
"""


def views(events: list) -> list[messaging.RegularView]:
    return [e for e in list(events) if isinstance(e, messaging.RegularView)]


def members(events: list) -> set[int]:
    last = [e for e in list(events) if isinstance(e, messaging.RegularView | messaging.EngineLost)]
    return set(last[-1].members) if last and isinstance(last[-1], messaging.RegularView) else set()


def payloads(events: list) -> list[bytes]:
    return [e.payload for e in list(events) if isinstance(e, messaging.Delivered)]


def test_a_killed_corosync_is_said_and_found_again(cluster):
    """Broken, a daemon would wait for ever on a Corosync that was restarted under it."""
    cluster.signal(2, "KILL")
    cluster.until(lambda: any(isinstance(e, messaging.EngineLost) for e in cluster.events[2]))
    cluster.until(lambda: members(cluster.events[1]) == members(cluster.events[3]) == {1, 3})
    cluster.world.start_again(2)
    cluster.until(lambda: all(members(cluster.events[n]) == {1, 2, 3} for n in (1, 2, 3)))
    cluster.engines[2].say(b"back")
    cluster.until(lambda: all(payloads(cluster.events[n]) == [b"back"] for n in (1, 2, 3)))
    sequences = [view.id.sequence for view in views(cluster.events[2])]
    assert sequences == sorted(set(sequences))


def test_a_stopped_corosync_goes_on(cluster):
    """Broken, a node that was paused would stay outside, or think that it had never left."""
    cluster.signal(2, "STOP")
    cluster.until(lambda: members(cluster.events[1]) == members(cluster.events[3]) == {1, 3})
    assert views(cluster.events[1])[-1].left == ((2, messaging.Why.NODE_DOWN),)
    cluster.engines[1].say(b"without 2")
    cluster.until(lambda: payloads(cluster.events[3]) == [b"without 2"])
    cluster.signal(2, "CONT")
    cluster.until(lambda: all(members(cluster.events[n]) == {1, 2, 3} for n in (1, 2, 3)))
    cluster.until(lambda: len({views(cluster.events[n])[-1].id for n in (1, 2, 3)}) == 1)
    assert not any(isinstance(e, messaging.EngineLost) for e in cluster.events[2])
    assert b"without 2" not in payloads(cluster.events[2])
    assert any({1, 3} <= view.joined for view in views(cluster.events[2])[1:]) or any(
        view.members == {2} for view in views(cluster.events[2])
    )


def test_a_stopped_daemon_lets_others_in(cluster):
    """Broken, one hanging daemon would keep every other node out of the cluster."""
    pid = cluster.lab.output("n2", "pgrep", "-f", "driver.py")[1].split()[0]
    cluster.lab.output("n2", "kill", "-STOP", pid)
    cluster.engines[3].crash()
    cluster.until(lambda: members(cluster.events[1]) == {1, 2})
    cluster.start(3)
    cluster.until(lambda: members(cluster.events[1]) == members(cluster.events[3]) == {1, 3})
    assert (2, messaging.Why.PROCESS_DOWN) in views(cluster.events[1])[-1].left
    cluster.lab.output("n2", "kill", "-CONT", pid)
    cluster.until(lambda: all(members(cluster.events[n]) == {1, 2, 3} for n in (1, 2, 3)))
    assert any(isinstance(e, messaging.EngineLost) for e in cluster.events[2])


def test_more_than_corosync_takes_waits_its_turn(cluster):
    """Broken, a burst would be lost, or turn a processor in circles."""
    burst = [b"%06d" % i + bytes(2000) for i in range(6000)]
    backlog = cluster.engines[1].say(*burst)
    assert backlog > 0
    large = bytes(8 << 20)
    cluster.engines[2].say(large)
    cluster.until(lambda: all(len(payloads(cluster.events[n])) == 6001 for n in (1, 2, 3)))
    assert [p for p in payloads(cluster.events[3]) if len(p) < 1 << 20] == burst
    assert payloads(cluster.events[1]) == payloads(cluster.events[2]) == payloads(cluster.events[3])
    assert cluster.engines[1].backlog_bytes == cluster.engines[2].backlog_bytes == 0


def test_rubbish_in_the_group_is_refused(cluster):
    """Broken, any program that may speak to Corosync could end all daemons."""
    code, said = cluster.lab.output("n3", sys.executable, "-c", RUBBISH)
    assert code == 0, said
    cluster.engines[1].say(b"still here")
    cluster.until(lambda: all(payloads(cluster.events[n]) == [b"still here"] for n in (1, 2, 3)))
    cluster.until(lambda: members(cluster.events[1]) == {1, 2, 3})
    assert "refused: from node 3" in cluster.driver_log(1)
