"""What a director's process answers, of both its halves: status, metrics, and the files that signals ask for."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from standfast.daemons.director.director import Director
from standfast.daemons.director.queries import Answer
from standfast.daemons.director.vrrp_child import VrrpChild

LOG = logging.getLogger("standfast.director")


class Answers:
    """Puts together what the checkers' half and the VRRP process know."""

    def __init__(self, vrrp: VrrpChild, checkers: Callable[[], Director | None], ready: Callable[[], bool]) -> None:
        self._vrrp = vrrp
        self._checkers = checkers
        self._ready = ready

    def by_path(self) -> dict[str, Answer]:
        """Return the answers by the path that asks for them."""
        return {"/v1/status": self._status, "/v1/ready": self._is_ready, "/metrics": self._metrics}

    async def status(self) -> dict[str, Any]:
        """Return what is known."""
        checkers = self._checkers()
        known = checkers.status() if checkers else {"pid": os.getpid(), "virtual_servers": []}
        return known | {"ready": self._ready()}

    async def _status(self) -> tuple[str, str]:
        return "application/json", json.dumps(await self.status())

    async def _is_ready(self) -> tuple[str, str]:
        return "application/json", json.dumps({"ready": self._ready()})

    async def _metrics(self) -> tuple[str, str]:
        checkers = self._checkers()
        return "text/plain; version=0.0.4", checkers.metrics() if checkers else ""

    async def dump(self, folder: Path, name: str) -> None:
        """Write what is known to a file, whole."""
        path = folder / name
        new = path.with_name(path.name + ".new")
        try:
            new.write_text(json.dumps(await self.status(), indent=1) + "\n")
            new.replace(path)
        except OSError as error:
            LOG.error("%s: %s", path, error.strerror)
