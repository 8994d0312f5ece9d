"""What a change would do, as text."""

from __future__ import annotations

from standfast.cli.render_explanation import action_line
from standfast.cli.style import Style, Tone
from standfast.web import schema

_TONES = {"Stop": Tone.BAD, "Fence": Tone.BAD, "Start": Tone.GOOD, "Promote": Tone.GOOD}
_DIFFERENCE_TONES = {"+": Tone.GOOD, "-": Tone.BAD}


def plan(record: schema.Plan, style: Style) -> str:
    """Return the difference of the configuration, then the actions with their reasons."""
    lines = [f"Based on configuration {record.based_on}", ""]
    if record.difference:
        lines += [
            "Configuration:",
            *(f"  {style.paint(d, _DIFFERENCE_TONES.get(d[:1]))}" for d in record.difference),
            "",
        ]
    else:
        lines += ["Configuration: no difference", ""]
    if record.actions:
        lines.append(f"{len(record.actions)} action{'s' if len(record.actions) != 1 else ''}:")
        lines += [f"  {_painted(a, style)}" for a in record.actions]
    else:
        lines.append("Nothing would be done.")
    return "\n".join(lines)


def _painted(action: schema.PlannedAction, style: Style) -> str:
    line = action_line(action)
    return style.paint(action.action, _TONES.get(action.action, Tone.CAUTION)) + line[len(action.action) :]
