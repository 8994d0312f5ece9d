"""What the machine refused."""

from __future__ import annotations

from standfast.errors import Exit, LiveError


class SetupError(LiveError):
    """The kernel or a file refused a step of a set-up, or a question about the network."""

    exit_status = Exit.ERROR
