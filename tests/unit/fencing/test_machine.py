"""The fencing machine among others like it."""

from __future__ import annotations

from standfast import fencing

D = fencing.Device
STATIC = {"pcmk_host_list": "n1 n2 n3"}


def test_one_device_needs_two_messages(world):
    """Recovery would wait for more round trips than it must, or a receipt would differ between members."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC))
    w.messages.clear()
    w.crash("n3")
    w.fence("n3")
    w.run()
    (receipt,) = w.agreed()
    assert (receipt.ok, receipt.target, receipt.incarnation, receipt.device) == (True, "n3", "n3.1", "d")
    assert receipt.executed_by == "n1"
    assert w.fencings() == [("n1", "reboot", "d:n3")]
    assert [kind for _, kind in w.messages] == ["requested", "answered"]


def test_same_request_is_merged_and_each_is_answered(world):
    """Two askers would fence a node twice: the second time in the middle of its boot."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC))
    w.crash("n3")
    w.fence("n3", "r1")
    w.fence("n3", "r2", node="n2")
    w.run()
    assert [(r.request, r.ok) for r in w.agreed()] == [("r1", True), ("r2", True)]
    assert len(w.fencings()) == 1


def test_request_that_is_said_twice_is_one(world):
    """A message that a new DC repeats would be answered twice, or carried out again when it has ended."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC))
    w.crash("n3")
    w.fence("n3", "r1", incarnation="")
    w.fence("n3", "r1", incarnation="", node="n2")
    w.run()
    w.fence("n3", "r1", incarnation="")
    w.run()
    assert [r.request for r in w.agreed()] == ["r1"]
    assert len(w.fencings()) == 1


def test_order_that_was_lost_with_the_view_is_said_again(world):
    """A coordinator whose message never came back would wait for it for ever."""
    w = world(("n1", "n2", "n3", "n4"), script=lambda node, call: (1 if node == "n2" else 0, 10, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n4"}), usable={"d": ("n2", "n3")})
    w.crash("n4")
    w.fence("n4")
    while ("n1", "ordered") not in w.messages:
        w.run(until_ms=w.now_ms + 1)
    w.cut("n1")  # its order is on the way, and lost with it
    w.run(until_ms=w.now_ms + 5)
    w.view("n2", "n3", "n1")
    w.run(until_ms=w.now_ms + 2)
    w.crash("n2")
    w.crash("n3", coordinator="n1")
    w.run()
    assert [r.request for r in w.receipts["n1"]] == ["r1"]


def test_confirmed_life_is_answered_at_once(world):
    """A new DC that asks again would kill the node that just came back."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC))
    w.crash("n3")
    w.fence("n3", "r1")
    w.run()
    w.fence("n3", "r2")
    w.run()
    assert [(r.request, r.ok) for r in w.agreed()] == [("r1", True), ("r2", True)]
    assert len(w.fencings()) == 1
    w.fence("n3", "r3", incarnation="n3.2")
    w.run()
    assert len(w.fencings()) == 2


def test_another_life_waits_for_its_turn(world):
    """A call that began before a node's new life would count for that life, and recovery would start beside it."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC))
    w.crash("n3")
    w.fence("n3", "r1")
    w.fence("n3", "r2", incarnation="n3.2")
    w.run()
    assert [(r.request, r.incarnation) for r in w.agreed()] == [("r1", "n3.1"), ("r2", "n3.2")]
    assert len(w.fencings()) == 2


def test_every_device_of_a_level_and_then_the_next_level(world):
    """A target with two power supplies would stay on, or a failing first level would end it all."""
    w = world(("n1", "n2", "n3"), script=lambda node, call: (1 if call.resource_id == "b" else 0, 10, ""))
    levels = (
        fencing.Level(1, ("a", "b"), target="n3"),
        fencing.Level(2, ("c",), target="n3"),
    )
    w.configure(*(D(i, "fence_x", STATIC) for i in "abc"), levels=levels)
    w.crash("n3")
    w.fence("n3", action="off")
    w.run()
    (receipt,) = w.agreed()
    assert (receipt.ok, receipt.device) == (True, "c")
    devices = [device for _, _, device in w.fencings()]
    assert devices == ["a:n3", "b:n3", "b:n3", "b:n3", "b:n3", "c:n3"]  # b: two tries from each of two nodes


def test_reboot_of_several_devices_is_off_then_on(world):
    """A reboot of one supply after the other never takes the power from the target."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("a", "fence_x", STATIC), D("b", "fence_x", STATIC), levels=(fencing.Level(1, ("a", "b"), "n3"),))
    w.crash("n3")
    w.fence("n3")
    w.run()
    assert [(a, d) for _, a, d in w.fencings()] == [("off", "a:n3"), ("off", "b:n3"), ("on", "a:n3"), ("on", "b:n3")]
    (receipt,) = w.agreed()
    assert (receipt.ok, receipt.device, receipt.action) == (True, "a,b", "reboot")
    assert not w.machines["n1"].pending


