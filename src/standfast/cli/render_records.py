"""Events, fencing and attributes as text."""

from __future__ import annotations

import msgspec

from standfast.cli.style import Style, Tone, table
from standfast.cli.times import moment, moment_ms
from standfast.web import schema

_LEVEL_TONES = {"error": Tone.BAD, "warning": Tone.CAUTION, "notice": Tone.STRONG, "debug": Tone.FAINT}
_STATE_TONES = {"failed": Tone.BAD, "success": Tone.GOOD, "pending": Tone.CAUTION}


def event(record: schema.EventRecord, style: Style, offset_s: int = 0) -> str:
    """Return an event as one line."""
    fields = "".join(f" {k}={v}" for k, v in record.fields.items())
    level = style.paint(record.level, _LEVEL_TONES.get(record.level))
    return f"{record.number:>6}  {moment_ms(record.wall_ms, offset_s)}  {level}  {record.message}{fields}"


def fencing(status: schema.FencingStatus, style: Style, offset_s: int = 0) -> str:
    """Return devices and history."""
    lines = ["Devices"]
    lines += table([[d.id, d.agent, " ".join(d.targets)] for d in status.devices]) or ["  none"]
    return "\n".join([*lines, "", *_history(status.history, style, offset_s)])


def history(status: schema.FencingStatus, style: Style, offset_s: int = 0) -> str:
    """Return the history of fencing only."""
    return "\n".join(_history(status.history, style, offset_s))


def _history(records: list[schema.FencingRecord], style: Style, offset_s: int) -> list[str]:
    lines = ["History"]
    for record in records:
        when = moment(record.wall_s, offset_s) if record.wall_s else "-"
        text = (
            f"  {when}  {record.action} of {record.target}: {style.paint(record.state, _STATE_TONES.get(record.state))}"
        )
        words = (("by", record.device), ("on", record.executed_by), ("for", record.client), ("because", record.reason))
        lines.append(text + "".join(f", {word} {value}" for word, value in words if value))
    return lines if records else [*lines, "  none"]


def outcome(result: str) -> str:
    """Return what an order brought, for people. `result` is the answer's: JSON, a sentence, or empty."""
    try:
        found = msgspec.json.decode(result)
    except msgspec.DecodeError:
        return result
    if not isinstance(found, dict):
        return result
    lines = []
    if "forgotten" in found:
        places = [f"forgotten: {resource} on {node}" for node, resource in found.pop("forgotten")]
        lines += places or ["there was nothing to forget"]
        found.pop("nodes", None)
    for name, value in found.items():
        words = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        lines += [f"{name}: {words}"] if words else []
    return "\n".join(lines)


def attributes(records: list[schema.Attribute]) -> str:
    """Return node attributes as a table."""
    rows = [[a.node, a.name, a.value, a.lifetime] for a in records]
    return "\n".join(table([["node", "name", "value", "lifetime"], *rows], indent=""))
