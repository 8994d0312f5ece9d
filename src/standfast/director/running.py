"""How the process of the checkers is to run."""

from __future__ import annotations

import msgspec


class Running(msgspec.Struct, frozen=True):
    """`rt_priority` 1..99 is real-time and locks memory, as `no_swap` alone does; `nice` -20..19.

    `rttime_limit_us` above 0: so long may it run in real time without waiting before it is killed.
    """

    rt_priority: int = 0
    rttime_limit_us: int = 0
    nice: int = 0
    no_swap: bool = False
    processors: tuple[int, ...] = ()
