"""What the caller can do with links in memory, beyond the contract of engines."""

from standfast import messaging
from standfast.messaging import memory, quorum


def form(count: int = 3):
    voters = tuple(quorum.Voter(i, f"n{i}") for i in range(1, count + 1))
    links: list[memory.Link] = []
    network = memory.Network(quorum.Electorate(voters), links.append)
    logs: dict[int, list] = {}
    engines = {}
    for node in range(1, count + 1):
        network.power_on(node)
        engines[node] = network.engine(node)
        engines[node].start(logs.setdefault(node, []).append)
    move(network, links)
    return network, links, engines, logs


def move(network: memory.Network, links: list[memory.Link], *only: memory.Link) -> None:
    """Advance all that is under way, or only what is on these links."""
    while chosen := [link for link in links if not only or link in only]:
        links.remove(chosen[0])
        network.advance(chosen[0])


def payloads(log) -> list[tuple[int, bytes]]:
    return [(event.position, event.payload) for event in log if isinstance(event, messaging.Delivered)]


def up(node: int) -> memory.Link:
    return memory.Link(node, memory.Way.UP)


def down(node: int) -> memory.Link:
    return memory.Link(node, memory.Way.DOWN)


def test_links_move_at_the_callers_pace():
    """Broken, a simulated world could not put one node behind another."""
    network, links, engines, logs = form()
    engines[1].multicast(b"a")
    move(network, links, up(1), down(1))
    assert payloads(logs[1]) == [(1, b"a")]
    assert payloads(logs[2]) == []
    move(network, links)
    assert payloads(logs[2]) == [(1, b"a")]


def test_paused_node_is_a_member_and_hears_later():
    """Broken, a daemon that hangs would look like one that died."""
    network, links, engines, logs = form()
    network.pause(2)
    engines[1].multicast(b"a")
    move(network, links)
    assert payloads(logs[2]) == []
    assert payloads(logs[1]) == [(1, b"a")]
    network.resume(2)
    move(network, links)
    assert payloads(logs[2]) == [(1, b"a")]


def test_a_crash_takes_what_was_not_sent():
    """Broken, a dead node's last words would always arrive."""
    network, links, engines, logs = form()
    engines[1].multicast(b"a")
    engines[1].multicast(b"b")
    network.crash(1, sent=1)
    move(network, links)
    assert payloads(logs[2]) == payloads(logs[3]) == [(1, b"a")]


def test_message_can_be_lost_to_all_survivors_though_its_sender_had_it():
    """Broken, the simulator would never show that agreed order alone loses acknowledged changes."""
    network, links, engines, logs = form()
    engines[1].multicast(b"a")
    engines[1].multicast(b"b")
    move(network, links, up(1), down(1))
    assert network.unreceived({2, 3}) == 2
    network.lose({2, 3}, keep=1)
    network.power_off(1)
    move(network, links)
    assert payloads(logs[1]) == [(1, b"a"), (2, b"b")]
    assert payloads(logs[2]) == payloads(logs[3]) == [(1, b"a")]
    assert isinstance(logs[2][-1], messaging.RegularView)


def test_what_one_survivor_has_no_survivor_loses():
    """Broken, losing would break virtual synchrony, and the simulator find bugs that are not there."""
    network, links, engines, logs = form()
    engines[1].multicast(b"a")
    engines[1].multicast(b"b")
    move(network, links, up(1))
    network.advance(down(2))
    assert network.unreceived({2, 3}) == 1
    network.lose({2, 3}, keep=0)
    network.power_off(1)
    move(network, links)
    assert payloads(logs[2]) == payloads(logs[3]) == [(1, b"a")]


def test_what_the_survivors_sent_is_not_lost_and_closes_up():
    """Broken, a sender that stays would never hear its own message."""
    network, links, engines, logs = form()
    engines[1].multicast(b"a")
    move(network, links, up(1))
    engines[2].multicast(b"b")
    move(network, links, up(2))
    network.lose({2, 3}, keep=0)
    network.cut({1})
    move(network, links)
    assert payloads(logs[2]) == payloads(logs[3]) == [(1, b"b")]
    assert payloads(logs[1]) == [(1, b"a"), (2, b"b")]
    assert engines[2].backlog_bytes == 0


def test_second_engine_of_a_node_is_refused():
    """Broken, a binding that starts a daemon twice would not notice."""
    network, links, _, logs = form()
    second: list = []
    network.engine(1).start(second.append)
    move(network, links)
    assert [type(event) for event in second] == [messaging.EngineLost]
    assert logs[2][-1].members == {1, 2, 3}


def test_what_is_said_to_a_dead_sequencer_is_lost_with_it():
    """Broken, a message from before the sequencer's death would reach, and confuse, the next one."""
    network, links, engines, logs = form()
    network.restart()
    engines[1].multicast(b"into nowhere")
    move(network, links)
    assert [payload for log in logs.values() for _, payload in payloads(log)] == []
    assert logs[1][-1].members == {1, 2, 3}
    assert engines[1].backlog_bytes == 0
