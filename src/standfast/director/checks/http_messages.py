"""HTTP/1 as checks speak it: the request, the answer as it comes in, and whether it is what was wanted."""

from __future__ import annotations

import base64
import contextlib
import re
import zlib
from collections.abc import Mapping
from urllib.parse import urljoin, urlsplit

import msgspec
from msgspec.structs import replace

from standfast.director.checks.kinds import HttpCheck, HttpVersion, Url
from standfast.director.checks.verdicts import Result
from standfast.director.lvs import Address

HEAD_MAX = 64 * 1024
BODY_KEPT_MAX = 1 << 20
_CHUNK_SIZE = re.compile(rb"[0-9A-Fa-f]{1,15}")
_REDIRECTS = frozenset((301, 302, 303, 307, 308))
_REGEX_FLAGS = {
    "caseless": re.IGNORECASE,
    "multiline": re.MULTILINE,
    "dotall": re.DOTALL,
    "extended": re.VERBOSE,
}


class Place(msgspec.Struct, frozen=True):
    """Where a request goes: the real server's address and a port, the name it is called by, the path; encrypted?"""

    address: Address
    port: int
    host: str
    path: str
    tls: bool

    @property
    def authority(self) -> str:
        """Return what Host says: the name, else the address and port. Source: keepalived, which always has the port."""
        if self.host:
            return self.host
        address = f"[{self.address}]" if self.address.version == 6 else str(self.address)
        return f"{address}:{self.port}"


