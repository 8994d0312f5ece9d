"""The DC keeps what it gave to the scheduler: `pe-input-N.bz2`, `pe-warn-N.bz2`, `pe-error-N.bz2`, in rings.

Source: Pacemaker's options pe-input-series-max (4000), pe-warn-series-max (5000), pe-error-series-max (-1: all).
"""

from __future__ import annotations

import bz2
import contextlib
from pathlib import Path

from standfast import cib

SERIES = {"normal": "pe-input", "warning": "pe-warn", "error": "pe-error"}


def limit(document: cib.Document, severity: str) -> int:
    """Return how many inputs of a series are kept, as the configuration says: -1 is all, 0 is none."""
    return cib.properties.read(document).integer(f"{SERIES[severity]}-series-max")


def dated(data: bytes, now_s: int) -> bytes:
    """Return a document's text with the time in its root element, if there is none yet; 0 leaves it as it is."""
    start = data.find(b"<cib")
    end = data.find(b">", start)
    if not now_s or start < 0 or b" execution-date=" in data[start:end]:
        return data
    return data[: start + 4] + b' execution-date="%d"' % now_s + data[start + 4 :]


class Inputs:
    """A folder of saved inputs. Each series goes round at its limit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next: dict[str, int] = {}

    def keep(self, data: bytes, severity: str, limit: int = -1, now_s: int = 0) -> Path | None:
        """Save an input as the next one of its series; return its path, None if none is kept. Raises: OSError.

        `now_s` is stored in it as `execution-date`: who looks at it later gets the same answer.
        """
        if not limit:
            return None
        name = SERIES[severity]
        number = self._number(name)
        if limit > 0 and number >= limit:
            number = 0
        path = self._folder / f"{name}-{number}.bz2"
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bz2.compress(dated(data, now_s), 1))
        self._next[name] = number + 1
        (self._folder / f"{name}.last").write_text(f"{self._next[name]}\n")
        return path

    def _number(self, name: str) -> int:
        if name not in self._next:
            self._next[name] = 0
            with contextlib.suppress(OSError, ValueError):
                self._next[name] = max(0, int((self._folder / f"{name}.last").read_text()))
        return self._next[name]
