"""Rings, groups and quorum joined into views, in a process group made of nothing but its order."""

import itertools
import random

import msgspec
import pytest

from standfast import messaging, runtime
from standfast.errors import LocalProtocolError
from standfast.messaging import cpg_events, cpg_frames
from standfast.messaging.cpg_events import Process, Reason, Ring
from standfast.messaging.ringing import GATHER_MS, Ringing

QUORATE = messaging.Quorum(True, 3, 3, 2)
ALONE = messaging.Quorum(False, 1, 3, 2)


class Daemon:
    """A machine, what it delivered, and what it has not yet handed to its Corosync."""

    def __init__(self, process: Process, **versions) -> None:
        self.process = process
        self.machine = Ringing(**versions)
        self.events: list[messaging.Event] = []
        self.refused: list[str] = []
        self.timer: runtime.SetTimer | None = None
        self.replies: list[bytes] = []  # said from within the next delivery
        self.sleeps = False
        self.inbox: list[cpg_events.Event] = []
        self.words: list[cpg_events.QuorumSaid] = []  # on the other descriptor, not yet read
        self.world: World

    def handle(self, event: cpg_events.Event) -> None:
        if self.sleeps:
            self.inbox.append(event)
            return
        self.do(self.machine.handle(event))

    def do(self, effects) -> None:
        for effect in effects:
            match effect:
                case cpg_events.DeliverMessages(messages):
                    for message in messages:
                        self.events.append(message)
                        replies, self.replies = self.replies, []
                        self.say(*replies)
                case cpg_events.Deliver(event):
                    self.events.append(event)
                case cpg_events.Transmit(frame):
                    self.world.sent.append((self.process, frame))
                case cpg_events.Refused(reason):
                    self.refused.append(reason)
                case runtime.SetTimer():
                    self.timer = effect
                case runtime.CancelTimer():
                    self.timer = None
        self.send()

    def read_words(self) -> None:
        words, self.words = self.words, []
        for word in words:
            self.handle(word)

    def wake(self) -> None:
        self.sleeps = False
        inbox, self.inbox = self.inbox, []
        for event in inbox:
            self.handle(event)

    def fire(self) -> None:
        assert self.timer is not None
        self.handle(runtime.TimerFired(self.timer.name, self.timer.generation))

    def say(self, *payloads: bytes) -> None:
        for payload in payloads:
            self.machine.cast(payload)
            self.send()

    def send(self) -> None:
        self.world.sent += [(self.process, b"".join(parts)) for parts in iter(self.machine.next_frame, None)]

    @property
    def views(self) -> list[messaging.RegularView]:
        return [e for e in self.events if isinstance(e, messaging.RegularView)]

    @property
    def view(self) -> messaging.RegularView:
        return self.views[-1]

    @property
    def payloads(self) -> list[bytes]:
        return [e.payload for e in self.events if isinstance(e, messaging.Delivered)]