def test_failing_on_does_not_spoil_a_confirmed_off(world):
    """A node that is known to be off would stay unclean because a supply does not switch on again."""
    w = world(("n1", "n2", "n3"), script=lambda node, call: (1 if call.action == "on" else 0, 10, ""))
    w.configure(D("a", "fence_x", STATIC), D("b", "fence_x", STATIC), levels=(fencing.Level(1, ("a", "b"), "n3"),))
    w.crash("n3")
    w.fence("n3")
    w.run()
    assert [r.ok for r in w.agreed()] == [True]
    assert not any(m.pending for m in w.machines.values())


def test_agent_without_reboot_is_switched_off_and_on(world):
    """An agent that knows only off and on would be called with a word it does not know."""
    w = world(("n1", "n2"))
    w.metadata["fence_y"] = '<a><actions><action name="off"/><action name="on"/><action name="metadata"/></actions></a>'
    w.configure(D("d", "fence_y", {"pcmk_host_list": "n2"}))
    w.crash("n2")
    w.fence("n2")
    w.run()
    assert [a for _, a, _ in w.fencings()] == ["off", "on"]
    assert [r.ok for r in w.agreed()] == [True]


FABRIC = """<a><parameters><parameter name="port"/></parameters><actions>
<action name="on" automatic="1" on_target="1"/><action name="off"/><action name="status"/></actions></a>"""


def test_fabric_device_is_not_switched_on_again(world):
    """A node that was cut off its disks and still runs would be let back to them at once."""
    w = world(("n1", "n2"))
    w.metadata["fence_scsi"] = FABRIC
    w.configure(D("d", "fence_scsi", {"pcmk_host_list": "n1 n2"}))
    w.crash("n2")
    w.fence("n2")
    w.run()
    assert w.fencings() == [("n1", "off", "d:n2")]
    assert [r.ok for r in w.agreed()] == [True]


def test_unfencing_is_done_by_the_node_itself_on_every_such_device(world):
    """A node that joins would not reach its disks, or be let to one of two paths only."""
    w = world(("n1", "n2"))
    w.metadata["fence_scsi"] = FABRIC
    elsewhere = D("c", "fence_scsi", {"pcmk_host_list": "n1"})
    w.configure(D("power", "fence_x", STATIC), D("a", "fence_scsi", STATIC), D("b", "fence_scsi", STATIC), elsewhere)
    w.fence("n2", action="on", incarnation="")
    w.run()
    assert w.fencings() == [("n2", "on", "a:n2"), ("n2", "on", "b:n2")]
    assert [(r.ok, r.action) for r in w.agreed()] == [(True, "on")]


def test_all_fails_is_one_receipt_with_the_reasons(world):
    """The DC would wait for ever, or start resources beside a node that still runs."""
    w = world(("n1", "n2", "n3"), script=lambda node, call: (1, 10, ""))
    w.configure(D("d", "fence_x", STATIC))
    w.crash("n3")
    w.fence("n3")
    w.run()
    (receipt,) = w.agreed()
    assert not receipt.ok
    assert "d from n1: exit 1; d from n2: exit 1" in receipt.reason


