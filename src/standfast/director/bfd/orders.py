"""What the BFD process and the one that started it say to each other, and how the process is to run."""

from __future__ import annotations

from typing import Any

import msgspec

from standfast.director.bfd.configuration import Configuration
from standfast.director.bfd.events import Changed


class Running(msgspec.Struct, frozen=True):
    """How the BFD process runs. Empty paths are none.

    `rt_priority` 1..99 is real-time and locks memory, as `no_swap` alone does; `nice` -20..19. `followers` are paths
    of the sockets of whoever follows sessions beside the process that started this. `rttime_limit_us` above 0: so long
    may it run in real time without waiting before it is killed.
    """

    pid_file: str = ""
    rt_priority: int = 0
    rttime_limit_us: int = 0
    nice: int = 0
    no_swap: bool = False
    processors: tuple[int, ...] = ()
    followers: tuple[str, ...] = ()


class Begin(msgspec.Struct, frozen=True):
    """Order: the first; have these sessions."""

    configuration: Configuration
    running: Running
    log: Any = None
    """How its log is written, as its maker understands it."""


class Configure(msgspec.Struct, frozen=True):
    """Order: have these sessions from now on, and run so; sessions that stay as they were go on."""

    configuration: Configuration
    running: Running


class Ask(msgspec.Struct, frozen=True):
    """Order: tell of the sessions; answered by `Answer`."""

    number: int


class Begun(msgspec.Struct, frozen=True):
    """Said: it listens."""


class Told(msgspec.Struct, frozen=True):
    """Said: a session is up or down."""

    changed: Changed


class Answer(msgspec.Struct, frozen=True):
    """Said: what an `Ask` of this number wanted."""

    number: int
    rows: list[dict[str, Any]]
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    """Packets that were no session's, by reason."""


Order = Begin | Configure | Ask
Said = Begun | Told | Answer
