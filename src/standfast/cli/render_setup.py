"""Set-ups of directors and real servers, and what their doctor found, as text."""

from __future__ import annotations

from collections.abc import Sequence

from standfast.cli.style import Style, Tone
from standfast.director import setup
from standfast.errors import Severity

_TONES = {Severity.ERROR: Tone.BAD, Severity.WARNING: Tone.CAUTION, Severity.INFO: Tone.FAINT}


def plan(steps: Sequence[object], style: Style) -> str:
    """Return the steps that would be made, in their order."""
    if not steps:
        return "Nothing would be done."
    head = f"{len(steps)} step{'s' if len(steps) != 1 else ''}:"
    return "\n".join([head, *(f"  {style.paint(str(step), Tone.CAUTION)}" for step in steps)])


def standing(wish: setup.Wish, required: Sequence[setup.Step], facts: setup.Facts, style: Style) -> str:
    """Return what a wish needs and whether it is so."""
    lines = [f"{wish.method.value.upper()} for {', '.join(wish.vips) or 'whatever address'}"]
    for step in required:
        there = setup.holds(step, facts)
        mark = style.paint("is so  ", Tone.GOOD) if there else style.paint("missing", Tone.BAD)
        lines.append(f"  {mark}  {fact(step)}")
    return "\n".join(lines)


def fact(step: setup.Step) -> str:
    """Return a step as what is to be, not as what is to be done."""
    match step:
        case setup.LoadModule(name):
            return f"module {name}"
        case setup.AddTunnel(link):
            return f"tunnel device {link}"
        case setup.SetSysctl(name, value):
            return f"{setup.dotted(name)} = {value}"
        case setup.LinkUp(link):
            return f"{link} up"
        case setup.AddAddress(address, link):
            return f"{address} on {link}"


def findings(found: Sequence[setup.Finding], style: Style) -> str:
    """Return what the doctor found, each with its reason and its cure."""
    if not found:
        return "Nothing is wrong."
    lines: list[str] = []
    for one in found:
        head = f"{style.paint(one.severity.value, _TONES[one.severity])}: {one.subject}: {one.what} [{one.code}]"
        lines += [head, f"  why:  {one.why}", f"  cure: {one.cure}"]
    return "\n".join(lines)
