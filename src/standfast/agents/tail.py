"""The last part of an output of unknown length."""

from __future__ import annotations

from collections import deque


class Tail:
    """Keeps the last `limit` bytes of what is added; what was before is only counted."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.total = 0
        self._parts: deque[bytes] = deque()
        self._kept = 0

    def add(self, data: bytes) -> None:
        """Add to the end. Cost does not depend on what is kept."""
        self.total += len(data)
        data = data[-self.limit :]
        self._parts.append(data)
        self._kept += len(data)
        while self._kept - len(self._parts[0]) >= self.limit:
            self._kept -= len(self._parts.popleft())

    def text(self) -> str:
        """Return what is kept as text: no NUL, whatever bytes came; a cut is marked at its place."""
        data = b"".join(self._parts)
        cut = len(data) > self.limit or self.total > len(data)
        text = data[-self.limit :].decode("utf-8", "replace").replace("\0", "\N{SYMBOL FOR NULL}")
        return f"[… cut …]{text}" if cut else text
