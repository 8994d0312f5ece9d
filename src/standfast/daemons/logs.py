"""The daemon's log on its standard error, written by a thread: who reads it may be slow, or not read at all."""

from __future__ import annotations

import logging
import logging.handlers
import os
import queue
import sys
import threading

NOTICE = 25
LINES_MAX = 10_000
END_S = 0.5
PRIORITIES = {"CRITICAL": 2, "ERROR": 3, "WARNING": 4, "NOTICE": 5, "INFO": 6, "DEBUG": 7}


def to_journal() -> bool:
    """Return whether standard error is the journal's, which notes time and node itself. Source: systemd.exec(5)."""
    stream = os.environ.get("JOURNAL_STREAM", "")
    try:
        status = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):
        return False
    return stream == f"{status.st_dev}:{status.st_ino}"


class JournalFormatter(logging.Formatter):
    """Lines that begin with the message's priority. Source: sd-daemon(3)."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return f"<{PRIORITIES.get(record.levelname, 6)}>{super().format(record)}"


def _formatter(node: str) -> logging.Formatter:
    if to_journal():
        return JournalFormatter("%(message)s")
    return logging.Formatter(f"%(asctime)s.%(msecs)03d {node} %(levelname)s %(message)s", datefmt="%H:%M:%S")


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
        output.setFormatter(_formatter(node))
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
