"""HTTP/2 as far as a check needs it: one request, and its answer."""

from __future__ import annotations

import struct

from standfast.director.checks.http_messages import HEAD_MAX, Answer, Place, own_headers
from standfast.director.checks.kinds import HttpCheck, Url

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _RESET, _SETTINGS, _PING, _GOAWAY, _WINDOW_UPDATE, _CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
_END_STREAM, _ACK, _END_HEADERS, _PADDED, _PRIORITY = 1, 1, 4, 8, 0x20
_ENABLE_PUSH, _INITIAL_WINDOW_SIZE = 2, 4
_WINDOW = 2**31 - 1
_WINDOW_DEFAULT = 65535
_STREAM = 1


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """Return a frame. Source: RFC 9113 §4.1."""
    return struct.pack("!I", len(payload))[1:] + struct.pack("!BBI", kind, flags, stream) + payload


def request(check: HttpCheck, place: Place) -> bytes:
    """Return all that is sent: the preface, settings that let the body flow, the request."""
    import hpack  # only here and below: few checks speak HTTP/2

    settings = struct.pack("!HIHI", _ENABLE_PUSH, 0, _INITIAL_WINDOW_SIZE, _WINDOW)
    headers = hpack.Encoder().encode(_fields(check, place))
    return (
        _PREFACE
        + frame(_SETTINGS, 0, 0, settings)
        + frame(_WINDOW_UPDATE, 0, 0, struct.pack("!I", _WINDOW - _WINDOW_DEFAULT))
        + frame(_HEADERS, _END_STREAM | _END_HEADERS, _STREAM, headers)
    )


def _fields(check: HttpCheck, place: Place) -> list[tuple[bytes, bytes]]:
    fields = [
        (":method", check.method),
        (":scheme", "https" if place.tls else "http"),
        (":authority", place.authority),
        (":path", place.path),
        ("user-agent", "KeepAliveClient"),
        *((name.lower(), value) for name, value in own_headers(check)),
    ]
    return [(_raw(name), _raw(value)) for name, value in fields]


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


class Exchange:
    """The answer to one request as it comes in; `feed` returns what is to be sent meanwhile."""

    def __init__(self, url: Url, check: HttpCheck) -> None:
        self.answer = Answer(url, check)
        self._received = bytearray()
        self._block = b""
        self._ends = False
        import hpack

        self._decoder, self._error = hpack.Decoder(HEAD_MAX), hpack.HPACKError

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
        if len(self._block) > HEAD_MAX:
            self.answer.complete = True
        elif flags & _END_HEADERS:
            self._read_head()

    def _read_head(self) -> None:
        try:
            block = self._decoder.decode(self._block, raw=True)
        except self._error:
            self.answer.complete = True
            return
        fields = {bytes(name).decode("latin-1"): bytes(value).decode("latin-1") for name, value in block}
        status = fields.get(":status", "")
        # an informational answer is followed by the real one; trailers hold no status
        if status.isascii() and status.isdecimal() and int(status) >= 200:
            self.answer.begin(int(status), fields)
        self.answer.complete = self._ends

    def _body(self, flags: int, payload: bytes) -> None:
        self.answer.feed(_unpadded(flags, payload))
        self.answer.complete = bool(flags & _END_STREAM)


def _unpadded(flags: int, payload: bytes) -> bytes:
    if not flags & _PADDED or not payload:
        return payload
    return payload[1 : max(1, len(payload) - payload[0])]