def test_no_device_at_all(world):
    """A cluster without a device for a node would wait instead of saying so."""
    w = world(("n1", "n2"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n7"}))
    w.crash("n2")
    w.fence("n2")
    w.run()
    assert [(r.ok, r.reason) for r in w.agreed()] == [(False, "no device can fence n2")]


def test_target_is_not_asked_to_fence_itself(world):
    """A node that fences itself cannot say that it is gone."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC), usable={"d": ("n2", "n3")})
    w.fence("n2")
    w.run()
    assert w.fencings() == [("n3", "reboot", "d:n2")]


def test_self_fencing_if_nobody_else_can(world):
    """An operator could not reboot the last node through the cluster."""
    w = world(("n1",))
    w.configure(D("d", "fence_x", STATIC))
    w.fence("n1")
    w.run()
    assert w.fencings() == [("n1", "reboot", "d:n1")]


def test_next_coordinator_waits_for_the_calling_node(world):
    """The coordinator's death would fence a node a second time, or leave the fencing without an end."""
    w = world(("n1", "n2", "n3", "n4"), script=lambda node, call: (0, 5000, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n4"}), usable={"d": ("n3", "n2", "n1")})
    w.crash("n4")
    w.fence("n4")
    w.run(until_ms=w.now_ms + 1000)
    w.crash("n1")
    w.run()
    assert w.fencings() == [("n3", "reboot", "d:n4")]
    assert [(r.ok, r.executed_by) for r in w.agreed()] == [(True, "n3")]


def test_calling_node_dies_and_another_calls(world):
    """The fencing would wait for a node that is gone."""
    w = world(("n1", "n2", "n3", "n4"), script=lambda node, call: (0, 5000, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n4"}), usable={"d": ("n3", "n2", "n1")})
    w.crash("n4")
    w.fence("n4")
    w.run(until_ms=w.now_ms + 1000)
    w.crash("n3")
    left_ms = w.now_ms
    w.run()
    assert w.calls[-1][0] - left_ms < 100  # at once, not when its time is over
    assert w.fencings() == [("n3", "reboot", "d:n4"), ("n2", "reboot", "d:n4")]
    assert [(r.ok, r.executed_by) for r in w.agreed()] == [(True, "n2")]


def test_silent_node_is_not_awaited_for_ever(world):
    """A node whose fencing hangs would hold the recovery."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3"}), usable={"d": ("n2", "n1")})
    w.crash("n3")
    machine = w.machines.pop("n2")
    w.fence("n3")
    w.run()
    w.machines["n2"] = machine
    assert w.fencings() == [("n1", "reboot", "d:n3")]
    assert [(r.ok, r.executed_by) for r in w.receipts["n1"]] == [(True, "n1")]


def test_operator_confirms_while_a_delay_runs(world):
    """An operator who has pulled the plug would have to wait, and the agent would switch the node off once more."""
    w = world(("n1", "n2"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n2", "pcmk_delay_base": "30s"}))
    w.crash("n2")
    w.fence("n2")
    w.run(until_ms=w.now_ms + 5000)
    w.give("n1", fencing.Confirm("n2", "n2.1", "root"))
    w.run()
    assert w.fencings() == []
    assert [(r.request, r.ok, r.reason) for r in w.agreed()] == [("r1", True, "confirmed by root")]
    w.fence("n2", "r2")
    w.run()
    assert [r.request for r in w.agreed()] == ["r1", "r2"]


def test_confirmation_without_a_request_is_a_receipt_too(world):
    """A manual confirmation before the DC asked would be lost."""
    w = world(("n1", "n2"))
    w.crash("n2")
    w.give("n1", fencing.Confirm("n2", "n2.1", "root"))
    w.run()
    assert [(r.request, r.ok, r.incarnation) for r in w.agreed()] == [("", True, "n2.1")]


def test_delays_add_up_and_count_once(world):
    """Two nodes would shoot each other at the same time, or recovery would be late on every try."""
    failing = iter([1, 1, 0])
    w = world(("n1", "n2", "n3"), script=lambda node, call: (next(failing), 10, ""))
    parameters = {"pcmk_host_list": "n3", "pcmk_delay_base": "n2:1s;n3:2s", "pcmk_delay_max": "4s"}
    w.configure(D("d", "fence_x", parameters))
    w.crash("n3")
    began = w.now_ms
    w.fence("n3", delay_ms=5000, draw=0.5)
    w.run()
    times = [at - began for at, *_ in w.calls]
    assert 8000 <= times[0] < 8100  # 5 s of the request, and the middle of 2 s and 4 s
    assert times[2] - times[0] < 2000  # a pause before the second try, none for the second node


def test_negative_delay_turns_off_every_delay(world):
    """An operator in a hurry could not say so."""
    w = world(("n1", "n2"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n2", "pcmk_delay_base": "30s"}))
    w.crash("n2")
    began = w.now_ms
    w.fence("n2", delay_ms=-1)
    w.run()
    assert w.calls[0][0] - began < 100


def test_delayed_fencing_is_dropped_without_quorum(world):
    """The side that lost the race would still shoot the winner when its delay is over."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3", "pcmk_delay_base": "10s"}))
    w.crash("n3")
    w.fence("n3")
    w.run(until_ms=w.now_ms + 1000)
    w.view("n1", may_fence=False)
    w.run()
    assert w.fencings() == []
    assert w.receipts["n1"] == []


def test_a_delayed_fencing_is_dropped_when_its_target_is_back(world):
    """A node that has just booted and taken up its services would be shot for what its last life left open."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3", "pcmk_delay_base": "10s"}))
    w.crash("n3")
    w.fence("n3")
    w.run(until_ms=w.now_ms + 1000)
    w.boot("n3")
    w.view("n1", "n2", "n3")
    w.run()
    assert w.fencings() == []
    assert [(r.ok, r.reason) for r in w.receipts["n1"]] == [(False, "n3 is back in another life")]
    assert [m.pending for m in w.machines.values()] == [(), (), ()]


def test_a_request_for_an_earlier_life_is_not_begun(world):
    """A DC that asked before it had seen the node come back would shoot it."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3"}))
    w.crash("n3")
    w.boot("n3")
    w.view("n1", "n2", "n3")
    w.fence("n3")
    w.run()
    assert w.fencings() == []
    w.fence("n3", request="r2", incarnation="n3.2")
    w.run()
    assert [c[2] for c in w.calls if c[2] != "list"] == ["reboot"]


