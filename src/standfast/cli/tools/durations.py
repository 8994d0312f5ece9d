"""Times as the tools' options give them: `5`, `5s`, `500ms`, `2min`, `1h`, `PT5S`."""

from __future__ import annotations

from standfast.cli.tools.exits import USAGE, ToolError

_UNITS = (("ms", 1), ("msec", 1), ("us", 0), ("usec", 0), ("", 1000), ("s", 1000), ("sec", 1000), ("m", 60_000),
          ("min", 60_000), ("h", 3_600_000), ("hr", 3_600_000))  # fmt: skip
_OF_PERIOD = {"D": 86_400_000, "H": 3_600_000, "M": 60_000, "S": 1000}


def milliseconds(text: str) -> int:
    """Return the time; a bare number is seconds. Raises: ToolError (64) if it is none."""
    plain = text.strip()
    if plain.startswith("P"):
        return _period(plain)
    digits = plain[: len(plain) - len(plain.lstrip("0123456789"))]
    for unit, factor in _UNITS:
        if digits and plain[len(digits) :].strip().lower() == unit:
            return int(digits) * factor if factor else int(digits) // 1000
    raise ToolError(f"{text!r} is no time", USAGE)


def _period(text: str) -> int:
    total, digits = 0, ""
    for letter in text[1:].replace("T", ""):
        if letter.isdigit():
            digits += letter
        elif letter in _OF_PERIOD and digits:
            total, digits = total + int(digits) * _OF_PERIOD[letter], ""
        else:
            raise ToolError(f"{text!r} is no time", USAGE)
    return total
