"""Views, quorum and its loss."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import messaging
from standfast.controller import Phase
from standfast.controller.requests import ResourceOrder, ResourceTask, UpdateAttribute


@pytest.fixture
def cluster(make: Callable, words: type):
    return make(3, words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3")))


def test_every_quorate_view_raises_the_term(cluster) -> None:
    """Copies of a minority could not be told from those of the majority."""
    first = cluster["n1"].machine.term
    cluster["n3"].power_off()
    cluster.run(0)
    assert cluster["n1"].machine.term == first + 1
    cluster.hold_fencing = True
    cluster["n2"].power_off()
    cluster.run(0)
    assert not cluster["n1"].machine.quorum.quorate
    assert cluster["n1"].machine.term == first + 1


def test_a_view_that_only_shrinks_needs_no_word(cluster) -> None:
    """Recovery would wait for a round of messages though everybody knows everything."""
    before = cluster["n2"].machine.phase
    cluster["n1"].power_off()
    sent = [len(n.published) for n in cluster.alive]
    cluster.network.settle()
    cluster["n2"].work()
    assert before is Phase.SETTLED
    assert cluster["n2"].machine.phase is Phase.SETTLED
    assert sent


def test_stop_means_that_everything_stops_without_quorum(cluster) -> None:
    """Both halves of a cut cluster would run the same service."""
    cluster.hold_fencing = True
    cluster.network.cut({1}, {2, 3})
    cluster.run(100)
    assert cluster.where("vip") == []
    assert cluster["n1"].dc == "n1"
    assert cluster["n1"].document.root.get("have-quorum") == "0"


def test_suicide_means_reset(make: Callable, words: type) -> None:
    """The nodes of a minority would go on though the policy says that they must not."""
    cluster = make(3, words.document(words.primitive("vip"), no_quorum_policy="suicide", stonith_enabled="false"))
    cluster.network.cut({1}, {2, 3})
    cluster.run(100)
    assert cluster["n1"].panics
    assert not cluster["n2"].panics


def test_a_start_without_quorum_is_no_reason_for_suicide(make: Callable, words: type) -> None:
    """The node that boots first would reset itself without end."""
    cluster = make(3, words.document(no_quorum_policy="suicide"), boot=False)
    cluster["n1"].power_on()
    cluster.run(1000)
    assert cluster["n1"].panics == []
    assert cluster["n1"].machine.phase is Phase.SETTLED


def test_ignore_means_to_go_on(make: Callable, words: type) -> None:
    """A lone node that was told to would not take over."""
    first = words.document(words.primitive("vip", prefer="n2"), words.fence_device("n1", "n2", "n3"),
                           no_quorum_policy="ignore")  # fmt: skip
    cluster = make(3, first)
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n2"].power_off()
    cluster.run(100)
    assert not cluster["n1"].machine.quorum.quorate
    assert cluster.where("vip") == ["n1"]


def test_a_node_whose_engine_is_gone_is_alone_without_quorum(cluster) -> None:
    """It would go on serving while the others, who cannot see it, recover what it runs."""
    cluster.hold_fencing = True
    cluster.network.pause(1)
    cluster["n1"].feed("controller", messaging.EngineLost("corosync died"))
    cluster.run(100)
    assert cluster["n1"].machine.members == ("n1",)
    assert not cluster["n1"].machine.quorum.quorate
    assert "vip" not in cluster["n1"].running
    assert cluster["n1"].ask(UpdateAttribute("n1", "x", "1")).error == ""


def test_when_the_engine_is_back_the_node_joins_anew(make: Callable, words: type) -> None:
    """What it did alone would be merged into the others' state."""
    cluster = make(3, words.document(words.primitive("vip", prefer="n3"), stonith_enabled="false"))
    cluster["n3"].ask(UpdateAttribute("n3", "before", "1"))
    cluster.network.restart()
    cluster.run(10_000)
    cluster.agree()
    assert all(len(n.machine.members) == 3 for n in cluster.alive)
    assert cluster.where("vip") == ["n3"]


def test_quorum_that_changes_within_a_view_changes_for_all_at_one_place(cluster) -> None:
    """Documents would differ by who heard the engine first."""
    cluster.network.expect(7)
    cluster.run(100)
    assert {n.machine.quorum.quorate for n in cluster.alive} == {False}
    assert cluster.agree().root.get("have-quorum") == "0"
    cluster.network.expect(3)
    cluster.run(100)
    assert {n.machine.quorum.quorate for n in cluster.alive} == {True}
    assert cluster.agree().root.get("have-quorum") == "1"
    assert cluster.where("vip") == ["n1"]


def test_a_healed_cut_brings_one_state_back(make: Callable, words: type) -> None:
    """After a network fault the halves would each keep their own truth."""
    cluster = make(4, words.document(words.primitive("vip"), nodes=("n1", "n2", "n3", "n4"), stonith_enabled="false"))
    for _ in range(3):
        cluster.network.cut({1, 2}, {3, 4})
        cluster.run(500)
        cluster.network.heal()
        cluster.run(500)
        cluster.agree()
        assert all(len(n.machine.members) == 4 for n in cluster.alive)
    assert len(cluster.where("vip")) == 1


def test_members_that_the_configuration_does_not_name_are_added(make: Callable, words: type) -> None:
    """A new node would run nothing, and could not be fenced."""
    cluster = make(3, words.document(nodes=("n1", "n2"), stonith_enabled="false"))
    assert [e.get("uname") for e in cluster.agree().section("nodes")] == ["n1", "n2", "n3"]
    assert b'uname="n3"' in cluster["n1"].disk.document


def test_orders_that_the_engine_lost_hold_up_nothing(make: Callable, words: type) -> None:
    """A node whose engine died at the wrong moment would never stop what it runs."""
    cluster = make(3, words.document(words.primitive("vip"), words.primitive("db", role="Stopped")))
    cluster["n1"].ask(ResourceOrder("db", ResourceTask.START), run=False)
    walking = cluster["n1"].machine._parts.walking
    for _ in range(500):
        cluster.work()
        cluster._step()
        if walking._in_air:
            break
        if cluster.network._waiting:
            cluster.network.advance(cluster.network._waiting.popleft())
    assert walking._in_air
    cluster.network.pause(1)
    cluster["n1"].feed("controller", messaging.EngineLost("corosync died"))
    cluster.run(100)
    assert cluster["n1"].running == set()
