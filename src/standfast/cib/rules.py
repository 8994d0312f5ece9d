"""Rules: whether a condition on node attributes, dates, resources and operations holds, and when that changes next.

Source: Pacemaker Explained, "Rules". What cannot be read (an unknown operation, a date that is none) does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec
from lxml import etree

from standfast.cib import times, values

_SUBMATCH = re.compile(r"%(\d)", re.ASCII)
_ORDERED = frozenset(("lt", "lte", "gt", "gte"))


class Context(msgspec.Struct, frozen=True):
    """What rules are evaluated against.

    `node_attributes` is None where no node is known: every attribute is undefined there. `submatches` are what the
    parentheses of a location constraint's `rsc-pattern` matched (0 is the whole). `utc_offset_s` is local time's.
    """

    now_s: int = 0
    node_attributes: Mapping[str, str] | None = None
    parameters: Mapping[str, str] = msgspec.field(default_factory=dict)
    meta: Mapping[str, str] = msgspec.field(default_factory=dict)
    standard: str | None = None
    provider: str | None = None
    type: str | None = None
    operation: str | None = None
    interval_ms: int = 0
    submatches: tuple[str, ...] | None = None
    utc_offset_s: int = 0


class Verdict(msgspec.Struct, frozen=True):
    """Whether a rule holds, and the second since 1970 when that may change; None: not by time alone.

    As in Pacemaker, a `date_spec` names no next change: `cluster-recheck-interval` looks again.
    """

    holds: bool
    next_change_s: int | None = None


def evaluate(rule: etree._Element, context: Context) -> bool:
    """Return whether the rule holds."""
    return _rule(rule, context, [], ())


def judge(rule: etree._Element, context: Context) -> Verdict:
    """Return whether the rule holds, and when time changes that."""
    changes: list[int] = []
    holds = _rule(rule, context, changes, ())
    return Verdict(holds, min((at for at in changes if at > context.now_s), default=None))


def resolve(element: etree._Element) -> etree._Element | None:
    """Return the element that `id-ref` names (the same tag, anywhere in the document), or the element itself."""
    reference = element.get("id-ref")
    if reference is None:
        return element
    for candidate in element.getroottree().getroot().iter(element.tag):
        if candidate.get("id") == reference:
            return candidate
    return None


def _rule(rule: etree._Element, context: Context, changes: list[int], within: tuple[etree._Element, ...]) -> bool:
    """Return whether the rule holds; one that refers to a rule that it is part of does not."""
    resolved = resolve(rule)
    if resolved is None or resolved in within:
        return False
    within = (*within, resolved)
    operator = resolved.get("boolean-op", "and").lower()
    if operator not in ("and", "or"):
        return False
    conditions = [child for child in resolved if isinstance(child.tag, str)]
    if not conditions:
        return True
    # Lazily: a condition that is not reached names no next change.
    verdicts = (_condition(child, context, changes, within) for child in conditions)
    return all(verdicts) if operator == "and" else any(verdicts)


def _condition(
    element: etree._Element, context: Context, changes: list[int], within: tuple[etree._Element, ...]
) -> bool:
    match element.tag:
        case "expression":
            return _attribute(element, context)
        case "rule":
            return _rule(element, context, changes, within)
        case "date_expression":
            return _date(element, context, changes)
        case "rsc_expression":
            return _resource(element, context)
        case "op_expression":
            return _operation(element, context)
    return False


def _attribute(element: etree._Element, context: Context) -> bool:
    name = element.get("attribute")
    if name is None:
        return False
    if context.submatches is not None and "%" in name:
        name = _expand(name, context.submatches)
    actual = (context.node_attributes or {}).get(name)
    operation = element.get("operation", "").lower()
    value = element.get("value")
    if operation in ("defined", "not_defined"):
        return value is None and (actual is not None) == (operation == "defined")
    if value is None:
        return False
    known, reference = _reference(value, element.get("value-source", "literal").lower(), context)
    return known and _compare(operation, element.get("type"), actual, reference)


def _expand(name: str, submatches: tuple[str, ...]) -> str:
    def text(match: re.Match[str]) -> str:
        index = int(match[1])
        return submatches[index] if index < len(submatches) else ""

    return _SUBMATCH.sub(text, name)


def _reference(value: str, source: str, context: Context) -> tuple[bool, str | None]:
    """Return whether the source is known, and what the node attribute is compared with."""
    match source:
        case "literal":
            return True, value
        case "param":
            return True, context.parameters.get(value)
        case "meta":
            return True, context.meta.get(value)
    return False, None


def _compare(operation: str, kind: str | None, actual: str | None, reference: str | None) -> bool:
    if kind is None:
        kind = _default_type(operation, actual, reference)
    order = _order(kind.lower(), actual, reference)
    if order is None:
        return False
    if operation in ("eq", "ne"):
        return (order == 0) == (operation == "eq")
    if operation not in _ORDERED or actual is None or reference is None:
        return False
    if order == 0:
        return operation.endswith("e")
    return (order < 0) == operation.startswith("l")


def _default_type(operation: str, actual: str | None, reference: str | None) -> str:
    if operation not in _ORDERED:
        return "string"
    return "number" if "." in (actual or "") or "." in (reference or "") else "integer"


def _order(kind: str, left: str | None, right: str | None) -> int | None:
    """Return below, equal or above zero as left is; an absent side is the lowest. None if the type is unknown."""
    if kind not in ("string", "integer", "number", "version"):
        return None
    if left is None or right is None:
        return (left is not None) - (right is not None)
    if kind == "version":
        return values.compare_versions(left, right)
    a: float | str | None = None
    b: float | str | None = None
    if kind != "string":
        read = values.integer if kind == "integer" else values.number
        a, b = read(left), read(right)
    if a is None or b is None:
        a, b = left.lower(), right.lower()
    return (a > b) - (a < b)  # type: ignore[operator]


def _resource(element: etree._Element, context: Context) -> bool:
    wanted = ((element.get("class"), context.standard), (element.get("provider"), context.provider),
              (element.get("type"), context.type))  # fmt: skip
    return all(want is None or want == actual for want, actual in wanted)


def _operation(element: etree._Element, context: Context) -> bool:
    name, interval = element.get("name"), element.get("interval")
    if name is None or name != context.operation:
        return False
    return interval is None or times.parse_interval_ms(interval) == context.interval_ms


def _date(element: etree._Element, context: Context, changes: list[int]) -> bool:
    match element.get("operation", "in_range").lower():
        case "in_range":
            return _in_range(element, context, changes)
        case "gt":
            start = times.parse_instant(element.get("start"), context.now_s, context.utc_offset_s)
            return start is not None and _after(start, context.now_s, changes)
        case "lt":
            end = times.parse_instant(element.get("end"), context.now_s, context.utc_offset_s)
            return end is not None and _before(end, context.now_s, changes)
        case "date_spec":
            spec = element.find("date_spec")
            return spec is not None and date_spec_holds(spec, context.now_s, context.utc_offset_s)
    return False


def _after(start_s: int, now_s: int, changes: list[int]) -> bool:
    changes.append(start_s + 1)
    return now_s > start_s


def _before(end_s: int, now_s: int, changes: list[int]) -> bool:
    changes.append(end_s)
    return now_s < end_s


def _in_range(element: etree._Element, context: Context, changes: list[int]) -> bool:
    start_text, end_text = element.get("start"), element.get("end")
    start = times.parse_moment(start_text, context.now_s, context.utc_offset_s)
    end_s = times.parse_instant(end_text, context.now_s, context.utc_offset_s)
    unreadable = (start_text is not None and start is None) or (end_text is not None and end_s is None)
    if unreadable or (start is None and end_s is None):
        return False
    duration = element.find("duration")
    if end_text is None and duration is not None and start is not None:
        end = _add(start, duration)
        if end is None:
            return False
        end_s = times.seconds(end)
    if start is not None and context.now_s < times.seconds(start):
        changes.append(times.seconds(start))
        return False
    if end_s is None:
        return True
    changes.append(end_s + 1)  # the end itself is inside
    return context.now_s <= end_s


def _add(start: datetime, duration: etree._Element) -> datetime | None:
    """Return start and the duration: years, months, weeks, days, hours, minutes, seconds in that order."""
    amounts = {}
    for name in ("years", "months", "weeks", "days", "hours", "minutes", "seconds"):
        text = duration.get(name)
        amount = 0 if text is None else values.integer(text)
        if amount is None:
            return None
        amounts[name] = amount
    years, months = amounts.pop("years"), amounts.pop("months")
    try:
        return times.add_months(times.add_years(start, years), months) + timedelta(**amounts)
    except (OverflowError, ValueError):
        return None


def date_spec_holds(spec: etree._Element, now_s: int, utc_offset_s: int = 0) -> bool:
    """Return whether every range of the specification holds the local time."""
    now = times.moment(now_s, utc_offset_s)
    week_year, week, weekday = now.isocalendar()
    fields = {
        "years": now.year, "months": now.month, "monthdays": now.day, "hours": now.hour, "minutes": now.minute,
        "seconds": now.second, "yeardays": now.timetuple().tm_yday, "weekyears": week_year, "weeks": week,
        "weekdays": weekday,
    }  # fmt: skip
    return all(_within(spec.get(name), value) for name, value in fields.items())


def _within(text: str | None, value: int) -> bool:
    """Return whether `n`, `n-`, `-n` or `a-b` holds the value; an absent range does, one that is none does not."""
    if text is None:
        return True
    match = re.fullmatch(r"\s*(\d{0,30})(?:(-)\s*(\d{0,30}))?", text, re.ASCII)
    if match is None or not (match[1] or match[3]):
        return False
    low = int(match[1]) if match[1] else value
    high = int(match[3]) if match[3] else value if match[2] else low
    return low <= value <= high