class World:
    """One side of a network: who is in its group, in which ring."""

    rings = itertools.count(1)

    def __init__(self, *nodes: int) -> None:
        self.nodes = set(nodes)
        self.daemons: list[Daemon] = []
        self.sent: list[tuple[Process, bytes]] = []
        self.ring = self.new_ring()

    def new_ring(self) -> Ring:
        self.complete = False
        return Ring(next(self.rings) * 4, min(self.nodes))

    @property
    def members(self) -> frozenset[Process]:
        return frozenset(d.process for d in self.daemons)

    def all(self, event: cpg_events.Event) -> None:
        for daemon in list(self.daemons):
            daemon.handle(event)

    def join(self, node: int, pid: int = 100, early: bool = False, **versions) -> Daemon:
        """Let a daemon join the group within the ring. `early`: it was connected when the ring formed."""
        self.come_to_word()
        daemon = Daemon(Process(node, pid), **versions)
        daemon.world = self
        daemon.handle(cpg_events.Connected(daemon.process))
        if early:
            daemon.handle(cpg_events.RingFormed(self.ring))
        self.daemons.append(daemon)
        self.all(cpg_events.GroupChanged(self.members, joined=((daemon.process, Reason.JOIN),)))
        daemon.handle(cpg_events.RingFormed(self.ring))
        daemon.handle(self.word())
        return daemon

    def word(self, quorum: messaging.Quorum | None = None) -> cpg_events.QuorumSaid:
        nodes = tuple(messaging.Node(n, f"n{n}") for n in sorted(self.nodes))
        total = len(self.nodes)
        return cpg_events.QuorumSaid(self.ring, nodes, quorum or messaging.Quorum(total > 1, total, 3, 2))

    def come_to_word(self) -> None:
        """Let all services come to the ring: only then somebody can send, or join, or is seen to leave."""
        if not self.complete:
            self.complete = True
            for daemon in self.daemons:
                daemon.words.append(self.word())

    def vote(self) -> None:
        self.come_to_word()
        for daemon in self.daemons:
            daemon.read_words()

    def leave(self, daemon: Daemon, reason: Reason = Reason.PROCESS_DOWN) -> None:
        self.come_to_word()
        self.daemons.remove(daemon)
        self.sent = [(p, f) for p, f in self.sent if p != daemon.process]
        self.all(cpg_events.GroupChanged(self.members, left=((daemon.process, reason),)))

    def lose(self, *nodes: int) -> None:
        """Let nodes fall out: a new ring of the rest."""
        gone = [d for d in self.daemons if d.process.node_id in nodes]
        self.nodes -= set(nodes)
        self.daemons = [d for d in self.daemons if d not in gone]
        self.sent = [(p, f) for p, f in self.sent if p.node_id not in nodes]
        self.ring = self.new_ring()
        if gone:
            left = tuple((d.process, Reason.NODE_DOWN) for d in gone)
            self.all(cpg_events.GroupChanged(self.members, left=left))
        self.all(cpg_events.RingFormed(self.ring))

    def split(self, *nodes: int) -> "World":
        """Cut these nodes off, and return their side."""
        other = World(*nodes)
        other.daemons = [d for d in self.daemons if d.process.node_id in nodes]
        other.sent = [(p, f) for p, f in self.sent if p.node_id in nodes]
        stayed = [d for d in self.daemons if d not in other.daemons]
        for daemon in other.daemons:
            daemon.world = other
        self.lose(*nodes)
        if stayed:
            left = tuple((d.process, Reason.NODE_DOWN) for d in stayed)
            other.all(cpg_events.GroupChanged(other.members, left=left))
        other.all(cpg_events.RingFormed(other.ring))
        return other

    def merge(self, other: "World") -> None:
        """Become one ring with another side."""
        ours, theirs = list(self.daemons), list(other.daemons)
        self.nodes |= other.nodes
        self.daemons = ours + theirs
        self.sent += other.sent
        self.ring = self.new_ring()
        for side, strangers in ((ours, theirs), (theirs, ours)):
            for daemon in side:
                daemon.world = self
                known = {d.process for d in side}
                for stranger in strangers:  # CPG tells them one by one
                    known.add(stranger.process)
                    joined = ((stranger.process, Reason.NODE_UP),)
                    daemon.handle(cpg_events.GroupChanged(frozenset(known), joined=joined))
                daemon.handle(cpg_events.RingFormed(self.ring))

    def run(self) -> None:
        """Carry what was sent to all, until nothing is left."""
        while self.sent:
            self.step()

    def step(self) -> None:
        self.come_to_word()
        sender, frame = self.sent.pop(0)
        self.all(cpg_events.Received(sender, frame))


def three() -> tuple[World, list[Daemon]]:
    world = World(1, 2, 3)
    daemons = [world.join(n) for n in (1, 2, 3)]
    world.run()
    return world, daemons


def test_daemons_of_one_ring_come_to_one_view():
    """Broken, the members could not talk of the same view."""
    _, daemons = three()
    assert {d.view.id for d in daemons} == {daemons[0].view.id}
    assert daemons[0].view.members == {1, 2, 3}
    assert daemons[2].views[0].joined == {1, 2, 3}
    assert daemons[0].view.nodes[2] == messaging.Node(3, "n3")


def test_who_is_told_of_the_ring_twice_has_the_same_view():
    """A daemon that connects to Corosync while its ring forms would be alone in a view of its own for ever."""
    world = World(1, 2, 3)
    daemons = [world.join(1), world.join(2), world.join(3, early=True)]
    world.run()
    assert {d.view.id for d in daemons} == {daemons[0].view.id}
    assert daemons[0].view.members == {1, 2, 3}


def test_no_view_before_votequorum_named_the_ring():
    """Broken, a view would carry the quorum of a ring that is gone: a lone node would act as if quorate."""
    world, (first, second, _) = three()
    before = len(first.events)
    world.lose(3)
    first.say(b"after the ring")
    world.run()
    assert len(first.events) == before
    world.vote()
    assert first.view.left == ((3, messaging.Why.NODE_DOWN),)
    assert first.view.quorum.total_votes == 2
    assert isinstance(first.events[-1], messaging.Delivered)
    assert first.events[-1].view == first.view.id
    assert first.events[before:] == second.events[before - len(first.events) :]


