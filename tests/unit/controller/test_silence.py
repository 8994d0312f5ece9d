"""Members that hang."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, controller, messaging
from standfast.controller import Phase, messages, silence
from standfast.runtime import Now, SetTimer, TimerFired


@pytest.fixture
def cluster(make: Callable, words: type):
    first = words.document(words.primitive("vip", prefer="n2"), words.fence_device("n1", "n2", "n3"))
    return make(3, first)


def test_nobody_is_silent_in_a_quiet_cluster(cluster) -> None:
    """Idle nodes would be shot."""
    cluster.run(120_000)
    assert cluster.fence_calls == []
    assert not cluster["n1"].said("excluded")


def test_a_daemon_that_hangs_is_fenced_though_it_is_a_member(cluster) -> None:
    """A hung daemon's node would keep its resources unwatched for ever, and every join would wait for it."""
    cluster["n2"].pause()
    cluster.run(4_000)
    assert cluster.fence_calls == []
    cluster.run(5_000)
    assert [target for _, target in cluster.fence_calls] == ["n2"]
    assert cluster.where("vip") == ["n1"]


def test_a_dc_that_hangs_is_replaced(cluster) -> None:
    """Nobody would watch the one who watches."""
    cluster["n1"].pause()
    cluster.run(9_000)
    assert [target for _, target in cluster.fence_calls] == ["n1"]
    assert cluster["n2"].dc == "n2"


def test_a_short_hang_costs_nothing(cluster) -> None:
    """Each garbage collection or slow disk would cost a node."""
    cluster["n2"].pause()
    cluster.run(3_000)
    cluster["n2"].resume()
    cluster.run(10_000)
    assert cluster.fence_calls == []
    assert not cluster["n1"].said("excluded")


