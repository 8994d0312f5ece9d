"""Text that XML can hold: what agents, peers and clients say may hold anything."""

from __future__ import annotations

import re

_REFUSED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legible(text: str) -> str:
    """Return the text with what XML cannot hold replaced."""
    return _REFUSED.sub("\N{REPLACEMENT CHARACTER}", text)


def is_legible(text: str) -> bool:
    """Return whether XML can hold the text as it is."""
    return _REFUSED.search(text) is None