def test_votequorum_may_be_first():
    """Broken, a view whose quorum came early would never be delivered."""
    world, (first, _, third) = three()
    world.nodes.discard(3)
    world.daemons.remove(third)
    world.ring = world.new_ring()
    world.vote()
    world.all(cpg_events.GroupChanged(world.members, left=((third.process, Reason.NODE_DOWN),)))
    world.all(cpg_events.RingFormed(world.ring))
    assert first.view.members == {1, 2}


def test_a_ring_that_broke_before_its_word_is_passed_over():
    """Broken, two failures in a row would leave a daemon without a view for ever."""
    world, (first, *_) = three()
    world.lose(3)
    world.lose(2)
    assert first.view.members == {1, 2, 3}
    world.vote()
    assert first.view.members == {1}
    assert dict(first.view.left) == {2: messaging.Why.NODE_DOWN, 3: messaging.Why.NODE_DOWN}
    assert not first.view.quorum.quorate


@pytest.mark.parametrize(
    ("reason", "why"),
    [
        (Reason.LEAVE, messaging.Why.LEFT),
        (Reason.PROCESS_DOWN, messaging.Why.PROCESS_DOWN),
        (Reason.UNDEFINED, messaging.Why.PROCESS_DOWN),
    ],
)
def test_a_loss_is_a_view_at_once_with_its_reason(reason, why):
    """Broken, a clean stop would be fenced, or a death be noticed late."""
    world, (first, second, third) = three()
    world.leave(third, reason)
    *_, transitional, view = first.events
    assert transitional == messaging.TransitionalView(frozenset({1, 2}))
    assert view.left == ((3, why),)
    assert [n.id for n in view.nodes] == [1, 2, 3]
    assert view.id == second.view.id


def test_sides_merge_into_one_view():
    """Broken, a healed network would leave views that differ."""
    world, (first, second, third) = three()
    other = world.split(3)
    world.vote()
    other.vote()
    assert not third.view.quorum.quorate
    first.say(b"with two")
    world.merge(other)
    world.vote()
    assert third.view.members == {3}  # nobody is quorate before all have answered
    world.run()
    assert {d.view.id for d in (first, second, third)} == {first.view.id}
    assert first.view.joined == {3}
    assert third.view.joined == {1, 2}
    assert all(d.view.quorum.quorate for d in (first, second, third))
    assert b"with two" not in third.payloads


def test_who_went_and_came_back_in_one_ring_is_shown_missing_first():
    """Broken, a daemon that lost its state would be taken for the one that had it."""
    world, (first, second, third) = three()
    back = World(3)
    back.daemons = [third]
    world.daemons.remove(third)
    world.nodes.discard(3)
    world.ring = world.new_ring()
    for daemon in (first, second):
        daemon.handle(cpg_events.GroupChanged(world.members, left=((third.process, Reason.NODE_DOWN),)))
    left = tuple((d.process, Reason.NODE_DOWN) for d in (first, second))
    third.handle(cpg_events.GroupChanged(frozenset({third.process}), left=left))
    world.merge(back)
    world.vote()
    world.run()
    missing, again = first.views[-2:]
    assert missing.left == ((3, messaging.Why.NODE_DOWN),)
    assert not missing.quorum.quorate
    assert again.joined == {3}
    assert again.quorum.quorate
    assert third.views[-2].members == {3}
    assert third.view.joined == {1, 2}
    assert {d.view.id for d in (first, second, third)} == {again.id}


def test_a_sleeping_daemon_holds_a_joiner_up_for_a_second_only():
    """Broken, one stopped process would keep every other node out of the cluster."""
    world, (first, second, third) = three()
    third.sleeps = True
    world.leave(second)
    fresh = world.join(2, pid=200)
    world.run()
    assert fresh.views == []
    assert first.timer is not None
    assert first.timer.delay_ms == GATHER_MS
    first.fire()
    world.run()
    assert first.view.members == fresh.view.members == {1, 2}
    assert (3, messaging.Why.PROCESS_DOWN) in first.view.left
    third.wake()
    world.run()
    assert any(isinstance(e, messaging.EngineLost) for e in third.events)
    assert {d.view.id for d in world.daemons} == {first.view.id}
    assert first.view.members == third.view.joined == {1, 2, 3}


