"""The replicated state machine."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast import agents, cib, executor
from standfast.cib import status
from standfast.controller import messages, replica, replication
from standfast.controller.replica import Member, Replica
from standfast.errors import RemoteProtocolError

LIFE = messages.Incarnation("boot", "life")
RESOURCES, NODES = ("a", "b", "a:1"), ("n1", "n2", "gone", "remote")


def fresh() -> Replica:
    document = cib.Document.empty("test")
    for number, name in enumerate(("n1", "n2"), 1):
        document.section("nodes").append(cib.Document.parse(f'<node id="{number}" uname="{name}"/>').root)
    for name in ("a", "b", "remote"):
        agent = 'provider="pacemaker" type="remote"' if name == "remote" else 'provider="heartbeat" type="Dummy"'
        text = f'<primitive id="{name}" class="ocf" {agent}/>'
        document.section("resources").append(cib.Document.parse(text).root)
    for number in (1, 2):
        status.set_node_state(document, str(number), f"n{number}", crmd="online", join="member")
    members = {n: Member(n, f"n{n}", LIFE, 1, known=True) for n in (1, 2)}
    return Replica(document, members=members, quorate=True, established=True, term=3)


def operations() -> st.SearchStrategy[executor.Operation]:
    agent = agents.AgentName("ocf", "Dummy", "heartbeat")
    return st.builds(
        executor.Operation, st.sampled_from(RESOURCES), st.just(agent), st.sampled_from(("start", "stop", "monitor")),
        st.sampled_from((0, 0, 10_000)), st.just(20_000), st.sampled_from(("1:1:0:u", "2:1:7:u", "odd")),
    )  # fmt: skip


def results() -> st.SearchStrategy[executor.Result]:
    return st.builds(
        executor.Result, operations(), st.integers(1, 50), st.sampled_from((0, 1, 7)),
        st.sampled_from(list(agents.ExecutionStatus)), st.text(max_size=5),
    )  # fmt: skip


def said() -> st.SearchStrategy[messages.Message]:
    node, resource = st.sampled_from(NODES), st.sampled_from(("", *RESOURCES, "nothing"))
    moment = st.integers(1, 10**9)
    value = st.none() | st.sampled_from(("1", "++", "+=3", "\x00"))
    return st.one_of(
        st.builds(messages.Order, node, node, operations(), moment, st.booleans()),
        st.builds(messages.Results, node, st.just(LIFE), st.tuples(results()), moment, st.booleans()),
        st.builds(messages.History, node, st.just(LIFE), st.tuples(results()), st.tuples(operations()), moment),
        st.builds(messages.ChangeAttribute, node, st.sampled_from(("x", "standby")), value, moment,
                  st.booleans(), st.booleans(), st.none() | st.just(1000)),
        st.builds(messages.FlushAttribute, st.sampled_from(("x", "y"))),
        st.builds(messages.Forget, resource, st.sampled_from(("", *NODES)), moment, st.booleans(), st.booleans()),
        st.builds(messages.Restart, resource, node, moment),
        st.builds(messages.ShutDown, node, moment),
        st.builds(messages.GiveUp, node, st.just(LIFE), moment),
        st.builds(messages.Fenced, st.just("r"), node, st.sampled_from(("", str(LIFE))), st.just("off"), st.booleans()),
        st.builds(messages.Mark, st.dictionaries(node, st.booleans())),
    )  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from((1, 2, 9)), said()), max_size=25))
def test_equal_messages_make_equal_states(history: list[tuple[int, messages.Message]]) -> None:
    """Members would part for ever, or one of them would die of a message that the others survive."""
    one, other = fresh(), replica.load(replica.dump(fresh()))
    for sender, message in history:
        payload = messages.encode(message)
        for state in (one, other):
            replication.apply(state, sender, messages.decode(payload), payload)
    assert one.document.render() == other.document.render()
    assert one.fingerprint() == other.fingerprint()
    again = replica.load(replica.dump(one))
    assert again.fingerprint() == one.fingerprint()
    assert (again.pending, again.held, again.departed) == (one.pending, one.held, one.departed)


def test_states_that_differ_have_different_fingerprints() -> None:
    """A diverged member would be taken for one that holds the state."""
    one, other = fresh(), fresh()
    other.document.root.set("epoch", "7")
    assert one.fingerprint() != other.fingerprint()
    other = fresh()
    other.advance(1, b"something")
    assert one.fingerprint() != other.fingerprint()


def apply(state: Replica, sender: int, message: messages.Message) -> replication.Applied:
    return replication.apply(state, sender, message, messages.encode(message))


@pytest.mark.parametrize(
    "message",
    [
        messages.FlushAttribute("x"),
        messages.ShutDown("n1", 5),
        messages.GiveUp("n1", LIFE, 5),
        messages.Fenced("r", "n1", "", "off", True),
        messages.Mark({"n1": True}),
    ],
    ids=lambda m: type(m).__name__,
)
def test_what_only_the_dc_may_say_is_refused_from_others(message: messages.Message) -> None:
    """A node that believes to be the DC still would declare others dead."""
    state = fresh()
    before = state.document.render()
    assert apply(state, 2, message).refused is not None
    assert state.document.render() == before


def test_a_connection_makes_its_remote_node() -> None:
    """A remote node that reconnects would be judged by the results of before its reboot."""
    state = fresh()
    agent = agents.AgentName("ocf", "remote", "pacemaker")
    for task, expected in (("start", "true"), ("stop", "false")):
        operation = executor.Operation("remote", agent, task, 0, 20000, "1:1:0:u")
        result = executor.Result(operation, 1, 0, agents.ExecutionStatus.DONE)
        apply(state, 1, messages.Results("n1", LIFE, (result,), 5))
        entry = status.node_state(state.document, "remote")
        assert entry is not None
        assert (entry.get("in_ccm"), entry.get("remote_node")) == (expected, "true")


def test_every_change_raises_the_version() -> None:
    """Tools that watch the version would not see that something changed."""
    state = fresh()
    status.set_node_state(state.document, "1", "n1", in_ccm="true", crmd="online")
    before = state.document.version
    apply(state, 1, messages.ChangeAttribute("n1", "x", "1", 5))
    assert state.document.version.num_updates == before.num_updates + 1
    apply(state, 1, messages.ChangeAttribute("n1", "x", "1", 5))
    assert state.document.version.num_updates == before.num_updates + 1


@pytest.mark.parametrize("size", [1, 7, 1000, 10**6])
def test_a_state_is_loaded_in_pieces_of_any_size(size: int) -> None:
    """A joiner of a large cluster would hold its own loop until it is excluded again."""
    data = replica.dump(fresh())
    loader = replica.Loader()
    for start in range(0, len(data), size):
        loader.feed(data[start : start + size])
    assert loader.close().fingerprint() == fresh().fingerprint()


@pytest.mark.parametrize("data", [b"", b"\0\0", b"\0\0\0\2xx", replica.dump(fresh())[:-9]], ids=range(4))
def test_what_is_no_state_is_refused(data: bytes) -> None:
    """A torn snapshot would be taken for a configuration, or kill the joiner."""
    with pytest.raises(RemoteProtocolError):
        replica.load(data)
