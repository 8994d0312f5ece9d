"""Who may join."""

import dataclasses
from typing import Any

import msgspec
import pytest

from standfast.dialects import corosync
from standfast.enrolment import admission, messages
from standfast.errors import Exit

SECRET = b"s" * 16
NODE = corosync.NodeEntry("n1", 1, {0: "10.0.0.1"})
TREE = corosync.read(
    corosync.render(corosync.Conf("web", "knet", (NODE,), corosync.QuorumOptions(), "aes256", "sha256"))
)
HELLO = messages.Hello(messages.PROTOCOL, SECRET, "n2", ["10.0.0.2"], "web", "1", "3.1.7")


def decide(tree: corosync.Tree = TREE, now_ms: float = 5, used: bool = False, **changes: Any) -> admission.Verdict:
    key = admission.digest(SECRET)
    invitation = admission.Invitation(key, 10, used)
    return admission.decide(msgspec.structs.replace(HELLO, **changes), tree, {key: invitation}, now_ms, "3.1.6")


def test_a_joiner_gets_the_next_id_and_the_rule_for_two() -> None:
    """The second node would have no vote that counts, or the first lose quorum with it."""
    verdict = decide()
    assert isinstance(verdict, admission.Admitted)
    conf = corosync.conf(verdict.tree)
    assert [(n.name, n.id, dict(n.addresses)) for n in conf.nodes] == [
        ("n1", 1, {0: "10.0.0.1"}),
        ("n2", 2, {0: "10.0.0.2"}),
    ]
    assert conf.quorum.two_node
    assert conf.config_version == 2
    assert corosync.check(verdict.tree) == ()


@pytest.mark.parametrize(
    ("changes", "reason", "cure", "status"),
    [
        ({"secret": b"x"}, "wrong", "cluster invite", Exit.NO_PERMISSION),
        ({"used": True}, "used", "cluster invite", Exit.NO_PERMISSION),
        ({"now_ms": 11}, "too old", "cluster invite", Exit.NO_PERMISSION),
        ({"cluster": "shop"}, "this is the cluster web, not shop", "--cluster web", Exit.UNSATISFIED),
        ({"corosync": "2.4.5"}, "wires differ", "install Corosync 3 on n2", Exit.UNSATISFIED),
        ({"corosync": ""}, "no known version", "install Corosync 3", Exit.UNSATISFIED),
        ({"protocol": 9}, "protocol 9", "same standfast", Exit.PROTOCOL),
        ({"node": "a b"}, "no name", "--node", Exit.USAGE),
        ({"node": "n1"}, "other addresses", "standfast cluster remove n1", Exit.EXISTS),
        ({"addresses": ["10.0.0.1"]}, "n1 has one", "--address", Exit.EXISTS),
        ({"addresses": ["10.0.0.2", "10.1.0.2"]}, "1 link", "--address", Exit.USAGE),
        ({"addresses": ["10.0.0.300"]}, "would not be good", "mend", Exit.CONFIG),
    ],
)
def test_a_refusal_says_what_to_do(changes: dict[str, Any], reason: str, cure: str, status: Exit) -> None:
    """An operator would stand before a machine that does not join, and not know why."""
    verdict = decide(**changes)
    assert isinstance(verdict, messages.Refused)
    assert reason in verdict.reason
    assert cure in verdict.cure
    assert verdict.exit_status == status


def test_a_wrong_token_is_told_nothing_else() -> None:
    """Somebody without a token could find out names and addresses."""
    verdict = decide(secret=b"x", cluster="shop", node="n1")
    assert isinstance(verdict, messages.Refused)
    assert verdict.reason == "the token is wrong"


def test_a_node_that_comes_again_changes_nothing() -> None:
    """A node whose disk was replaced could not come back."""
    first = decide()
    assert isinstance(first, admission.Admitted)
    again = decide(tree=first.tree)
    assert isinstance(again, admission.Admitted)
    assert (again.tree, again.node.id) == (first.tree, 2)
    assert dataclasses.replace(again.node, votes=1) == again.node
