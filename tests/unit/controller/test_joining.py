"""Getting the state: where it is cut, who sends it, and what comes meanwhile."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast import cib, controller
from standfast.controller import Phase, joining, messages
from standfast.controller.requests import ChangeConfiguration, StartWithout, UpdateAttribute
from standfast.messaging.memory import Link, Way

EDIT = '<nvpair id="o-{0}" name="{0}" value="1"/>'


def change(name: str) -> ChangeConfiguration:
    return ChangeConfiguration((cib.Edit("create", EDIT.format(name), xpath="//cluster_property_set"),))


@pytest.fixture
def cluster(make: Callable, words: type):
    return make(3, words.document(words.primitive("vip"), words.fence_device("n1", "n2", "n3")))


def test_a_joiner_gets_configuration_status_and_memory(cluster) -> None:
    """A node that comes back would act on what was true when it went."""
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n1"].ask(change("later"))
    cluster["n1"].ask(UpdateAttribute("n1", "pingd", "5"))
    cluster["n3"].power_on()
    cluster.run(100)
    cluster.agree()
    assert b'name="later"' in cluster["n3"].document.render()
    assert b'name="pingd"' in cluster["n3"].document.render()
    assert b'name="later"' in cluster["n3"].disk.document


def test_what_is_delivered_while_the_state_is_on_its_way_is_applied_afterwards(
    cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Changes during a join would be missing on the joiner alone: the documents part for ever."""
    monkeypatch.setattr(joining, "PART_BYTES_MAX", 200)
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n3"].power_on()
    seen = False
    for _ in range(3000):
        cluster.work()
        machine = cluster["n3"].machine
        if machine.phase is Phase.RECEIVING and not seen:
            seen = True
            for number in range(3):
                cluster["n1"].feed("controller", controller.Request(9000 + number, "root", change(f"c{number}")))
        if not cluster.network._waiting:
            break
        cluster.network.advance(cluster.network._waiting.popleft())
    assert seen
    cluster.run(100)
    assert b'name="c2"' in cluster.agree().render()
    assert all(cluster["n1"].replies[9000 + n].error == "" for n in range(3))


def test_when_the_sender_goes_the_next_one_sends(cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """A joiner would wait for the rest of a snapshot whose sender died."""
    monkeypatch.setattr(joining, "PART_BYTES_MAX", 200)
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n3"].power_on()
    while cluster["n3"].machine.phase is not Phase.RECEIVING:
        cluster.work()
        cluster.network.advance(cluster.network._waiting.popleft())
    cluster["n1"].power_off()
    cluster.run(200)
    assert cluster["n3"].machine.phase is Phase.SETTLED
    cluster.agree()
    assert cluster.where("vip") in (["n2"], ["n3"])


def test_a_cold_start_takes_the_highest_copy(make: Callable, words: type) -> None:
    """After a power cut yesterday's configuration would come up on the node that boots first."""
    cluster = make(3, None, boot=False)
    old, new = words.document(), words.document()
    new.root.set("epoch", "9")
    for name, document, term in (("n1", old, 4), ("n2", new, 3), ("n3", old, 5)):
        node = cluster[name]
        node.disk.document, node.disk.term, node.disk.members = document.render(), term, ("n1", "n2", "n3")
        node.disk.change_term = term
        node.power_on()
    cluster.run(100)
    assert cluster.agree().version.epoch == 5
    assert cluster["n1"].machine.term == 6


def test_two_nodes_start_together_or_by_an_operators_word(make: Callable, words: type) -> None:
    """The node that missed the last changes would come up alone and undo them."""
    cluster = make(2, words.document(nodes=("n1", "n2"), stonith_enabled="false"), two_node=True)
    cluster["n1"].ask(change("both"))
    for node in cluster.nodes.values():
        node.crash()
    cluster["n1"].start()
    cluster.run(100)
    assert cluster["n1"].machine.phase is Phase.WAITING
    assert cluster["n1"].machine.missing == ("n2",)
    assert cluster["n1"].ask(change("alone")).exit_status == 75
    assert cluster["n1"].ask(StartWithout(("n2",))).error == ""
    assert cluster["n1"].machine.phase is Phase.SETTLED
    assert b'name="both"' in cluster["n1"].document.render()


def test_an_operators_word_is_refused_where_nothing_waits(cluster) -> None:
    """The operator would believe that it had an effect."""
    assert cluster["n1"].ask(StartWithout()).exit_status == 113


def test_a_new_cluster_begins_empty(make: Callable) -> None:
    """The very first start would wait for a configuration that nobody has."""
    cluster = make(3, None)
    names = [e.get("uname") for e in cluster.agree().section("nodes")]
    assert names == ["n1", "n2", "n3"]
    assert cluster["n1"].machine.term == 1


def test_a_minoritys_forced_change_is_replaced(make: Callable, words: type) -> None:
    """Two configurations would be merged into one that nobody wrote."""
    cluster = make(3, words.document(stonith_enabled="false"))
    cluster.network.cut({1, 2}, {3})
    cluster.run(100)
    forced = ChangeConfiguration(change("forced").edits, force=True)
    assert cluster["n3"].ask(change("plain")).exit_status == 106
    assert cluster["n3"].ask(forced).error == ""
    cluster["n1"].ask(change("right"))
    cluster.network.heal()
    cluster.run(100)
    text = cluster.agree().render()
    assert b'name="forced"' not in text
    assert b'name="right"' in text


def test_a_node_that_slept_trusts_nothing_it_knew(cluster) -> None:
    """A virtual machine that was paused would go on as the DC of a cluster that has another one."""
    cluster["n1"].feed("controller", controller.Slept(60_000))
    assert cluster["n1"].machine.document is None
    cluster.run(100)
    assert cluster["n1"].machine.phase is Phase.SETTLED
    assert cluster["n1"].dc == "n2"
    cluster.agree()


def test_parts_of_another_round_are_not_mixed_in(cluster) -> None:
    """A snapshot put together from two moments would be a state that never was."""
    station = cluster["n2"].machine._station
    part = messages.SnapshotPart((1, 1), 1, 0, 1, b"x")
    assert joining.Joining(station).receive(1, part) is None


def test_messages_between_steps_arrive_in_any_order_of_links(cluster) -> None:
    """A joiner whose link is slow would be left behind."""
    cluster["n3"].power_off()
    cluster.run(100)
    cluster["n3"].power_on()
    down = Link(3, Way.DOWN)
    for _ in range(300):
        cluster.work()
        waiting = cluster.network._waiting
        link = next((w for w in waiting if w != down), None)
        if link is None:
            break
        waiting.remove(link)
        cluster.network.advance(link)
    cluster.run(100)
    cluster.agree()
    assert "n3" in cluster["n1"].machine.members
