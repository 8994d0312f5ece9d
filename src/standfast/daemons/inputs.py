"""The DC keeps what it gave to the scheduler: `pe-input-N.bz2`, `pe-warn-N.bz2`, `pe-error-N.bz2`, in a ring.

Source: Pacemaker's options pe-input-series-max (4000), pe-warn-series-max (5000), pe-error-series-max (-1).
"""

from __future__ import annotations

import bz2
import contextlib
from pathlib import Path

SERIES = {"normal": ("pe-input", 4000), "warning": ("pe-warn", 5000), "error": ("pe-error", 0)}


class Inputs:
    """A folder of saved inputs. Each series goes round at its limit; 0 is no limit."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next: dict[str, int] = {}

    def keep(self, data: bytes, severity: str) -> Path:
        """Save an input as the next one of its series; return its path. Raises: OSError."""
        name, limit = SERIES[severity]
        number = self._number(name)
        path = self._folder / f"{name}-{number}.bz2"
        self._folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(bz2.compress(data, 1))
        self._next[name] = (number + 1) % limit if limit else number + 1
        (self._folder / f"{name}.last").write_text(f"{self._next[name]}\n")
        return path

    def _number(self, name: str) -> int:
        if name not in self._next:
            self._next[name] = 0
            with contextlib.suppress(OSError, ValueError):
                self._next[name] = int((self._folder / f"{name}.last").read_text())
        return self._next[name]
