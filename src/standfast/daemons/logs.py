"""The daemon's log on its standard error, written by a thread: who reads it may be slow, or not read at all."""

from __future__ import annotations

import logging
import logging.handlers
import queue
import sys
import threading

NOTICE = 25
LINES_MAX = 10_000
END_S = 0.5


class _Handler(logging.handlers.QueueHandler):
    """Queues lines; what does not fit any more is lost, and nobody waits for it."""

    def enqueue(self, record: logging.LogRecord) -> None:
        try:
            self.queue.put_nowait(record)
        except queue.Full:
            return

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (the library's name)
        """Do without a line that cannot be made."""


class Logs:
    """The log of one process, from its making to `end`."""

    def __init__(self, node: str, level: str) -> None:
        logging.addLevelName(NOTICE, "NOTICE")
        output = logging.StreamHandler(sys.stderr)
        layout = f"%(asctime)s.%(msecs)03d {node} %(levelname)s %(message)s"
        output.setFormatter(logging.Formatter(layout, datefmt="%H:%M:%S"))
        lines: queue.Queue[logging.LogRecord] = queue.Queue(LINES_MAX)
        self._listener = logging.handlers.QueueListener(lines, output)
        self._listener.start()
        root = logging.getLogger()
        root.setLevel(level.upper())
        root.addHandler(_Handler(lines))

    def end(self) -> None:
        """Write what waits, but wait no longer than half a second for who reads it."""
        thread = threading.Thread(target=self._listener.stop, daemon=True)
        thread.start()
        thread.join(END_S)
