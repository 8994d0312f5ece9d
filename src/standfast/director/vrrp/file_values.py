"""The number in a tracked file. Source: keepalived.conf(5), Track files; strtol(3)."""

from __future__ import annotations

import re

READ_BYTES = 127
_MIN, _MAX = -(2**31), 2**31
_NUMBER = re.compile(r"\s*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)")


def number(text: str) -> int | None:
    """Return the number at the beginning, 0 if there is none; None if it is too large for anything to be made of it."""
    found = _NUMBER.match(text)
    if not found:
        return 0
    sign, digits = found.groups()
    base = 16 if digits[:2].lower() == "0x" else 8 if digits[0] == "0" else 10
    value = int(digits, base) * (-1 if sign == "-" else 1)
    return value if _MIN <= value <= _MAX else None