def test_a_member_is_fenced_for_its_present_life(world):
    """A node that cannot stop a service, or that an operator wants gone, could not be fenced while it takes part."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3", "pcmk_delay_base": "10s"}))
    w.fence("n3")
    w.view("n1", "n2", "n3")
    w.run()
    assert len(w.fencings()) == 1


def test_dynamic_list_is_asked_and_kept(world):
    """A device that lists its targets would not be used, or would be asked before each fencing."""

    def script(node, call):
        return 0, 10, "n2,alias\nn3\n" if call.action == "list" else ""

    w = world(("n1", "n2", "n3"), script=script)
    w.configure(D("d", "fence_x", {}))
    assert [c[2] for c in w.calls] == ["list"]
    w.crash("n3")
    w.fence("n3")
    w.run()
    assert [c[2] for c in w.calls] == ["list", "reboot"]
    assert [r.ok for r in w.agreed()] == [True]


def test_list_that_fails_on_one_node_is_asked_of_the_next(world):
    """An agent that is missing on one node would make the device useless."""

    def script(node, call):
        return (1 if node == "n1" else 0), 10, "n3" if call.action == "list" else ""

    w = world(("n1", "n2", "n3"), script=script)
    w.configure(D("d", "fence_x", {}))
    w.crash("n3")
    w.fence("n3")
    w.run()
    assert [(c[1], c[2]) for c in w.calls][:2] == [("n1", "list"), ("n2", "list")]
    assert [(r.ok, r.executed_by) for r in w.agreed()] == [(True, "n2")]


def test_status_check_asks_for_the_target(world):
    """A device that can only be asked target by target would fence nobody."""
    w = world(("n1", "n2", "n3"), script=lambda node, call: ((2 if call.action == "status" else 0), 10, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_check": "status"}))
    w.crash("n3")
    w.fence("n3")
    w.run()
    assert [(c[2], c[3]) for c in w.calls] == [("status", "d:n3"), ("reboot", "d:n3")]
    assert [r.ok for r in w.agreed()] == [True]


def test_verified_off_is_not_believed_while_the_device_says_on(world):
    """A device that answers before it has done it would let resources start beside a running node."""
    states = iter([0, 2])
    w = world(("n1", "n2", "n3"), script=lambda n, call: (next(states) if call.action == "status" else 0, 10, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3", "standfast_verify": "true"}))
    w.crash("n3")
    w.fence("n3", action="off")
    w.run()
    assert [(c[1], c[2]) for c in w.calls] == [("n1", "off"), ("n1", "status"), ("n2", "off"), ("n2", "status")]
    assert [(r.ok, r.executed_by) for r in w.agreed()] == [(True, "n2")]


def test_one_call_at_a_time_of_one_device(world):
    """A power switch that takes one connection would refuse the second, and a node would stay unclean."""
    w = world(("n1", "n2", "n3"), script=lambda node, call: (0, 1000, ""))
    w.configure(D("d", "fence_x", STATIC))
    w.view("n1")
    w.fence("n2", "r2")
    w.fence("n3", "r3")
    w.run()
    assert [r.request for r in w.agreed()] == ["r2", "r3"]
    assert w.calls[1][0] - w.calls[0][0] >= 1000


def test_action_limit_lets_more_run_at_once(world):
    """Many lost nodes would be fenced one after the other though the device can do more."""
    w = world(("n1", "n2", "n3"), script=lambda node, call: (0, 1000, ""))
    w.configure(D("d", "fence_x", STATIC | {"pcmk_action_limit": "-1"}))
    w.view("n1")
    w.fence("n2", "r2")
    w.fence("n3", "r3")
    w.run()
    assert w.calls[1][0] - w.calls[0][0] < 100


def test_joiner_learns_history_and_pending(world):
    """A node that joined during a fencing would know nothing of it when it has to coordinate."""
    w = world(("n1", "n2", "n3", "n4"), script=lambda node, call: (0, 5000, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n4 n3", "pcmk_action_limit": "-1"}))
    w.crash("n4")
    w.crash("n3")
    w.fence("n4", "r4")
    w.run()
    w.fence("n3", "r3")
    w.run(until_ms=w.now_ms + 1000)
    w.boot("n4")
    w.view("n1", "n2", "n4")
    w.run(until_ms=w.now_ms + 500)
    assert [r.request for r in w.machines["n4"].history] == ["r4"]
    assert [j.id for j in w.machines["n4"].pending] == ["r3"]
    w.crash("n1")
    w.crash("n2")
    w.run()
    assert [(r.request, r.ok) for r in w.receipts["n4"]] == [("r3", True)]


def test_answer_before_the_state_reaches_a_joiner(world):
    """A joiner would miss a receipt that all others have, and its status would differ."""
    w = world(("n1", "n2", "n3", "n4"), script=lambda node, call: (0, 1000, ""))
    w.configure(D("d", "fence_x", {"pcmk_host_list": "n3"}), usable={"d": ("n2",)})
    w.crash("n3")
    w.view("n1", "n2")
    w.fence("n3")
    w.run(until_ms=w.now_ms + 1001)
    w.boot("n4")
    w.view("n1", "n2", "n4")
    w.run()
    assert w.receipts["n4"] == w.receipts["n1"]
    assert not w.machines["n4"].pending


def test_minority_forgets_its_requests_when_it_joins(world):
    """A node cut off with an old request would carry it out later, on a life that nobody lost."""
    w = world(("n1", "n2", "n3"))
    w.configure(D("d", "fence_x", STATIC))
    w.view("n3", may_fence=False)
    w.fence("n1", "old")
    w.run()
    w.view("n1", "n2", "n3")
    w.run()
    w.crash("n1")
    w.crash("n2")
    w.run()
    assert w.fencings() == []


def test_strange_bytes_of_a_peer_change_nothing(world):
    """A member of another version could kill every daemon."""
    w = world(("n1", "n2"))
    for payload in ({}, {"kind": "requested"}, {"kind": "x"}, {"kind": "ordered", "job": 1, "step": None}):
        w.give("n1", fencing.Heard("n2", payload))
    assert w.machines["n1"].pending == ()
