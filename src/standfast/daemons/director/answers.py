"""What a director's process answers, of both its halves: status, metrics, and the files that signals ask for."""

from __future__ import annotations

import enum
import json
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from standfast.daemons.director.director import Director
from standfast.daemons.director.queries import Answer
from standfast.daemons.director.vrrp_child import VrrpChild
from standfast.director.vrrp import keepalived_dumps as dumps
from standfast.director.vrrp import metrics
from standfast.errors import LiveError

LOG = logging.getLogger("standfast.director")


class Dump(enum.Enum):
    """What a signal may ask for."""

    DATA = enum.auto()
    STATISTICS = enum.auto()
    JSON = enum.auto()


_OF_CHECKERS = {
    (Dump.DATA, False): "keepalived_check.data",
    (Dump.DATA, True): "keepalived_check.data",
    (Dump.STATISTICS, False): "keepalived.stats",
    (Dump.STATISTICS, True): "keepalived_check.stats",
    (Dump.JSON, False): "keepalived.json",
    (Dump.JSON, True): "keepalived_check.json",
}
"""Where the checkers' half is written, by what is asked for and whether the VRRP half has the other name."""


class Answers:
    """Puts together what the checkers' half and the VRRP process know."""

    def __init__(self, vrrp: VrrpChild, checkers: Callable[[], Director | None], ready: Callable[[], bool]) -> None:
        self._vrrp = vrrp
        self._checkers = checkers
        self._ready = ready

    def by_path(self) -> dict[str, Answer]:
        """Return the answers by the path that asks for them."""
        return {
            "/v1/status": self._status,
            "/v1/vrrp": self._routers,
            "/v1/ready": self._is_ready,
            "/metrics": self._metrics,
        }

    async def status(self) -> dict[str, Any]:
        """Return what is known."""
        checkers = self._checkers()
        known = checkers.status() if checkers else {"pid": os.getpid(), "virtual_servers": []}
        return known | {"ready": self._ready()}

    async def _status(self) -> tuple[str, str]:
        return "application/json", json.dumps(await self.status())

    async def routers(self) -> dict[str, Any]:
        """Return what the VRRP process knows of its routers. Raises: LiveError."""
        if self._vrrp.wanted is None or not self._vrrp.wanted.configuration.is_something:
            return {"pid": 0, "restarts": self._vrrp.deaths, "unknown_vrids": 0, "groups": {}, "routers": []}
        rows, process = await self._vrrp.ask()
        return process | {"restarts": self._vrrp.deaths, "routers": rows}

    async def _routers(self) -> tuple[str, str]:
        return "application/json", json.dumps(await self.routers())

    async def _is_ready(self) -> tuple[str, str]:
        return "application/json", json.dumps({"ready": self._ready()})

    async def _metrics(self) -> tuple[str, str]:
        checkers = self._checkers()
        told = checkers.metrics() if checkers else "# TYPE keepalived_up gauge\nkeepalived_up 1\n"
        if self._vrrp.wanted is not None and self._vrrp.wanted.configuration.is_something:
            told += await self._routers_metrics()
        return "text/plain; version=0.0.4", told

    async def _routers_metrics(self) -> str:
        """Return what is known of the routers; that nothing is, is told too."""
        try:
            known = await self.routers()
        except LiveError as error:
            LOG.warning("no metrics of virtual routers: %s", error)
            return "# TYPE standfast_vrrp_up gauge\nstandfast_vrrp_up 0\n"
        told = metrics.text(known["routers"], known["unknown_vrids"], known["restarts"])
        return f"# TYPE standfast_vrrp_up gauge\nstandfast_vrrp_up 1\n{told}"

    async def dump(self, folder: Path, asked: Dump) -> None:
        """Write what is known to files, each whole, where keepalived's processes write theirs."""
        try:
            texts = await self._texts(asked)
        except LiveError as error:
            LOG.error("nothing is written: %s", error)
            return
        for name, text in texts.items():
            path = folder / name
            new = path.with_name(path.name + ".new")
            try:
                new.write_text(text)
                new.replace(path)
            except OSError as error:
                LOG.error("%s: %s", path, error.strerror)

    async def _texts(self, asked: Dump) -> dict[str, str]:
        """Return the files' contents by name; a half that does not run writes none."""
        texts: dict[str, str] = {}
        known = await self.routers() if self._vrrp.begun else None
        now_s = time.time()
        if asked is Dump.DATA and known:
            texts["keepalived.data"] = dumps.as_data(known["routers"], known["groups"], now_s, time.ctime)
        elif asked is Dump.STATISTICS and known:
            texts["keepalived.stats"] = dumps.as_stats(known["routers"])
        elif asked is Dump.JSON and known:
            texts["keepalived.json"] = json.dumps(dumps.as_json(known["routers"], now_s)) + "\n"
        if self._checkers() is not None:
            texts |= {_OF_CHECKERS[asked, known is not None]: json.dumps(await self.status(), indent=1) + "\n"}
        return texts
