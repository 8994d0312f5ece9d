"""What the VRRP process and the one that started it say to each other, and how the process is to run."""

from __future__ import annotations

from typing import Any

import msgspec

from standfast.director.vrrp.configuration import Configuration
from standfast.director.vrrp.events import Notify


class Running(msgspec.Struct, frozen=True):
    """How the VRRP process runs. `ledger` is the path of its file; empty paths are none.

    `rt_priority` 1..99 is real-time and locks memory, as `no_swap` alone does; `nice` -20..19. `keeps_addresses`: what
    is set stays when it ends, for a successor. `sessions` is the path where it hears of BFD sessions.
    `auto_priority_max` above 0: a real-time priority up to this is taken by and by, whenever a timer is later than
    `auto_priority_delay_us`. `rttime_limit_us` above 0: so long may it run in real time without waiting before it is
    killed.
    """

    ledger: str
    pid_file: str = ""
    rt_priority: int = 0
    rttime_limit_us: int = 0
    nice: int = 0
    no_swap: bool = False
    processors: tuple[int, ...] = ()
    keeps_addresses: bool = False
    sessions: str = ""
    startup_delay_ms: int = 0
    auto_priority_max: int = 0
    auto_priority_delay_us: int = 1_000_000


class Begin(msgspec.Struct, frozen=True):
    """Order: the first; be these routers."""

    configuration: Configuration
    running: Running
    log: Any = None
    """How its log is written, as its maker understands it."""


class Reconfigure(msgspec.Struct, frozen=True):
    """Order: be these routers from now on, and run so; answered by `Reconfigured`."""

    configuration: Configuration
    running: Running


class Ask(msgspec.Struct, frozen=True):
    """Order: tell of the routers from the `first` on, `count` of them; answered by `Answer`."""

    number: int
    first: int
    count: int


class Begun(msgspec.Struct, frozen=True):
    """Said: it takes part."""


class Reconfigured(msgspec.Struct, frozen=True):
    """Said: what a `Reconfigure` wanted is so."""


class Told(msgspec.Struct, frozen=True):
    """Said: a router or a sync group is in another state."""

    notify: Notify


class Answer(msgspec.Struct, frozen=True):
    """Said: what an `Ask` of this number wanted; `total` is how many routers there are."""

    number: int
    total: int
    rows: list[dict[str, Any]]
    process: dict[str, Any]


Order = Begin | Reconfigure | Ask
Said = Begun | Reconfigured | Told | Answer
Message = Order | Said
