"""The page's client as the demo sees it: it runs beside the bridge and its answers arrive here."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
import time

from standfast.errors import LiveError, StandfastError
from standfast.lab import outage, topology
from standfast.lab.live import control

INTERVAL_MS = 5
TIMEOUT_MS = 100


_FETCH = "import sys, urllib.request as r; print(r.urlopen(sys.argv[1], timeout=5).read().decode())"


def fetch(lab: control.Lab, address: str) -> str:
    """Return the page, fetched once from beside the bridge; or what went wrong."""
    return lab.output(topology.CLIENT, sys.executable, "-c", _FETCH, f"http://{address}/")[1]


class PageClient:
    """Asks for the page from now until `close`."""

    def __init__(self, lab: control.Lab, address: str = topology.SERVICE_ADDRESS, port: int = 80) -> None:
        self._answers: list[outage.Answer] = []
        self._lab = lab
        module = "standfast.lab.live.probe"
        self._command = [sys.executable, "-m", module, address, str(port), str(INTERVAL_MS), str(TIMEOUT_MS)]
        self._source, sink = os.pipe2(os.O_CLOEXEC)
        self._run = threading.Thread(target=self._execute, args=(sink,), daemon=True)
        self._read = threading.Thread(target=self._collect, daemon=True)
        self._run.start()
        self._read.start()

    def _execute(self, sink: int) -> None:
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        try:
            with contextlib.suppress(StandfastError):
                self._lab.execute(topology.CLIENT, self._command, nothing, sink, nothing)
        finally:
            os.close(nothing)
            os.close(sink)

    def _collect(self) -> None:
        with contextlib.suppress(ValueError), open(self._source, "rb") as lines:
            for line in lines:
                said = json.loads(line)
                self._answers.append(outage.Answer(said["at_ms"], said["by"]))

    def answers(self) -> list[outage.Answer]:
        """Return the answers so far."""
        return list(self._answers)

    def wait_for_answer(self, since_ms: float, limit_s: float) -> outage.Answer:
        """Return the first answer after a moment. Raises: LiveError if there is none in time."""
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit:
            for answer in reversed(self._answers):
                if answer.at_ms > since_ms:
                    return answer
            time.sleep(0.005)
        raise LiveError(f"no page within {limit_s:g} s")

    def wait_for_return(self, since_ms: float, limit_s: float, gone: str = "", steady_ms: float = 700) -> outage.Gap:
        """Return the gap after a moment, once the page comes steadily again (not from `gone`). Raises: LiveError."""
        limit = time.monotonic() + limit_s
        while time.monotonic() < limit:
            gap = outage.back(self.answers(), since_ms, steady_ms, gone)
            if gap:
                return gap
            time.sleep(0.02)
        raise LiveError(f"the page was not back within {limit_s:g} s")
