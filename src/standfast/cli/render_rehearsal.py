"""What events would lead to, as text and as JSON."""

from __future__ import annotations

import msgspec

from standfast.cli.render_explanation import action_line
from standfast.cli.style import Style, Tone
from standfast.daemons import outcome_answers
from standfast.dialects import what_if


def text(rehearsal: what_if.Rehearsal, style: Style) -> str:
    """Return each event with what would move, how long it takes, and what would be missing meanwhile."""
    lines = [line for stage in rehearsal.stages for line in (*_stage(stage, style), "")]
    if rehearsal.guessed:
        guesses = ", ".join(rehearsal.guessed)
        lines.append(
            f"Times are those of the history, guessed where it has none ({guesses}); noticing a loss is not in them."
        )
    else:
        lines.append("Times are those of the history; noticing a loss is not in them.")
    count = sum(len(stage.broken) for stage in rehearsal.stages)
    if count:
        lines.append(
            style.paint(f"{count} time{'s' if count != 1 else ''} there would be fewer than there must be.", Tone.BAD)
        )
    return "\n".join(lines)


def _stage(stage: what_if.Stage, style: Style) -> list[str]:
    lines = [
        style.paint(stage.event, Tone.STRONG) + (f": at rest after {seconds(stage.took_ms)}" if stage.settled else "")
    ]
    if not stage.settled:
        lines[0] += style.paint(": does not come to rest", Tone.BAD)
    fenced = {c.resource for c in stage.changes if c.action == "Fence"}
    lines += [f"  Fence {node}, because {reason}" for node, reason in stage.fencing if node not in fenced]
    lines += [f"  {action_line(outcome_answers.action(change))}" for change in stage.changes]
    if not stage.changes and not stage.fencing:
        lines.append("  nothing would be done")
    lines += [f"  {style.paint(_gap(gap), Tone.CAUTION)}" for gap in stage.gaps]
    for broken in stage.broken:
        when = "at once" if not broken.at_ms else f"after {seconds(broken.at_ms)}"
        fewer = f"FEWER THAN {broken.floor}: {broken.fewest or 'none'} {when}"
        lines.append(f"  {style.paint(fewer, Tone.BAD)}")
    return lines


def _gap(gap: what_if.Gap) -> str:
    nobody = f"no {'promoted ' if gap.role == 'promoted' else ''}instance of {gap.resource}"
    if gap.end_ms is None:
        return f"{nobody} any more from {seconds(gap.begin_ms)} on" if gap.begin_ms else f"{nobody} any more"
    return f"{nobody} for {seconds(gap.end_ms - gap.begin_ms)}"


def seconds(milliseconds: int) -> str:
    """Return a duration: `24 ms`, `1.5 s`, `12 s`, `2 min 5 s`."""
    if milliseconds < 1000:
        return f"{milliseconds} ms"
    if milliseconds < 10_000:
        return f"{milliseconds / 1000:.1f} s"
    whole = round(milliseconds / 1000)
    return f"{whole} s" if whole < 120 else f"{whole // 60} min {whole % 60} s"


def json(rehearsal: what_if.Rehearsal) -> str:
    """Return the same for programs: the stages, which times are guessed, and whether a floor is not kept."""
    record = {
        "stages": [_record(stage) for stage in rehearsal.stages],
        "guessed": list(rehearsal.guessed),
        "broken": rehearsal.broken,
    }
    return msgspec.json.format(msgspec.json.encode(record)).decode()


def _record(stage: what_if.Stage) -> dict[str, object]:
    return {
        "event": stage.event,
        "actions": [outcome_answers.action(change) for change in stage.changes],
        "fencing": dict(stage.fencing),
        "took_ms": stage.took_ms,
        "settled": stage.settled,
        "gaps": list(stage.gaps),
        "broken": list(stage.broken),
    }
