"""All members change a file, or none does."""

import random

import pytest

from standfast.enrolment import agreement, group


class World:
    """Members that hear the same order; `refuses[n]`: why n cannot stage."""

    def __init__(self, *ids: int) -> None:
        self.machines = {n: agreement.Machine(n) for n in ids}
        self.order: list[tuple[int, group.Message]] = []
        self.done: dict[int, list[group.Effect]] = {n: [] for n in ids}
        self.refuses: dict[int, str] = {}
        self.reload_error = ""
        self.view(*ids)

    def view(self, *ids: int) -> None:
        for n in list(self.machines):
            if n not in ids:
                del self.machines[n]
        self.order = [(n, m) for n, m in self.order if n in ids]
        for n in ids:
            self.give(n, group.Members(frozenset(ids)))

    def give(self, n: int, event: group.Event) -> None:
        for effect in self.machines[n].handle(event):
            self.done[n].append(effect)
            match effect:
                case group.Multicast(message):
                    self.order.append((n, message))
                case group.Prepare(body):
                    self.give(n, group.Prepared(body.id, self.refuses.get(n, "")))
                case group.Apply(body):
                    self.give(n, group.Applied(body.id))
                case group.Reload(number):
                    self.give(n, group.Reloaded(number, self.reload_error))
                case group.Perform(body):
                    self.give(n, group.Performed(body.id, f"{body.what} of {n}"))

    def step(self) -> None:
        sender, message = self.order.pop(0)
        for n in list(self.machines):
            self.give(n, group.Delivered(sender, message))

    def run(self) -> None:
        while self.order:
            self.step()

    def kinds(self, n: int) -> list[str]:
        return [type(e).__name__ for e in self.done[n] if not isinstance(e, group.Multicast)]

    def replies(self, n: int) -> list[group.Reply]:
        return [e for e in self.done[n] if isinstance(e, group.Reply)]


def change(*voters: int, leaving: tuple[int, ...] = (), number: str = "c") -> group.Propose:
    return group.Propose(number, "/etc/x", b"new", "", frozenset(voters), frozenset(leaving), reload=True)


def test_all_apply_and_then_corosync_reads_it_once() -> None:
    """Nodes would have different files, or Corosync read one before all had it."""
    world = World(1, 2, 3)
    world.give(2, group.Requested(change(1, 2, 3)))
    world.run()
    assert world.kinds(1) == world.kinds(3) == ["Prepare", "Apply"]
    assert world.kinds(2) == ["Prepare", "Apply", "Reload", "Reply"]
    assert world.replies(2)[0].error == ""


def test_one_no_discards_it_everywhere() -> None:
    """A full disk on one node would leave the others with a file of their own."""
    world = World(1, 2, 3)
    world.refuses[3] = "no space"
    world.give(1, group.Requested(change(1, 2, 3)))
    world.run()
    assert [world.kinds(n) for n in (2, 3)] == [["Prepare", "Discard"]] * 2
    assert world.replies(1)[0].error == "node 3: no space"


def test_a_voter_that_is_lost_discards_it() -> None:
    """The survivors would wait for ever, or go on without the one that comes back with the old file."""
    world = World(1, 2, 3)
    world.give(1, group.Requested(change(1, 2, 3)))
    world.step()
    world.view(1, 2)
    world.run()
    assert world.kinds(1) == ["Prepare", "Discard", "Reply"]
    assert world.kinds(2) == ["Prepare", "Discard"]
    world.give(1, group.Requested(change(1, 2, number="d")))
    world.run()
    assert world.kinds(2)[2:] == ["Prepare", "Apply"]


def test_whoever_asked_may_die() -> None:
    """A change would stay half way when its proposer's node fails."""
    world = World(1, 2, 3)
    world.give(1, group.Requested(change(1, 2, 3)))
    for _ in range(4):
        world.step()
    assert world.kinds(2) == ["Prepare", "Apply"]
    world.view(2, 3)
    world.run()
    world.give(2, group.Requested(change(2, 3, number="d")))
    world.run()
    assert world.kinds(3) == ["Prepare", "Apply", "Prepare", "Apply"]


def test_a_second_change_and_an_old_membership_are_refused() -> None:
    """Two operators at once would mix their files."""
    world = World(1, 2)
    world.give(1, group.Requested(change(1, 2)))
    world.give(2, group.Requested(change(1, 2, number="d")))
    world.run()
    assert "under way" in world.replies(2)[0].error
    world.give(2, group.Requested(change(1, 2, 3, number="e")))
    world.run()
    assert "node 3" in world.replies(2)[1].error


