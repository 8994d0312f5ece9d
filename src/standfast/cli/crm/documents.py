"""`crm cib`: there are no shadow copies; a plan takes their place."""

from __future__ import annotations

from standfast.cli.crm.session import Command, Session, usage


def _none(session: Session, words: list[str]) -> int:
    """Say what takes the place of shadow copies."""
    raise usage("there are no shadow copies (expected: standfast plan FILE, then standfast apply FILE)")


COMMANDS: dict[str, Command] = dict.fromkeys(("new", "use", "commit", "delete", "list", "diff", "reset"), _none)