def test_a_message_of_many_fragments_survives_a_joiner():
    """Broken, a joiner would miss a message that the others delivered in its view, and their documents would differ."""
    world = World(1, 2)
    first = world.join(1)
    world.run()
    large = random.Random(1).randbytes(5 * cpg_frames.FRAGMENT_BYTES + 17)
    second = world.join(2)
    answer = world.sent.pop()
    assert answer[0] == second.process
    first.say(b"before", large, b"after")
    world.sent.insert(4, answer)  # the joiner's view is in the midst of the message
    world.run()
    assert second.payloads == [large, b"after"]
    assert first.payloads == [b"before", large, b"after"]
    assert first.machine.backlog_bytes == 0
    assert [e.position for e in second.events if isinstance(e, messaging.Delivered)] == [1, 2]


def test_what_is_said_within_a_delivery_comes_after_what_waited():
    """Broken, a controller that answers a long message would overtake what it had said before."""
    world, (first, second, _) = three()
    large = bytes(2 * cpg_frames.FRAGMENT_BYTES)
    first.replies = [b"answer"]
    first.say(large, b"waited")
    world.run()
    assert first.payloads == second.payloads == [large, b"waited", b"answer"]
    assert first.machine.backlog_bytes == 0


def test_a_message_of_many_fragments_survives_a_loss():
    """Broken, a death during a snapshot would tear the snapshot."""
    world, (first, second, _) = three()
    large = bytes(3 * cpg_frames.FRAGMENT_BYTES)
    first.say(large)
    sender, frame = world.sent.pop(0)
    world.all(cpg_events.Received(sender, frame))
    world.lose(3)
    world.vote()
    world.run()
    assert second.payloads == first.payloads == [large]


def test_other_versions_do_not_get_in():
    """Broken, a node with another software would be fed what it cannot read."""
    world, (first, *_) = three()
    stranger = world.join(4, version_min=7, version_max=8)
    world.run()
    assert first.view.members == {1, 2, 3}
    assert stranger.views == []
    assert "versions 7 to 8" in first.refused[-1]
    assert "install the same" in stranger.refused[-1]
    with pytest.raises(LocalProtocolError):
        stranger.say(b"x")


def test_a_newer_one_that_speaks_the_old_version_gets_in():
    """Broken, a rolling upgrade would not be possible."""
    world, (first, *_) = three()
    world.join(4, version_min=1, version_max=2)
    world.run()
    assert first.view.members == {1, 2, 3, 4}


def test_a_second_daemon_of_a_node_does_not_get_in():
    """Broken, two daemons would run one node's resources."""
    world, (first, *_) = three()
    twin = world.join(3, pid=999)
    world.run()
    assert twin.views == []
    assert "has a daemon" in twin.refused[-1]
    assert first.view.members == {1, 2, 3}


def test_rubbish_is_refused_and_the_rest_goes_on():
    """Broken, one peer's bytes would end a daemon."""
    world, (first, second, third) = three()
    rng = random.Random(2)
    for length in range(60):
        world.sent.append((third.process, rng.randbytes(length)))
        world.sent.append((third.process, b"SF" + rng.randbytes(length)))
        world.sent.append((third.process, b"SFc\x01" + rng.randbytes(length)))
    second.say(b"still here")
    world.run()
    assert first.payloads[-1] == b"still here"
    assert first.payloads == second.payloads
    assert any("node 3" in reason for reason in first.refused)


def test_votes_change_within_a_view():
    """Broken, an operator's expected votes would not reach the controller."""
    world, (first, *_) = three()
    changed = msgspec.structs.replace(QUORATE, expected_votes=2)
    world.all(world.word(changed))
    assert first.events[-1] == messaging.QuorumChanged(changed)
    world.all(world.word(changed))
    assert first.events.count(messaging.QuorumChanged(changed)) == 1


def test_lost_and_found():
    """Broken, a restart of Corosync would leave a daemon deaf, or give two views one number."""
    _, (first, *_) = three()
    last = first.view.id
    first.say(b"never comes back")
    first.handle(cpg_events.Lost("killed"))
    assert first.events[-1] == messaging.EngineLost("killed")
    assert first.machine.backlog_bytes == 0
    alone = World(1)
    first.world = alone
    first.handle(cpg_events.Connected(Process(1, 100)))
    alone.daemons = [first]
    alone.all(cpg_events.GroupChanged(alone.members, joined=((first.process, Reason.JOIN),)))
    alone.all(cpg_events.RingFormed(alone.ring))
    alone.vote()
    alone.run()
    assert first.view.joined == {1}
    assert first.view.id.sequence > last.sequence


