"""JSON in and out, by the parts of the standard library's own that need no regular expressions.

Importing `json` compiles some and takes as long as all the rest of a tool's start; where an interpreter has not these
parts, `json` itself does it.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_BLANKS = " \t\n\r"


class _Rules:
    """What the scanner asks for: plain dictionaries and numbers."""

    strict = True
    object_hook = None
    object_pairs_hook = None
    parse_float = float
    parse_int = int
    parse_constant = float
    memo: dict[str, str] = {}  # noqa: RUF012 - the scanner's own, emptied by it


def decode(data: bytes) -> Any:
    """Return the value of a JSON text. Raises: ValueError."""
    try:
        from _json import make_scanner
    except ImportError:
        import json

        return json.loads(data)
    text = data.decode().strip(_BLANKS)
    try:
        value, end = make_scanner(_Rules())(text, 0)  # type: ignore[arg-type]
    except StopIteration:
        raise ValueError("no JSON") from None
    if end != len(text):
        raise ValueError("something follows the JSON")
    return value


def encode(value: Any) -> str:
    """Return the JSON text of plain data: dictionaries by string, lists, strings, numbers, truth, nothing."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            return _quoted(value)
        case dict():
            return "{" + ", ".join(f"{_quoted(str(k))}: {encode(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(encode(v) for v in value) + "]"


def _quoted(text: str) -> str:
    try:
        from _json import encode_basestring_ascii
    except ImportError:
        import json

        return json.dumps(text)
    return str(encode_basestring_ascii(text))
