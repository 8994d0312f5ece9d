"""A document's way to the worker."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast import cib, errors
from standfast.daemons import feeding

STATES = st.lists(
    st.tuples(
        st.sampled_from(["n1", "n2", "n3"]), st.sampled_from(["", "<lrm/>", '<lrm id="7"><lrm_resources/></lrm>'])
    ),
    max_size=4,
)


def text(
    num_updates: int, configuration: str, states: list[tuple[str, str]], note: str = "", schema: str = "pacemaker-3.9"
) -> bytes:
    found = "".join(f'<node_state uname="{name}">{inner}</node_state>' for name, inner in states)
    return (
        f'<cib epoch="1" num_updates="{num_updates}" validate-with="{schema}">'
        f"<configuration>{configuration}</configuration><status>{note}{found}</status></cib>"
    ).encode()


DOCUMENTS = st.builds(
    text,
    st.integers(0, 9),
    st.sampled_from(["", "<tags/>", "<!-- <node_state -->", "<!-- <status> <node_state x='1'/> </status> -->"]),
    STATES,
    st.sampled_from(["", "", "<!-- <node_state -->"]),
    st.sampled_from(["pacemaker-3.9", "pacemaker-4.0", "pacemaker-2.10"]),
)


@given(st.lists(DOCUMENTS, min_size=1, max_size=6))
def test_what_arrives_is_what_was_sent(sent: list[bytes]) -> None:
    """The cluster would act on a document that nobody has."""
    sender, receiver = feeding.Sender(), feeding.Receiver()
    for one in sent:
        assert b"".join(feeding.pieces(one)) == one
        whole, _ = cib.upgrade.upgrade(cib.Document.parse(one))
        assert receiver.take(sender.difference(one)).render() == whole.render()


def test_only_what_changed_goes() -> None:
    """Reading 3 MB anew costs more than a recovery has time for."""
    sender = feeding.Sender()
    states = [("n1", "<lrm/>"), ("n2", "<lrm/>"), ("n3", "<lrm/>")]
    assert sender.difference(text(1, "<tags/>", states)).is_whole
    states[1] = ("n2", "")
    changed = dict(sender.difference(text(2, "<tags/>", states)).changed)
    assert list(changed) == [0, 3]
    assert changed[3] == b'<node_state uname="n2"></node_state>'
    assert sender.difference(text(2, "<tags/>", states)).changed == ()


def test_a_receiver_without_the_last_document_says_so() -> None:
    """A worker that was started anew would make one node's state a whole cluster."""
    sender, receiver = feeding.Sender(), feeding.Receiver()
    sender.difference(text(1, "", [("n1", ""), ("n2", "")]))
    change = sender.difference(text(2, "", [("n1", ""), ("n2", "")]))
    with pytest.raises(errors.LiveError, match="no document"):
        receiver.take(change)
    sender.forget()
    assert receiver.take(sender.difference(text(2, "", [("n1", "")]))).root.get("num_updates") == "2"


def test_what_is_no_xml_is_refused_and_leaves_nothing() -> None:
    """A half document would be the base of the next one."""
    sender, receiver = feeding.Sender(), feeding.Receiver()
    receiver.take(sender.difference(text(1, "", [("n1", ""), ("n2", "")])))
    with pytest.raises(errors.ConfigError):
        receiver.take(sender.difference(text(1, "", [("n1", "<lrm>"), ("n2", "")])))
    with pytest.raises(errors.LiveError):
        receiver.take(sender.difference(text(2, "", [("n1", "<lrm>"), ("n2", "")])))