def request(check: HttpCheck, place: Place, through_proxy: bool = False) -> bytes:
    """Return the request. Source: keepalived, REQUEST_TEMPLATE; the headers after Host are ours."""
    minor = 1 if check.version is HttpVersion.HTTP_1_1 else 0
    what = f"http://{place.authority}{place.path}" if through_proxy else place.path
    lines = [f"{check.method} {what} HTTP/1.{minor}", "User-Agent: KeepAliveClient"]
    if check.version is not HttpVersion.HTTP_1_0:
        lines.append("Connection: close")
    lines.append(f"Host: {place.authority}")
    lines += [f"{name}: {value}" for name, value in own_headers(check)]
    if through_proxy and check.proxy is not None and check.proxy.user:
        lines.append(f"Proxy-Authorization: {basic(check.proxy.user, check.proxy.password)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("utf-8", "surrogateescape")


def own_headers(check: HttpCheck) -> list[tuple[str, str]]:
    """Return the fields that a check's own keywords ask for."""
    headers = list(check.headers)
    if check.user:
        headers.append(("Authorization", basic(check.user, check.password)))
    if check.compressed:
        headers.append(("Accept-Encoding", "gzip, deflate"))
    return headers


def connect_request(check: HttpCheck, place: Place) -> bytes:
    """Return what asks a proxy for a tunnel."""
    assert check.proxy is not None
    address = f"[{place.address}]" if place.address.version == 6 else str(place.address)
    lines = [f"CONNECT {address}:{place.port} HTTP/1.1", f"Host: {address}:{place.port}"]
    if check.proxy.user:
        lines.append(f"Proxy-Authorization: {basic(check.proxy.user, check.proxy.password)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def basic(user: str, password: str) -> str:
    """Return the credentials of basic authentication. Source: RFC 7617 §2."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Chunks:
    """Takes the frames off a chunked body. Source: RFC 9112 §7.1."""

    def __init__(self) -> None:
        self._received = b""
        self._left = 0
        self._ended = False

    def feed(self, data: bytes) -> bytes:
        """Return what of the body itself came; nothing more after the last chunk, or what is none."""
        self._received += data
        out = bytearray()
        while self._received and not self._ended:
            if self._left:
                part, self._received = self._received[: self._left], self._received[self._left :]
                out += part
                self._left -= len(part)
                continue
            line, end, rest = self._received.partition(b"\n")
            if not end:
                self._ended = len(line) > HEAD_MAX
                break
            self._received = rest
            if size := line.partition(b";")[0].strip():  # an empty line ends the chunk before
                self._left = int(size, 16) if _CHUNK_SIZE.fullmatch(size) else 0
                self._ended = not self._left
        return bytes(out)


class Answer:
    """An answer as it comes in. `body_bytes` is as received; a chunked body keeps its chunks' frames, as keepalived
    and genhash see it. `complete` says that no more is to come, as far as the answer itself tells."""

    def __init__(self, url: Url, check: HttpCheck) -> None:
        import hashlib  # only here: without HTTP checks nobody waits for OpenSSL

        self.status = 0
        self.headers: dict[str, str] = {}
        self.received = False
        self.complete = False
        self.length: int | None = None
        self.body_length = 0
        self._head = bytearray()
        self._in_body = False
        self._tail = b""
        self._kept = bytearray()
        self._keeps = bool(url.regex)
        self._digest = hashlib.md5(usedforsecurity=False)
        self._check = check
        self._inflate: zlib._Decompress | None = None
        self._chunks: Chunks | None = None

    def feed(self, data: bytes) -> None:
        """Take what came."""
        self.received = self.received or bool(data)
        if self._in_body:
            self._body(data)
            return
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        skip = 4
        if end < 0:
            end, skip = self._head.find(b"\n\n"), 2
        if end < 0:
            self.complete = len(self._head) > HEAD_MAX
            return
        self._in_body = True
        self._read_head(bytes(self._head[:end]))
        self._body(bytes(self._head[end + skip :]))

    def begin(self, status: int, headers: Mapping[str, str]) -> None:
        """Take the head of an answer whose end is told by what carries it; what is fed from now on is the body."""
        self.status, self.received, self._in_body = status, True, True
        self.headers = dict(headers)
        self._look_encoded()

    def _read_head(self, head: bytes) -> None:
        first, *rest = head.decode("latin-1").splitlines() or [""]
        words = first.split()
        self.status = int(words[1]) if len(words) > 1 and words[0].startswith("HTTP/") and words[1].isdigit() else 0
        for line in rest:
            name, _, value = line.partition(":")
            self.headers[name.strip().lower()] = value.strip()
        length = self.headers.get("content-length", "")
        self.length = int(length) if length.isdecimal() else None
        if self._check.method == "HEAD" or self.status in (204, 304):
            self.length = 0
        if self.headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunks = Chunks()
        self._look_encoded()

    def _look_encoded(self) -> None:
        if self._check.compressed and self.headers.get("content-encoding", "") in ("gzip", "x-gzip", "deflate"):
            self._inflate = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)

    def _body(self, data: bytes) -> None:
        if self.length is not None:  # what comes behind the body is none of it
            data = data[: max(0, self.length - self.body_length)]
        self.body_length += len(data)
        if self._inflate is not None:
            with contextlib.suppress(zlib.error):
                self._decoded(self._inflate.decompress(data if self._chunks is None else self._chunks.feed(data)))
        else:
            self._decoded(data)
        if self.length is not None:
            self.complete = self.body_length >= self.length
        elif self._chunks is not None:
            self._tail = (self._tail + data)[-7:]
            self.complete = self._tail.endswith(b"0\r\n\r\n") and self._tail[-7:-5] in (b"", b"\r\n")

    def _decoded(self, data: bytes) -> None:
        self._digest.update(data)
        if self._keeps and len(self._kept) < BODY_KEPT_MAX:
            self._kept += data

    @property
    def headed(self) -> bool:
        """Return whether the head came whole."""
        return self._in_body

    @property
    def digest(self) -> str:
        """Return the MD5 of the body."""
        return self._digest.hexdigest()

    @property
    def body(self) -> bytes:
        """Return the body as far as it was kept for a regular expression."""
        return bytes(self._kept)


def judge(url: Url, answer: Answer) -> Result:
    """Return whether an answer is what was wanted: data at all, status, digest, regular expression, in this order."""
    if not answer.received:
        return Result(False, "no data received")
    if not any(low <= answer.status <= high for low, high in url.status_codes):
        return Result(False, f"status {answer.status or 'missing'} for {url.path}")
    if url.digest and url.digest.lower() != answer.digest:
        return Result(False, f"digest {answer.digest} for {url.path}")
    if url.regex and matches(url, answer.body) is url.regex_no_match:
        word = "matches" if url.regex_no_match else "does not match"
        return Result(False, f"the answer for {url.path} {word} {url.regex!r}")
    return Result(True)


def matches(url: Url, body: bytes) -> bool:
    """Return whether a match begins between the offsets."""
    flags = re.RegexFlag(0)
    for option in url.regex_options:
        flags |= _REGEX_FLAGS.get(option, re.RegexFlag(0))
    try:
        pattern = re.compile(url.regex.encode("utf-8", "surrogateescape"), flags)
    except re.error:
        return False
    found = pattern.search(body, url.regex_min_offset)
    return found is not None and (url.regex_max_offset == 0 or found.start() < url.regex_max_offset)


def redirected(answer: Answer, place: Place) -> Place | None:
    """Return where an answer sends to, None if nowhere. It stays at the real server: port, name and path change."""
    location = answer.headers.get("location", "")
    if answer.status not in _REDIRECTS or not location:
        return None
    base = f"{'https' if place.tls else 'http'}://{place.authority}{place.path}"
    try:
        parts = urlsplit(urljoin(base, location))
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https"):
        return None
    tls = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if port is None:
        port = place.port if tls is place.tls else (443 if tls else 80)
    same = parts.netloc == place.authority
    return replace(place, port=port, host=place.host if same else parts.netloc, path=path, tls=tls)
