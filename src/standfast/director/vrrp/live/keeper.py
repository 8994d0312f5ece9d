"""What somebody else removes comes back at once, and the log says who it was."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable
from pathlib import Path

from standfast.director.vrrp import rtnetlink_messages as nl
from standfast.director.vrrp.configuration import Address
from standfast.director.vrrp.intervals import NS_PER_S
from standfast.director.vrrp.live.belongings import Belongings
from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.live.timers import now_ns
from standfast.director.vrrp.rtnetlink_messages import Answer, Kind

LOG = logging.getLogger("standfast.vrrp")
RETURNS_PER_S_MAX = 10
"""How often an address comes back at once; somebody who removes it whenever it comes would keep us busy."""

Owned = Iterable[tuple[str, Belongings]]
"""What must be there, by whose it is."""


class Keeper:
    """Sets again what is ours and was removed by another than `kernel`'s own socket."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._returned: dict[tuple[int, Address], tuple[int, int]] = {}

    def lost_address(self, held: nl.Holding, answer: Answer, owned: Owned) -> tuple[str, int]:
        """Return whose address is back, if it is; and when to set everything again, if it is not to come back yet."""
        if answer.port_id == self._kernel.port_id:
            return "", 0
        for name, mine in owned:
            request = mine.addresses.get((held.index, held.address))
            if request is None:
                continue
            if not self._may_return(name, held, answer):
                return "", now_ns() + NS_PER_S
            error = self._kernel.change([request])[0]
            outcome = f"it is not back: {os.strerror(error)}" if error else "it is back"
            LOG.warning("%s: %s was removed by %s; %s", name, held.address, _who(answer.port_id), outcome)
            return ("" if error else name), 0
        return "", 0

    def lost_route(self, answer: Answer, owned: Owned) -> None:
        """Set a route or a rule again."""
        if answer.port_id == self._kernel.port_id:
            return
        is_route = answer.kind == Kind.DEL_ROUTE
        key = nl.read_route(answer)
        for name, mine in owned:
            lost = [mine.routes[key]] if is_route and key in mine.routes else [] if is_route else mine.rules
            if lost and 0 in self._kernel.change(lost):
                what = "a route" if is_route else "a rule"
                LOG.warning("%s: %s was removed by %s; it is back", name, what, _who(answer.port_id))

    def _may_return(self, name: str, held: nl.Holding, answer: Answer) -> bool:
        now, key = now_ns(), (held.index, held.address)
        begun_ns, count = self._returned.get(key, (now, 0))
        if now - begun_ns > NS_PER_S:
            begun_ns, count = now, 0
        self._returned[key] = begun_ns, count + 1
        if count == RETURNS_PER_S_MAX:
            LOG.error("%s: %s is removed again and again by %s; waiting", name, held.address, _who(answer.port_id))
        return count < RETURNS_PER_S_MAX


def _who(port_id: int) -> str:
    """Return who removed something, by its netlink port id, which mostly is the process's id."""
    if not port_id:
        return "the kernel (netlink port 0)"
    try:
        name = Path(f"/proc/{port_id}/comm").read_text().strip()
    except OSError:
        name = "a process that is gone"
    return f"netlink port {port_id} ({name})"
