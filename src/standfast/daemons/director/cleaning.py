"""What a director that was killed left, taken out."""

from __future__ import annotations

import sys
from pathlib import Path

from standfast.daemons.director import process
from standfast.daemons.director.main import open_dataplane
from standfast.daemons.director.settings import Settings
from standfast.director import lvs
from standfast.director.live.ledger import Ledger
from standfast.director.vrrp import live as vrrp_live
from standfast.director.vrrp.live import virtual_devices
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.netlink import Kernel
from standfast.errors import Exit, LiveError, RequestError


def clean_routers(path: Path) -> None:
    """Remove the addresses, routes, rules and devices that a VRRP process left. Raises: OSError."""
    left, kernel, interfaces = vrrp_live.Ledger(path), Kernel(), Interfaces()
    try:
        interfaces.read(kernel)
        _, links = left.clean(kernel)
        for name in links:
            virtual_devices.remove(name, kernel, interfaces)
        left.end()
    finally:
        kernel.close()


def clean(settings: Settings) -> int:
    """Take out what a director that was killed left, in the table and of its routers; return the exit status."""
    ledger = Ledger(settings.ledger)
    owned = ledger.read()
    try:
        if settings.namespace:
            process.enter_namespace(settings.namespace)
        clean_routers(Path(settings.vrrp_ledger))
        if owned:
            dataplane = open_dataplane(settings)
            there = {found.service.key for found in dataplane.services()}
            refused = dataplane.apply([lvs.DeleteService(key) for key in owned if key in there])
            if refused:
                raise LiveError(f"{len(refused)} services could not be taken out")
    except (LiveError, RequestError, OSError) as error:
        print(f"standfast-director: {error}", file=sys.stderr)
        return Exit.UNAVAILABLE
    ledger.forget()
    return Exit.OK
