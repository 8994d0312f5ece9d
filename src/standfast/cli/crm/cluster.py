"""`crm cluster`: this node's daemon."""

from __future__ import annotations

from standfast.cli import render_status
from standfast.cli.crm.session import Command, Session
from standfast.cli.live import terminal
from standfast.errors import Exit
from standfast.web import schema


def _stop(session: Session, words: list[str]) -> int:
    """Stop this node's resources and end its daemon."""
    session.client.stop(schema.Order(force=session.force))
    return Exit.OK


def _status(session: Session, words: list[str]) -> int:
    """Show the cluster."""
    terminal.say(render_status.whole(session.client.status(), terminal.style()))
    return Exit.OK


COMMANDS: dict[str, Command] = {"stop": _stop, "status": _status}
