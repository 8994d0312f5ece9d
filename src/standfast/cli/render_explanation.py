"""Why a resource is where it is, as a tree."""

from __future__ import annotations

from standfast.cli.style import Style, Tone
from standfast.cli.times import moment_ms
from standfast.web import schema

_INFINITY = 1_000_000


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
    if record.recent:
        parts += ["", "Lately:", *(f"  {moment_ms(e.wall_ms, offset_s)}  {e.message}" for e in record.recent)]
    return "\n".join(parts)


def _instance(record: schema.InstanceExplanation, style: Style, node: str, why_not: str) -> list[str]:
    where = f"{record.role} on {record.node}" if record.node else record.role
    lines = [f"{style.paint(record.instance, Tone.STRONG)}: {where}"]
    if record.decided_by:
        lines.append(f"  decided by: {record.decided_by}")
    if why_not:
        lines += [f"  {line}" for line in _why_not(record, why_not)]
    places = [p for p in record.places if node in ("", p.node) and (not why_not or p.node in (why_not, record.node))]
    for at, place in enumerate(places):
        lines += _place(place, record.node, style, last=at == len(places) - 1)
    return lines


def _why_not(record: schema.InstanceExplanation, node: str) -> list[str]:
    """Return the sentence that says why the instance is not on this node."""
    if record.node == node:
        return [f"it is on {node}"]
    place = next((p for p in record.places if p.node == node), None)
    chosen = next((p for p in record.places if p.node == record.node), None)
    if place is None:
        return [f"not on {node}: {node} was no candidate"]
    if place.refused:
        return [f"not on {node}: {place.refused}"]
    if place.score < 0:
        return [f"not on {node}: its score there is {score_text(place.score)}"]
    if chosen is None:
        return [f"not on {node}: {record.decided_by or 'it runs nowhere'}"]
    if chosen.score > place.score:
        more = f"{score_text(chosen.score)} against {score_text(place.score)}"
        return [f"not on {node}: {record.node} has the higher score ({more})"]
    return [f"not on {node}: {record.decided_by or f'{record.node} was chosen among equal scores'}"]


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


def action_line(action: schema.PlannedAction) -> str:
    """Return one planned action: what, of what, where, why."""
    where = ""
    if action.source and action.target and action.source != action.target:
        where = f" {action.source} -> {action.target}"
    elif action.target or action.source:
        where = f" on {action.target or action.source}"
    text = f"{action.action} {action.resource}{where}"
    if action.reason:
        text += f", because {action.reason}"
    return text + (" (blocked)" if action.blocked else "")
