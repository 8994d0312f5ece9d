"""Which value a name has."""

from __future__ import annotations

from lxml import etree

from standfast import cib
from standfast.cib import nvpairs


def owner(inner: str) -> etree._Element:
    return etree.fromstring(f"<primitive id='r'>{inner}</primitive>")


def pairs(set_id: str, value: str, more: str = "") -> str:
    return f"<meta_attributes id='{set_id}' {more}><nvpair id='{set_id}-n' name='n' value='{value}'/></meta_attributes>"


def test_higher_score_wins() -> None:
    """An operator's set with a higher score would not override the ordinary one."""
    assert (
        nvpairs.unpack(
            owner(pairs("a", "low") + pairs("b", "high", "score='5'") + pairs("c", "mid")), "meta_attributes"
        )["n"]
        == "high"
    )


def test_of_equal_scores_the_later_wins() -> None:
    """Two sets of equal score would count in another order than Pacemaker's."""
    assert nvpairs.unpack(owner(pairs("a", "first") + pairs("b", "second")), "meta_attributes") == {"n": "second"}


def test_named_first_set_wins_over_scores() -> None:
    """cib-bootstrap-options would lose to a set with a score."""
    found = nvpairs.unpack(
        owner(pairs("a", "boot") + pairs("b", "x", "score='INFINITY'")), "meta_attributes", first="a"
    )
    assert found == {"n": "boot"}


def test_earlier_owner_wins_and_later_fills() -> None:
    """A resource's own value would be replaced by a default, or a default not used."""
    defaults = owner(pairs("d", "default") + "<meta_attributes id='e'><nvpair name='m' value='1'/></meta_attributes>")
    assert nvpairs.unpack([owner(pairs("a", "own")), defaults], "meta_attributes") == {"n": "own", "m": "1"}


def test_default_sign_removes_what_was_said() -> None:
    """A `#default` in a lower set would become a literal value."""
    sets = pairs("a", "x", "score='2'") + pairs("b", "#default", "score='1'")
    assert nvpairs.unpack(owner(sets), "meta_attributes") == {}


def test_references_to_sets_and_pairs_are_resolved() -> None:
    """A set that is shared by `id-ref` would be empty for the second resource."""
    root = etree.fromstring(
        "<resources><primitive id='p'><meta_attributes id='s'><nvpair id='x' name='n' value='1'/></meta_attributes>"
        "</primitive><primitive id='q'><meta_attributes id-ref='s'/></primitive>"
        "<primitive id='r'><meta_attributes id='t'><nvpair id-ref='x'/><nvpair id-ref='x' name='other'/>"
        "</meta_attributes></primitive></resources>"
    )
    assert nvpairs.unpack(root[1], "meta_attributes") == {"n": "1"}
    assert nvpairs.unpack(root[2], "meta_attributes") == {"n": "1", "other": "1"}


def test_rule_guards_a_set_and_its_change_is_told() -> None:
    """A set for office hours would count at night, or the scheduler would not look again at their end."""
    rule = "<rule id='r1'><date_expression id='d' operation='lt' end='1970-01-01 00:01:00Z'/></rule>"
    element = owner(
        f"<meta_attributes id='a' score='1'>{rule}<nvpair name='n' value='early'/></meta_attributes>" + pairs("b", "x")
    )
    changes: list[int] = []
    assert nvpairs.unpack(element, "meta_attributes", cib.Context(now_s=10), changes=changes) == {"n": "early"}
    assert changes == [60]
    assert nvpairs.unpack(element, "meta_attributes", cib.Context(now_s=60)) == {"n": "x"}