def test_a_death_during_a_gathering_is_a_view_at_once():
    """Broken, a hanging daemon would hold back the fencing of a dead node."""
    world, (first, second, third) = three()
    second.sleeps = True
    world.nodes.add(4)
    world.join(4)
    world.run()
    assert first.view.members == {1, 2, 3}
    world.lose(3)
    world.vote()
    assert first.view.left == ((3, messaging.Why.NODE_DOWN),)
    assert first.view.quorum.quorate
    second.wake()
    world.run()
    assert first.view.members == {1, 2, 4}
    assert_one_history([first, second, third])


def test_a_minority_is_not_quorate_before_a_merge_is_done():
    """Broken, a healed minority would act against the majority for a moment: two nodes would run one service."""
    world = World(1, 2, 3, 4, 5)
    daemons = [world.join(n) for n in (1, 2, 3, 4, 5)]
    world.run()
    other = world.split(4, 5)
    other.all(other.word(ALONE))
    world.vote()
    world.merge(other)
    world.vote()
    fourth, fifth = daemons[3:]
    world.leave(fifth)
    assert fourth.view.members == {4}
    assert not fourth.view.quorum.quorate
    world.all(world.word(QUORATE))
    assert not any(isinstance(e, messaging.QuorumChanged) for e in fourth.events)
    world.run()
    assert fourth.view.members == {1, 2, 3, 4}
    assert fourth.view.quorum.quorate
    assert_one_history(daemons)


@pytest.mark.parametrize("seed", range(80))
def test_any_order_of_words_gives_members_one_history(seed):
    """Broken, two members that go through the same views would deliver different things in them."""
    rng = random.Random(seed)
    world = World(1, 2, 3, 4)
    daemons = [world.join(n, early=rng.random() < 0.5) for n in (1, 2, 3, 4)]
    sides = [world]
    for number in range(60):
        act(rng, rng.choice(sides), sides, daemons, number)
    for side in sides:
        for daemon in side.daemons:
            daemon.read_words()
            daemon.wake()
    while len(sides) > 1:
        sides[0].merge(sides.pop())
    world = sides[0]
    world.vote()
    world.run()
    assert_one_history(daemons)
    assert len({d.view.id for d in world.daemons}) == 1
    assert world.daemons[0].view.members == {d.process.node_id for d in world.daemons}


def act(rng: random.Random, world: World, sides: list[World], daemons: list[Daemon], number: int) -> None:
    """Let something happen on one side of a network."""
    match rng.randrange(11):
        case 0 if len(world.daemons) > 1:
            world.leave(rng.choice(world.daemons[1:]))
        case 1 if len(world.nodes) > 2 and len(sides) < 3:
            sides.append(world.split(*rng.sample(sorted(world.nodes), rng.randrange(1, len(world.nodes)))))
        case 2 if len(sides) > 1:
            sides.remove(world)
            sides[0].merge(world)
        case 3:
            free = sorted(world.nodes - {d.process.node_id for d in world.daemons})
            daemons += [world.join(n, pid=1000 + len(daemons), early=rng.random() < 0.5) for n in free[:1]]
        case 4:
            world.vote()
        case 5 if world.daemons:
            rng.choice(world.daemons).read_words()
        case 6:
            world.run()
        case 7:
            for _ in range(min(3, len(world.sent))):
                world.step()
        case 8 if world.daemons:
            daemon = rng.choice(world.daemons)
            daemon.wake() if daemon.sleeps else setattr(daemon, "sleeps", True)
        case 9 if world.daemons:
            daemon = rng.choice(world.daemons)
            if daemon.timer is not None:
                daemon.fire()
        case _ if world.daemons:
            speaker = rng.choice(world.daemons)
            if speaker.machine.view is not None and not speaker.sleeps:
                size = rng.choice((1, cpg_frames.FRAGMENT_BYTES))
                speaker.say(number.to_bytes(3, "big") * size)


def assert_one_history(daemons: list[Daemon]) -> None:
    """Members of two consecutive views delivered the same in the first, and agree on who was in it."""
    known: dict[messaging.ViewId, frozenset[int]] = {}
    between: dict[tuple[messaging.ViewId, messaging.ViewId], list[bytes]] = {}
    for daemon in daemons:
        views: list[tuple[messaging.RegularView, list[bytes]]] = []
        for event in daemon.events:
            if isinstance(event, messaging.RegularView):
                views.append((event, []))
                assert known.setdefault(event.id, event.members) == event.members
            elif isinstance(event, messaging.Delivered):
                views[-1][1].append(event.payload)
        for (view, payloads), (later, _) in itertools.pairwise(views):
            assert view.id < later.id
            assert between.setdefault((view.id, later.id), payloads) == payloads
