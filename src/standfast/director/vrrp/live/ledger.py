"""A file of what we may have set in the kernel, so that the next start removes what a kill left.

It is written before the first address is set and names everything that the configuration could set.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Sequence
from pathlib import Path

from standfast.director.vrrp.live.netlink import Kernel
from standfast.director.vrrp.rtnetlink_messages import Flag, Kind, Request

DEFAULT = Path("/run/standfast/vrrp-ledger.json")


class Ledger:
    """The removals that undo us, and the links that we made."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def clean(self, kernel: Kernel) -> tuple[int, list[str]]:
        """Remove what a predecessor left; return how much was there, and the links to be removed."""
        try:
            noted = json.loads(self._path.read_text())
            removals = [
                Request(Kind(kind), Flag(flags), bytes.fromhex(body)) for kind, flags, body in noted["removals"]
            ]
            links = [str(name) for name in noted["links"]]
        except (OSError, ValueError, KeyError, TypeError):
            return 0, []
        return kernel.change(removals).count(0), links

    def write(self, removals: Sequence[Request], links: Sequence[str]) -> None:
        """Note what may be set from now on."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        noted = {
            "removals": [(int(each.kind), int(each.flags), each.body.hex()) for each in removals],
            "links": list(links),
        }
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(noted))
        os.replace(fresh, self._path)

    def end(self) -> None:
        """Forget it: everything was removed."""
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