@pytest.mark.parametrize("ring_first", [False, True])
def test_after_a_leave_one_of_the_others_reloads(ring_first: bool) -> None:
    """Corosync would be told of the removal while the node was still there, and take it for a loss: the one of two that
    stays had no quorum then."""
    world = World(1, 2, 3)
    for n in (1, 2, 3):
        world.give(n, group.Ring(frozenset((1, 2, 3))))
    world.give(3, group.Requested(change(1, 2, 3, leaving=(3,))))
    world.run()
    ends = [lambda: world.view(1, 2), lambda: [world.give(n, group.Ring(frozenset((1, 2)))) for n in (1, 2)]]
    for end in reversed(ends) if ring_first else ends:
        assert "Reload" not in world.kinds(1) + world.kinds(2)
        end()
    assert (world.kinds(1)[-1], world.kinds(2)[-1]) == ("Reload", "Apply")
    assert world.kinds(1).count("Reload") == 1


def test_what_corosync_does_not_take_is_said() -> None:
    """An operator would think that a value is in force."""
    world = World(1, 2)
    world.reload_error = "no"
    world.give(1, group.Requested(change(1, 2)))
    world.run()
    assert "did not take it: no" in world.replies(1)[0].error


def test_a_member_that_hangs_does_not_hold_the_others_for_ever() -> None:
    """One stopped process would forbid every change until somebody finds it."""
    world = World(1, 2, 3)
    deaf = world.machines.pop(3)
    world.give(1, group.Requested(change(1, 2, 3)))
    world.run()
    assert world.kinds(1) == ["Prepare"]
    world.give(2, group.Expired("c"))
    world.give(1, group.Expired("c"))
    world.run()
    assert world.replies(1)[0].error == "node 2: no vote in time of node 3"
    assert world.kinds(2) == ["Prepare", "Discard"]
    world.machines[3] = deaf


def test_a_member_that_hangs_over_a_decided_change_is_named() -> None:
    """An operator would wait for a word that does not come, and not know that all others have the file."""
    world = World(1, 2)
    world.give(1, group.Requested(change(1, 2)))
    world.step()
    world.step()
    world.step()
    world.order = [(n, m) for n, m in world.order if not (n == 2 and isinstance(m, group.Done))]
    world.run()
    assert world.replies(1) == []
    world.give(1, group.Expired("c"))
    assert world.kinds(1) == ["Prepare", "Apply", "Reply"]
    assert world.replies(1)[0].error == "node 2: no answer in time"
    assert world.replies(1)[0].in_place
    world.give(1, group.Requested(change(1, 2, number="d")))
    world.run()
    assert "under way" in world.replies(1)[1].error


def test_a_question_is_answered_by_all_that_stay() -> None:
    """One dead node would make `cluster diff` hang."""
    world = World(1, 2, 3)
    world.give(1, group.Requested(group.Ask("q", "conf")))
    world.step()
    world.view(1, 2)
    world.run()
    answers = world.replies(1)[0].answers
    assert {n: a.text for n, a in answers.items()} == {1: "conf of 1", 2: "conf of 2"}
    world.give(1, group.Requested(group.Ask("r", "conf", targets=frozenset({2}))))
    world.run()
    assert list(world.replies(1)[1].answers) == [2]


def test_a_question_that_waits_too_long_ends() -> None:
    """A command on a hung node would never return."""
    world = World(1, 2)
    world.give(1, group.Requested(group.Ask("q", "run")))
    sender, message = world.order.pop(0)
    world.give(1, group.Delivered(sender, message))
    world.give(1, group.Delivered(*world.order.pop(0)))
    world.give(1, group.Expired("q"))
    assert world.replies(1)[0].answers[2].error == "no answer in time"


@pytest.mark.parametrize("seed", range(200))
def test_survivors_always_do_the_same(seed: int) -> None:
    """A node lost at the wrong moment would leave two of the others with different files."""
    chance = random.Random(seed)
    world = World(1, 2, 3, 4)
    if chance.random() < 0.3:
        world.refuses[chance.randint(1, 4)] = "no"
    world.give(chance.randint(1, 4), group.Requested(change(1, 2, 3, 4)))
    steps = chance.randint(0, 9)
    for _ in range(steps):
        if world.order:
            world.step()
    world.view(*sorted(chance.sample(sorted(world.machines), 3)))
    world.run()
    ends = {world.kinds(n)[1] for n in world.machines if len(world.kinds(n)) > 1}
    assert len(ends) <= 1
