"""Links under virtual time."""

from random import Random

from standfast import messaging
from standfast.sim.clock import Clock
from standfast.sim.wires import Wires


def form(seed: int):
    clock = Clock()
    electorate = messaging.Electorate(tuple(messaging.Voter(i, f"n{i}") for i in (1, 2, 3)))
    wires = Wires(clock, Random(seed), electorate)
    logs: dict[int, list] = {1: [], 2: [], 3: []}
    engines = {}
    for node, log in logs.items():
        wires.network.power_on(node)
        engines[node] = wires.network.engine(node)
        engines[node].start(log.append)
    while clock.step():
        pass
    return clock, wires, engines, logs


def payloads(log) -> list[bytes]:
    return [event.payload for event in log if isinstance(event, messaging.Delivered)]


def test_survivors_agree_whatever_is_lost():
    """Broken, the simulator would break virtual synchrony by itself."""
    lost = 0
    for seed in range(60):
        clock, wires, engines, logs = form(seed)
        for number in range(5):
            engines[1].multicast(b"a%d" % number)
            engines[2].multicast(b"b%d" % number)
        for _ in range(Random(seed).randint(0, 30)):
            clock.step()
        wires.power_off(1)
        while clock.step():
            pass
        assert payloads(logs[2]) == payloads(logs[3])
        assert [p for p in payloads(logs[2]) if p.startswith(b"b")] == [b"b%d" % n for n in range(5)]
        assert logs[2][-1].members == {2, 3}
        lost += len(set(payloads(logs[1])) - set(payloads(logs[2])))
    assert lost > 0


def test_slow_node_hears_late():
    """Broken, delays would not be tested."""
    clock, wires, engines, logs = form(1)
    wires.slow[3] = 100_000
    engines[1].multicast(b"x")
    while not payloads(logs[2]):
        clock.step()
    assert payloads(logs[3]) == []
    while clock.step():
        pass
    assert payloads(logs[3]) == [b"x"]


def test_sequencer_comes_back_with_one_view_of_all():
    """Broken, each restart would look like the loss of nodes."""
    clock, wires, _, logs = form(1)
    wires.network.restart()
    before = [len(log) for log in logs.values()]
    while clock.step():
        pass
    news = [log[count:] for log, count in zip(logs.values(), before, strict=True)]
    for lost, view in news:
        assert isinstance(lost, messaging.EngineLost)
        assert view.members == {1, 2, 3}
