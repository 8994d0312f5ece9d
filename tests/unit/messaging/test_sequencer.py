"""The sequencer's own decisions; what engines promise is in tests/contract."""

from standfast import messaging
from standfast.messaging import quorum, sequencer_events
from standfast.messaging.sequencer import Sequencer, Settings
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired

NOW = Now(0, 0)


def machine(count: int = 3, **settings) -> Sequencer:
    voters = tuple(quorum.Voter(i, f"n{i}") for i in range(1, count + 1))
    return Sequencer(quorum.Electorate(voters), Settings(**settings))


def feed(made: Sequencer, *events) -> list:
    return [effect for event in events for effect in made.handle(event, NOW)]


def views(effects) -> list[messaging.RegularView]:
    return [
        effect.event
        for effect in effects
        if isinstance(effect, sequencer_events.Send) and isinstance(effect.event, messaging.RegularView)
    ]


def refusals(effects) -> list[tuple[int, str]]:
    return [(e.connection, e.reason) for e in effects if isinstance(e, sequencer_events.Refuse)]


def test_second_daemon_under_one_id_is_refused():
    """Broken, two daemons would speak for one node."""
    made = machine()
    feed(made, sequencer_events.Joined(10, 1))
    assert refusals(feed(made, sequencer_events.Joined(11, 1))) == [(11, "node 1 has a daemon in the group already")]
    assert feed(made, sequencer_events.Closed(11)) == []
    assert len(made.status()) == 1


def test_strangers_are_refused():
    """Broken, a node that nobody configured would count."""
    found = refusals(feed(machine(), sequencer_events.Joined(10, 9), sequencer_events.Anchored(11, 8)))
    assert [connection for connection, _ in found] == [10, 11]


def test_daemon_of_a_node_that_is_down_is_refused():
    """Broken, a process that outlived its fenced node would come back in its name."""
    made = machine()
    feed(made, sequencer_events.Anchored(1, 1), sequencer_events.Joined(10, 1), sequencer_events.Closed(1))
    assert refusals(feed(made, sequencer_events.Joined(12, 1)))[0][0] == 12


def test_anchor_takes_its_daemon_along_in_one_view():
    """Broken, a dead node would first look like a dead daemon, and its recovery wait for the daemon's return."""
    made = machine()
    feed(made, *(sequencer_events.Anchored(i, i) for i in (1, 2, 3)))
    feed(made, *(sequencer_events.Joined(10 + i, i) for i in (1, 2, 3)))
    effects = feed(made, sequencer_events.Closed(3))
    assert {view.left for view in views(effects)} == {((3, messaging.Why.NODE_DOWN),)}
    assert refusals(effects)[0][0] == 13


def test_node_without_an_anchor_is_what_its_daemon_is():
    """Broken, the simplest set-up (daemons only) would never see a node down."""
    made = machine()
    feed(made, *(sequencer_events.Joined(10 + i, i) for i in (1, 2, 3)))
    effects = feed(made, sequencer_events.Closed(13))
    assert {view.left for view in views(effects)} == {((3, messaging.Why.NODE_DOWN),)}


def test_message_from_outside_of_a_view_closes_its_connection():
    """Broken, a confused peer could speak without being heard, or kill the sequencer."""
    made = machine()
    assert refusals(feed(made, sequencer_events.Cast(99, b"x")))[0][0] == 99


def test_gathering_ends_when_all_are_there():
    """Broken, every restart of the sequencer would cost the whole patience."""
    made = machine(2, gather_ms=1000)
    assert feed(made, sequencer_events.Started()) == [SetTimer("gather", 1, 1000)]
    assert feed(made, sequencer_events.Joined(11, 1)) == []
    effects = feed(made, sequencer_events.Joined(12, 2))
    assert effects[0] == CancelTimer("gather")
    assert {view.members for view in views(effects)} == {frozenset({1, 2})}


def test_gathering_ends_with_patience():
    """Broken, one dead node would keep a restarted sequencer's cluster without a view."""
    made = machine(2, gather_ms=1000)
    feed(made, sequencer_events.Started(), sequencer_events.Joined(11, 1))
    assert [view.members for view in views(feed(made, TimerFired("gather", 1)))] == [{1}]
    assert feed(made, TimerFired("gather", 1)) == []


def test_views_grow_beyond_what_any_joiner_has_seen():
    """Broken, a restarted sequencer would reuse view numbers."""
    made = machine()
    effects = feed(made, sequencer_events.Joined(10, 1, last_sequence=77))
    assert views(effects)[0].id.sequence == 78


def test_slow_reader_holds_senders_and_then_is_dropped():
    """Broken, a paused daemon would eat the sequencer's memory, or hold the cluster for ever."""
    made = machine(2, slow_reader_ms=500)
    feed(made, sequencer_events.Joined(11, 1), sequencer_events.Joined(12, 2))
    hold, timer = feed(made, sequencer_events.Backlogged(12))
    assert (hold, timer.delay_ms) == (sequencer_events.HoldSenders(), 500)
    assert feed(made, sequencer_events.Backlogged(12)) == []
    effects = feed(made, TimerFired(timer.name, timer.generation))
    assert refusals(effects)[0][0] == 12
    assert sequencer_events.ReleaseSenders() in effects
    assert views(effects)[-1].members == {1}


def test_reader_that_catches_up_stays():
    """Broken, one large message would cost its readers the membership."""
    made = machine(2)
    feed(made, sequencer_events.Joined(11, 1), sequencer_events.Joined(12, 2))
    timer = feed(made, sequencer_events.Backlogged(12))[1]
    assert feed(made, sequencer_events.Drained(12)) == [CancelTimer(timer.name), sequencer_events.ReleaseSenders()]
    assert feed(made, TimerFired(timer.name, timer.generation)) == []


def test_old_timer_does_not_hit_a_new_backlog():
    """Broken, a reader that was slow twice would be dropped for the first time."""
    made = machine(2)
    feed(made, sequencer_events.Joined(11, 1), sequencer_events.Joined(12, 2))
    old = feed(made, sequencer_events.Backlogged(12))[1]
    feed(made, sequencer_events.Drained(12), sequencer_events.Backlogged(12))
    assert feed(made, TimerFired(old.name, old.generation)) == []


def test_cut_that_changes_nothing_makes_no_view():
    """Broken, cutting off a dead node would disturb the living."""
    made = machine()
    feed(made, sequencer_events.Joined(11, 1), sequencer_events.Joined(12, 2))
    assert feed(made, sequencer_events.Cut((frozenset({3}),))) == []
    assert feed(made, sequencer_events.Cut((frozenset({1, 2}),))) == []


def test_node_that_boots_behind_a_cut_stays_behind_it():
    """Broken, a reboot would heal a network."""
    made = machine()
    feed(made, sequencer_events.Joined(11, 1), sequencer_events.Cut((frozenset({3}),)))
    effects = feed(made, sequencer_events.Joined(13, 3))
    assert [view.members for view in views(effects)] == [{3}]
