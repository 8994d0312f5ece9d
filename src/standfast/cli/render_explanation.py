"""Why a resource is where it is, as a tree."""

from __future__ import annotations

import textwrap

from standfast.cli.style import Style, Tone
from standfast.cli.times import moment_ms
from standfast.web import schema

_INFINITY = 1_000_000
_WIDTH = 110


def score_text(score: int) -> str:
    """Return a score as people write it."""
    if abs(score) >= _INFINITY:
        return "INFINITY" if score > 0 else "-INFINITY"
    return str(score)


def explanation(record: schema.Explanation, style: Style, node: str = "", why_not: str = "", offset_s: int = 0) -> str:
    """Return the tree. `node`: this place only. `why_not`: begin with what keeps the resource away from this node."""
    parts = [line for instance in record.instances for line in _instance(instance, style, node, why_not)]
    if not record.instances:
        parts = [f"{record.resource}: nothing is known of it"]
    if record.actions:
        parts += ["", "Being done:", *(f"  {action_line(a)}" for a in record.actions)]
    if record.steps:
        parts += ["", "Step by step:", *_steps(record.steps)]
    if record.recent:
        parts += ["", "Lately:", *(f"  {moment_ms(e.wall_ms, offset_s)}  {e.message}" for e in record.recent)]
    return "\n".join(parts)


def _instance(record: schema.InstanceExplanation, style: Style, node: str, why_not: str) -> list[str]:
    where = f"{record.role} on {record.node}" if record.node else record.role
    lines = [f"{style.paint(record.instance, Tone.STRONG)}: {where}"]
    if record.decided_by:
        lines.append(f"  decided by: {record.decided_by}")
    if record.promotion is not None and record.node:
        lines.append(f"  {_promotion(record.promotion)}")
    if why_not:
        lines += textwrap.wrap(_why_not(record, why_not), _WIDTH, initial_indent="  ", subsequent_indent="  ")
    places = [p for p in record.places if node in ("", p.node) and (not why_not or p.node in (why_not, record.node))]
    for at, place in enumerate(places):
        lines += _place(place, record.node, style, last=at == len(places) - 1)
    return lines


def _promotion(record: schema.PromotionRecord) -> str:
    """Return what is said of an instance's promotion: the score, its parts, and why it is not promoted."""
    parts = ", ".join(f"{p.source} {score_text(p.score)}" for p in record.parts)
    words = "not promoted" if record.why_not else "promoted"
    reason = f": {record.why_not}" if record.why_not else ""
    return f"{words}, with a score of {score_text(record.score)}" + (f" ({parts})" if parts else "") + reason


def _why_not(record: schema.InstanceExplanation, node: str) -> str:
    """Return the paragraph that says why the instance is not on this node."""
    place = next((p for p in record.places if p.node == node), None)
    if record.node == node:
        return (place.why_not if place is not None else "") or f"{record.instance} is on {node}."
    if place is None:
        return f"{record.instance} is not on {node}: that is no node it could be on."
    return place.why_not or f"{record.instance} is not on {node}: {place.refused or record.decided_by}."


def _place(place: schema.PlaceRecord, chosen: str, style: Style, *, last: bool) -> list[str]:
    branch, stem = ("└─", "  ") if last else ("├─", "│ ")
    mark = " *" if place.node == chosen else ""
    tone = Tone.BAD if place.refused or place.score < 0 else Tone.GOOD if mark else None
    head = f"{place.node}: {style.paint(score_text(place.score), tone)}{mark}"
    if place.refused:
        head += f"  refused: {place.refused}"
    lines = [f"  {branch} {head}"]
    width = max((len(score_text(p.score)) for p in place.parts), default=0)
    for part in place.parts:
        note = f"  ({part.note})" if part.note else ""
        lines.append(f"  {stem}   {score_text(part.score).rjust(width)}  {part.source}{note}")
    return lines


def _steps(steps: list[schema.Step]) -> list[str]:
    """Return the resource's own steps, why they are there and what they wait for; marks are looked through."""
    known = {step.number: step for step in steps}
    lines = []
    for step in steps:
        if not step.own or step.pseudo:
            continue
        lines.append(f"  {step_name(step)}" + (f": {step.why}" if step.why else ""))
        awaited = _awaited(step, known)
        if awaited:
            waits = "waits for " + ", ".join(awaited)
            lines += textwrap.wrap(waits, _WIDTH, initial_indent="      ", subsequent_indent="        ")
    return lines


def _awaited(step: schema.Step, known: dict[int, schema.Step]) -> list[str]:
    """Return what a step waits for: of a mark, what the mark waits for; without what others of these wait for."""
    found = _looked_through(step, known)
    before = {n for one in found.values() for n in _ancestry(one.waits_for, known)}
    return list(dict.fromkeys(step_name(one) for number, one in sorted(found.items()) if number not in before))


def _looked_through(step: schema.Step, known: dict[int, schema.Step]) -> dict[int, schema.Step]:
    found: dict[int, schema.Step] = {}
    waiting, seen = list(step.waits_for), set[int]()
    while waiting:
        number = waiting.pop(0)
        one = known.get(number)
        if one is None or number in seen:
            continue
        seen.add(number)
        if one.pseudo:
            waiting += one.waits_for
        else:
            found[number] = one
    return found


def _ancestry(numbers: list[int], known: dict[int, schema.Step]) -> set[int]:
    found: set[int] = set()
    waiting = list(numbers)
    while waiting:
        number = waiting.pop()
        if number in known and number not in found:
            found.add(number)
            waiting += known[number].waits_for
    return found


def step_name(step: schema.Step) -> str:
    """Return what is done, and where."""
    return (
        f"{step.action} on {step.node}"
        if step.node and not step.action.startswith("fence")
        else (f"{step.action} {step.node}".rstrip())
    )


def dot(record: schema.Explanation) -> str:
    """Return the steps as a graph in the dot language: those of the resource bold, what they wait for above them."""
    lines = [f"digraph {_quoted(record.resource)} {{", "  node [shape=box];"]
    for step in record.steps:
        label = step_name(step) + (f"\n{step.why}" if step.why and not step.pseudo else "")
        style = "dotted" if step.pseudo else "bold" if step.own else "solid"
        lines.append(f"  {step.number} [label={_quoted(label)} style={style}];")
    lines += [f"  {one} -> {step.number};" for step in record.steps for one in step.waits_for]
    for instance in record.instances:
        lines.append(f"  {_quoted(instance.instance)} [label={_quoted(_summary(instance))} shape=note];")
    return "\n".join([*lines, "}"])


def _summary(record: schema.InstanceExplanation) -> str:
    where = f"{record.role} on {record.node}" if record.node else record.role
    return "\n".join([f"{record.instance}: {where}", *(f"{p.node}: {score_text(p.score)}" for p in record.places)])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def action_line(action: schema.PlannedAction) -> str:
    """Return one planned action: what, of what, where, why."""
    where = ""
    if action.source and action.target and action.source != action.target:
        where = f" {action.source} -> {action.target}"
    elif action.target or action.source:
        where = f" on {action.target or action.source}"
    if action.action in ("Fence", "Shutdown"):
        where = ""
    text = f"{action.action} {action.resource}{where}"
    if action.reason:
        text += f", because {action.reason}"
    return text + (" (blocked)" if action.blocked else "")
