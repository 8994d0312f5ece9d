"""Whether a rule holds."""

from __future__ import annotations

import pytest
from lxml import etree

from standfast.cib import rules, times
from standfast.cib.rules import Context


def rule(inner: str, operator: str = "and") -> etree._Element:
    return etree.fromstring(f"<rule id='r' boolean-op='{operator}'>{inner}</rule>")


def expression(**attributes: str) -> str:
    text = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f"<expression id='e' attribute='a' {text}/>"


@pytest.mark.parametrize(
    ("actual", "attributes", "holds"),
    [
        ("1", {"operation": "defined"}, True),
        (None, {"operation": "defined"}, False),
        (None, {"operation": "not_defined"}, True),
        ("1", {"operation": "defined", "value": "1"}, False),
        ("Web", {"operation": "eq", "value": "wEB"}, True),
        (None, {"operation": "eq", "value": "x"}, False),
        (None, {"operation": "ne", "value": "x"}, True),
        ("100", {"operation": "lt", "value": "20"}, False),
        ("100", {"operation": "lt", "value": "20", "type": "string"}, True),
        ("2.5", {"operation": "gt", "value": "2"}, True),
        ("2.5", {"operation": "gt", "value": "2", "type": "integer"}, False),
        ("x5", {"operation": "gt", "value": "2"}, True),
        ("5", {"operation": "gte", "value": "5"}, True),
        ("5", {"operation": "lte", "value": "5"}, True),
        ("5", {"operation": "lt", "value": "5"}, False),
        (None, {"operation": "lt", "value": "5"}, False),
        ("1.10", {"operation": "gt", "value": "1.9", "type": "version"}, True),
        ("1.2", {"operation": "eq", "value": "1.2.0", "type": "version"}, True),
        ("1", {"operation": "eq"}, False),
        ("1", {"operation": "like", "value": "1"}, False),
        ("7", {"operation": "eq", "value": "port", "value_source": "param"}, True),
        ("8", {"operation": "eq", "value": "wanted", "value_source": "meta"}, True),
        (None, {"operation": "eq", "value": "absent", "value_source": "meta"}, True),
    ],
)
def test_attribute_comparisons(actual: str | None, attributes: dict[str, str], holds: bool) -> None:
    """A location rule would choose other nodes than Pacemaker does."""
    context = Context(
        node_attributes={} if actual is None else {"a": actual}, parameters={"port": "7"}, meta={"wanted": "8"}
    )
    assert rules.evaluate(rule(expression(**attributes)), context) is holds


def test_nested_rules_and_operators() -> None:
    """An `or` inside an `and` would be read as one flat list."""
    yes, no = expression(operation="not_defined"), expression(operation="defined")
    inner = f"<rule id='i' boolean-op='or'>{no}{yes}</rule>"
    assert rules.evaluate(rule(yes + inner), Context())
    assert not rules.evaluate(rule(no + inner), Context())
    assert rules.evaluate(rule(""), Context())


def test_submatches_stand_in_attribute_names() -> None:
    """A constraint with rsc-pattern could not look at an attribute named after the resource."""
    text = "<expression id='e' attribute='on-%1' operation='defined'/>"
    assert rules.evaluate(rule(text), Context(node_attributes={"on-web": "1"}, submatches=("x-web", "web")))


def test_resource_and_operation_expressions() -> None:
    """rsc_defaults or op_defaults for one kind of agent or operation would count for all."""
    agent = rule("<rsc_expression id='e' class='ocf' provider='heartbeat' type='IPaddr2'/>")
    assert rules.evaluate(agent, Context(standard="ocf", provider="heartbeat", type="IPaddr2"))
    assert not rules.evaluate(agent, Context(standard="ocf", provider="pacemaker", type="IPaddr2"))
    assert not rules.evaluate(agent, Context())
    every = rule("<op_expression id='e' name='monitor' interval='10s'/>")
    assert rules.evaluate(every, Context(operation="monitor", interval_ms=10_000))
    assert not rules.evaluate(every, Context(operation="monitor", interval_ms=20_000))
    assert rules.evaluate(rule("<op_expression id='e' name='monitor'/>"), Context(operation="monitor", interval_ms=7))


NOON = times.parse_instant("2024-03-01 12:00:00Z") or 0


@pytest.mark.parametrize(
    ("text", "holds", "next_change"),
    [
        ("operation='gt' start='2024-03-01 12:00:00Z'", False, NOON + 1),
        ("operation='gt' start='2024-03-01 11:59:59Z'", True, None),
        ("operation='lt' end='2024-03-01 13:00:00Z'", True, NOON + 3600),
        ("operation='lt' end='2024-03-01 12:00:00Z'", False, None),
        ("start='2024-03-01' end='2024-03-01 12:00:00Z'", True, NOON + 1),
        ("operation='in_range' start='2024-03-02'", False, NOON + 43200),
        ("operation='in_range' end='2024-02-01'", False, None),
        ("operation='in_range'", False, None),
        ("operation='in_range' start='nonsense' end='2025-01-01'", False, None),
    ],
)
def test_dates_and_next_changes(text: str, holds: bool, next_change: int | None) -> None:
    """A dated rule would hold at the wrong time, or the scheduler would not be woken when it changes."""
    verdict = rules.judge(rule(f"<date_expression id='d' {text}/>"), Context(now_s=NOON))
    assert verdict == rules.Verdict(holds, next_change)


@pytest.mark.parametrize(
    ("spec", "holds"),
    [
        ("hours='9-16' weekdays='1-5'", True),
        ("hours='13-'", False),
        ("hours='-12'", True),
        ("monthdays='1' months='3' years='2024'", True),
        ("weekdays='6-7'", False),
        ("yeardays='61'", True),
        ("weekyears='2024' weeks='9'", True),
        ("hours='x'", False),
    ],
)
def test_date_specs(spec: str, holds: bool) -> None:
    """Office-hours rules would hold at other hours."""
    text = f"<date_expression id='d' operation='date_spec'><date_spec id='s' {spec}/></date_expression>"
    assert rules.evaluate(rule(text), Context(now_s=NOON)) is holds


def test_duration_gives_the_end_of_a_range() -> None:
    """A maintenance window given as start and duration would never end."""
    text = "<date_expression id='d' operation='in_range' start='2024-03-01 11:00:00Z'><duration id='u' hours='1'/>"
    verdict = rules.judge(rule(text + "</date_expression>"), Context(now_s=NOON))
    assert verdict == rules.Verdict(True, NOON + 1)
    assert not rules.evaluate(rule(text + "</date_expression>"), Context(now_s=NOON + 1))


def test_a_rule_that_refers_to_itself_does_not_hold() -> None:
    """One nonsensical rule would end every daemon that schedules."""
    text = "<c><rule id='a'><rule id-ref='b'/></rule><rule id='b'><rule id-ref='a'/></rule></c>"
    assert not rules.evaluate(etree.fromstring(text)[0], Context())
