"""`version`."""

from __future__ import annotations

from standfast import __version__
from standfast.cli.commands import context
from standfast.cli.live import terminal
from standfast.errors import Exit


@context.command
def version() -> int:
    """Print the version of this command."""
    terminal.say(f"standfast {__version__}")
    return Exit.OK