def test_who_hung_and_is_not_fenced_joins_anew(make: Callable, words: type) -> None:
    """It would go on with a state that the others have left behind."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster["n2"].pause()
    cluster.run(9_000)
    assert "n2" not in cluster["n1"].machine.members
    cluster["n2"].resume()
    cluster.run(1_000)
    assert cluster["n2"].machine.phase is Phase.SETTLED
    assert set(cluster["n1"].machine.members) == {"n1", "n2", "n3"}
    cluster.agree()


def test_a_joiner_that_hangs_holds_up_nobody(cluster) -> None:
    """A node that freezes while it joins would freeze the whole cluster."""
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n3"].paused = True
    cluster["n3"].power_on()
    cluster.run(2_000)
    assert cluster["n1"].machine.phase is Phase.INTRODUCING
    cluster.run(8_000)
    assert cluster["n1"].machine.phase is Phase.SETTLED
    assert cluster.where("vip") == ["n2"]
    assert cluster["n1"].machine.members == ("n1", "n2")


def test_who_hung_itself_excludes_nobody(cluster) -> None:
    """A node whose own process stood still would believe that all others did."""
    cluster["n2"].pause()
    cluster["n3"].pause()
    cluster.run(4_000)
    cluster["n2"].resume()
    cluster["n3"].resume()
    cluster.run(1_000)
    assert not cluster["n2"].said("excluded")
    assert len(cluster.alive) == 3


def test_a_member_that_was_excluded_does_not_end_the_round_that_excluded_it(words: type) -> None:
    """It would end a round that the others ended without it, and follow another DC than they do."""
    names = ("n1", "n2", "n3")
    machine = controller.Machine(1, "n1")
    seen = messaging.Quorum(True, 3, 3, 2)
    nodes = tuple(messaging.Node(i, name) for i, name in enumerate(names, 1))
    everybody = frozenset((1, 2, 3))
    view = messaging.RegularView(messaging.ViewId(9, 1), nodes, everybody, everybody, (), seen)
    own: list[bytes] = []

    def feed(event: controller.Event) -> None:
        own.extend(e.payload for e in machine.handle(event, Now(1000, 5000)) if isinstance(e, controller.Multicast))

    feed(controller.Loaded(words.document(), 3, "b", "life", members=names))
    feed(view)
    hellos = [
        messages.Hello((9, 1), 1, name, messages.Incarnation("b", name), messages.Copy(3, True, (0, 5, 0)))
        for name in ("n2", "n3")
    ]
    told = [(2, hellos[0]), (3, hellos[1]), (2, messages.Exclude((9, 1), 1, (1,)))]
    for position, (sender, message) in enumerate(told, 1):
        feed(messaging.Delivered(view.id, position, sender, messages.encode(message)))
    assert [type(messages.decode(payload)) for payload in own] == [messages.Hello, messages.Introduce]
    feed(messaging.Delivered(view.id, 4, 1, own[0]))
    assert machine.phase is Phase.INTRODUCING
    assert machine.dc == ""


class Member:
    """A machine in a view of so many, and the signs of life that it gives."""

    def __init__(self, number: int, of: int, document: cib.Document) -> None:
        self.number = number
        self.machine = controller.Machine(number, f"n{number}")
        nodes = tuple(messaging.Node(i, f"n{i}") for i in range(1, of + 1))
        everybody, quorum = frozenset(node.id for node in nodes), messaging.Quorum(True, of, of, of // 2 + 1)
        self.view = messaging.RegularView(messaging.ViewId(9, 1), nodes, everybody, everybody, (), quorum)
        self.position = 0
        self.timer = SetTimer("", 0, 0)
        self.signs(controller.Loaded(document, 2, "b", "life", members=tuple(node.name for node in nodes)))
        self.signs(self.view)

    def signs(self, event: controller.Event) -> int:
        """Return how many signs it gives when this happens."""
        told = self.machine.handle(event, Now(0, 5000))
        self.timer = next((e for e in told if isinstance(e, SetTimer) and e.name == silence.TIMER), self.timer)
        sent = [messages.decode(e.payload) for e in told if isinstance(e, controller.Multicast)]
        return sum(isinstance(message, messages.Ping) for message in sent)

    def by_itself(self) -> int:
        """Return how many signs it gives when its timer fires."""
        return self.signs(TimerFired(self.timer.name, self.timer.generation))

    def hears(self, sender: int) -> int:
        """Return how many signs it gives when it hears one, which may be its own."""
        self.position += 1
        return self.signs(messaging.Delivered(self.view.id, self.position, sender, messages.encode(messages.Ping())))


def test_while_the_engine_stands_still_one_sign_is_enough(words: type) -> None:
    """Signs that were saved up come back in one piece, and who had no time to answer in between would be shot."""
    member = Member(1, of=2, document=words.document())
    assert [member.by_itself() for _ in range(9)] == [1] + 8 * [0]
    member.hears(1)
    assert member.by_itself() == 1


def test_signs_are_given_together(words: type) -> None:
    """Each member by itself would wake an idle ring, which notices the later that one died the later it was woken."""
    member = Member(3, of=3, document=words.document())
    assert [member.hears(sender) for sender in (1, 2, 3)] == [1, 0, 0]
    assert [member.hears(sender) for sender in (1, 2, 3)] == [1, 0, 0]


def test_when_the_first_is_silent_the_second_is_answered(words: type) -> None:
    """Nobody would be answered while the first one hangs, or somebody only after its time."""
    member = Member(3, of=3, document=words.document())
    for _ in range(2):
        assert [member.by_itself(), member.hears(2), member.hears(3)] == [1, 0, 0]
    assert [member.hears(2), member.hears(3)] == [1, 0]
    assert [member.hears(1), member.hears(3), member.hears(2)] == [1, 0, 0]


def test_who_is_to_answer_waits_a_little_longer(words: type) -> None:
    """Both would give signs at their own times, as if nobody answered."""
    first, second = (Member(number, of=2, document=words.document()) for number in (1, 2))
    assert first.timer.delay_ms < second.timer.delay_ms <= 1.5 * first.timer.delay_ms
