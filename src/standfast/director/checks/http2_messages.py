"""HTTP/2 as far as a check needs it: one request, and of its answer the status and the body.

Of the compressed header only the status is read, which is always the first field (RFC 9113 §8.3.2), so no table is
kept. That is why redirections and encodings are not followed over HTTP/2.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from standfast.director.checks.http_messages import Answer, Place, basic
from standfast.director.checks.kinds import HttpCheck, Url

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE, _CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITY = 1, 1, 4, 8, 0x20
_ENABLE_PUSH, _INITIAL_WINDOW_SIZE = 2, 4
_WINDOW = 2**31 - 1
_WINDOW_DEFAULT = 65535
_STREAM = 1
_STATUSES = {8: 200, 9: 204, 10: 206, 11: 304, 12: 400, 13: 404, 14: 500}
"""Indices of `:status` in the static table. Source: RFC 7541 appendix A."""


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame. Source: RFC 9113 §4.1."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def request(check: HttpCheck, place: Place) -> bytes:
    """Return all that is sent: the preface, settings that let the body flow, the request."""
    settings = struct.pack("!HIHI", _ENABLE_PUSH, 0, _INITIAL_WINDOW_SIZE, _WINDOW)
    headers = b"".join(_literal(name, value) for name, value in _fields(check, place))
    return (
        _PREFACE
        + frame(_SETTINGS, 0, 0, settings)
        + frame(_WINDOW_UPDATE, 0, 0, struct.pack("!I", _WINDOW - _WINDOW_DEFAULT))
        + frame(_HEADERS, _END_STREAM | _END_HEADERS, _STREAM, headers)
    )


def _fields(check: HttpCheck, place: Place) -> Iterator[tuple[str, str]]:
    yield ":method", check.method
    yield ":scheme", "https" if place.tls else "http"
    yield ":authority", place.authority
    yield ":path", place.path
    yield "user-agent", "KeepAliveClient"
    yield from ((name.lower(), value) for name, value in check.headers)
    if check.user:
        yield "authorization", basic(check.user, check.password)


def _literal(name: str, value: str) -> bytes:
    """Return a field that no table keeps, not compressed. Source: RFC 7541 §6.2.2."""
    encoded = (text.encode("utf-8", "surrogateescape") for text in (name, value))
    return b"\0" + b"".join(_integer(len(text), 7) + text for text in encoded)


def _integer(value: int, bits: int) -> bytes:
    """Return an integer behind a prefix of so many bits that are its own. Source: RFC 7541 §5.1."""
    limit = (1 << bits) - 1
    if value < limit:
        return bytes((value,))
    out, value = bytearray((limit,)), value - limit
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes((*out, value))


def _read_integer(data: bytes, at: int, bits: int) -> tuple[int, int]:
    """Return an integer and where it ends. Raises: IndexError if it is cut off."""
    limit = (1 << bits) - 1
    value = data[at] & limit
    at += 1
    shift = 0
    while value >= limit or shift:
        byte = data[at]
        at += 1
        value += (byte & 127) << shift
        shift += 7
        if byte < 128 or shift > 28:
            break
    return value, at


def status_of(block: bytes) -> int:
    """Return the status that a header block begins with, 0 if it does not. Source: RFC 7541 §6."""
    at = 0
    try:
        while block[at] & 0xE0 == 0x20:  # the size of a table that we do not keep
            _, at = _read_integer(block, at, 5)
        if block[at] & 0x80:
            return _STATUSES.get(_read_integer(block, at, 7)[0], 0)
        index, at = _read_integer(block, at, 6 if block[at] & 0x40 else 4)
        if index not in _STATUSES:
            return 0
        compressed = bool(block[at] & 0x80)
        length, at = _read_integer(block, at, 7)
        text = block[at : at + length]
    except IndexError:
        return 0
    digits = _digits(text) if compressed else text.decode("latin-1")
    return int(digits) if digits.isdecimal() else 0


def _digits(text: bytes) -> str:
    """Return three Huffman-coded digits: 0 to 2 have five bits, 3 to 9 six. Source: RFC 7541 appendix B."""
    bits = "".join(f"{byte:08b}" for byte in text)
    out = ""
    while len(out) < 3:
        short, long = int(bits[:5] or "1", 2), int(bits[:6] or "1", 2)
        if len(bits) >= 5 and short <= 2:
            out, bits = out + str(short), bits[5:]
        elif len(bits) >= 6 and 25 <= long <= 31:
            out, bits = out + str(long - 22), bits[6:]
        else:
            return ""
    return out


class Exchange:
    """The answer to one request as it comes in; `feed` returns what is to be sent meanwhile."""

    def __init__(self, url: Url, check: HttpCheck) -> None:
        self.answer = Answer(url, check)
        self._received = bytearray()
        self._block = b""
        self._ends = False

    def feed(self, data: bytes) -> bytes:
        """Take what came."""
        self._received += data
        out = b""
        while len(self._received) >= 9 and not self.answer.complete:
            length = int.from_bytes(self._received[:3], "big")
            if len(self._received) < 9 + length:
                break
            kind, flags, stream = struct.unpack_from("!BBI", self._received, 3)
            payload = bytes(self._received[9 : 9 + length])
            del self._received[: 9 + length]
            out += self._frame(kind, flags, stream & (_WINDOW), payload)
        return out

    def _frame(self, kind: int, flags: int, stream: int, payload: bytes) -> bytes:
        if kind == _SETTINGS and not flags & _ACK:
            return frame(_SETTINGS, _ACK, 0)
        if kind == _PING and not flags & _ACK:
            return frame(_PING, _ACK, 0, payload)
        if kind == _GOAWAY or (kind == _RESET and stream == _STREAM):
            self.answer.complete = True
        elif kind in (_HEADERS, _CONTINUATION) and stream == _STREAM:
            self._headers(kind, flags, payload)
        elif kind == _DATA and stream == _STREAM:
            self._body(flags, payload)
        return b""

    def _headers(self, kind: int, flags: int, payload: bytes) -> None:
        if kind == _HEADERS:
            payload = _unpadded(flags, payload)
            payload = payload[5:] if flags & _PRIORITY else payload
            self._ends = bool(flags & _END_STREAM)
            self._block = b""
        self._block += payload
        if not flags & _END_HEADERS:
            return
        status = status_of(self._block)
        # an informational answer is followed by the real one; trailers hold no status
        if status >= 200:
            self.answer.begin(status)
        self.answer.complete = self._ends

    def _body(self, flags: int, payload: bytes) -> None:
        self.answer.feed(_unpadded(flags, payload))
        self.answer.complete = bool(flags & _END_STREAM)


def _unpadded(flags: int, payload: bytes) -> bytes:
    if not flags & _PADDED or not payload:
        return payload
    return payload[1 : max(1, len(payload) - payload[0])]
