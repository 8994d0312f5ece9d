"""HPACK as a client needs it: what a server's header blocks say, and fields of ours that no table keeps.

Source: RFC 7541.
"""

from __future__ import annotations

from collections import deque
from functools import cache

Field = tuple[str, str]
TABLE_BYTES = 4096
"""How large a server may let the table of a connection become: we never ask for another size."""
_ENTRY_BYTES = 32  # what an entry counts beside its text (§4.1)
_EOS = 256
# How many bits the code of each byte has, and of the end of the text (appendix B). Codes of one length follow one
# another as their bytes do, those of the next length begin where they end: the lengths say all.
_CODE_BITS = (
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
    28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
    6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
    13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
    15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
    20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
    22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
    21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
    19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
    20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
    30,
)  # fmt: skip
# Appendix A: `name`, or `name=value`.
_STATIC: tuple[Field, ...] = tuple((name, value) for name, _, value in (word.partition("=") for word in """
:authority|:method=GET|:method=POST|:path=/|:path=/index.html|:scheme=http|:scheme=https|:status=200|:status=204|\
:status=206|:status=304|:status=400|:status=404|:status=500|accept-charset|accept-encoding=gzip, deflate|\
accept-language|accept-ranges|accept|access-control-allow-origin|age|allow|authorization|cache-control|\
content-disposition|content-encoding|content-language|content-length|content-location|content-range|content-type|\
cookie|date|etag|expect|expires|from|host|if-match|if-modified-since|if-none-match|if-range|if-unmodified-since|\
last-modified|link|location|max-forwards|proxy-authenticate|proxy-authorization|range|referer|refresh|retry-after|\
server|set-cookie|strict-transport-security|transfer-encoding|user-agent|vary|via|www-authenticate
""".strip().split("|")))  # fmt: skip


def literal(name: str, value: str) -> bytes:
    """Return a field that no table keeps, not compressed. Source: §6.2.2."""
    encoded = (text.encode("utf-8", "surrogateescape") for text in (name, value))
    return b"\0" + b"".join(_integer(len(text), 7) + text for text in encoded)


def _integer(value: int, bits: int) -> bytes:
    """Return an integer behind a prefix of so many bits that are its own. Source: §5.1."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes((value,))
    out, value = bytearray((limit,)), value - limit
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


class Decoder:
    """The header blocks of one connection, in their order."""

    def __init__(self) -> None:
        self._table: deque[Field] = deque()
        self._table_bytes = 0
        self._limit_bytes = TABLE_BYTES
        self._block = b""
        self._at = 0

    def fields(self, block: bytes) -> list[Field]:
        """Return the fields of a block. Raises: ValueError if it is none; the connection is of no use then."""
        self._block, self._at = block, 0
        found: list[Field] = []
        try:
            while self._at < len(block):
                found += self._next()
        except IndexError as error:
            raise ValueError("a header block is cut off") from error
        return found

    def _next(self) -> list[Field]:
        """Return the next field; a change of the table's size is none."""
        first = self._block[self._at]
        if first & 0x80:
            return [self._entry(self._number(7))]
        if first & 0xE0 == 0x20:
            self._limit_bytes = self._number(5)
            if self._limit_bytes > TABLE_BYTES:
                raise ValueError("the header table becomes too large")
            self._shrink()
            return []
        kept = bool(first & 0x40)
        index = self._number(6 if kept else 4)
        field = (self._entry(index)[0] if index else self._text(), self._text())
        if kept:
            self._table.appendleft(field)
            self._table_bytes += _size(field)
            self._shrink()
        return [field]

    def _entry(self, index: int) -> Field:
        if 0 < index <= len(_STATIC):
            return _STATIC[index - 1]
        if not index:
            raise ValueError("a header field without an index")
        return self._table[index - len(_STATIC) - 1]

    def _shrink(self) -> None:
        while self._table_bytes > self._limit_bytes:
            self._table_bytes -= _size(self._table.pop())

    def _number(self, bits: int) -> int:
        limit = (1 << bits) - 1
        value = self._block[self._at] & limit
        self._at += 1
        if value < limit:
            return value
        for shift in range(0, 35, 7):
            byte = self._block[self._at]
            self._at += 1
            value += (byte & 127) << shift
            if byte < 128:
                return value
        raise ValueError("a number in a header block is too large")

    def _text(self) -> str:
        compressed = bool(self._block[self._at] & 0x80)
        length = self._number(7)
        raw = self._block[self._at : self._at + length]
        if len(raw) < length:
            raise ValueError("a header block is cut off")
        self._at += length
        return (expanded(raw) if compressed else raw).decode("latin-1")


def _size(field: Field) -> int:
    return len(field[0]) + len(field[1]) + _ENTRY_BYTES


@cache
def _codes() -> dict[tuple[int, int], int]:
    """Return the byte of each code, by the code's bits and number."""
    codes, code, before = {}, 0, 0
    for symbol in sorted(range(len(_CODE_BITS)), key=lambda symbol: (_CODE_BITS[symbol], symbol)):
        bits = _CODE_BITS[symbol]
        code <<= bits - before
        codes[bits, code] = symbol
        code, before = code + 1, bits
    return codes


def expanded(text: bytes) -> bytes:
    """Return a Huffman-coded text as it was. Raises: ValueError. Source: §5.2."""
    codes, out, code, bits = _codes(), bytearray(), 0, 0
    for byte in text:
        for place in range(7, -1, -1):
            code, bits = code << 1 | byte >> place & 1, bits + 1
            symbol = codes.get((bits, code))
            if symbol == _EOS or bits > 30:
                raise ValueError("a text in a header block has no such code")
            if symbol is not None:
                out.append(symbol)
                code, bits = 0, 0
    if bits > 7 or code != (1 << bits) - 1:
        raise ValueError("a text in a header block ends within a code")
    return bytes(out)
