"""HTTP/1.1 over the daemon's Unix socket, by hand: requests, answers, refusals."""

from __future__ import annotations

import os

from standfast.cli.tools import json_text, tree
from standfast.cli.tools.exits import DISCONNECTED, ERROR, NO_SUCH, PROTOCOL, TIMEOUT, ToolError
from standfast.cli.tools.tree import Element

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

DEFAULT_SOCKET = "/run/standfast/api.sock"
VARIABLE = "STANDFAST_SOCKET"
ON_NODE = "OCF_RESKEY_CRM_meta_on_node"
ATTRIBUTES_OF = "OCF_RESKEY_CRM_meta_container_attribute_target"
PHYSICAL_HOST = "OCF_RESKEY_CRM_meta_physical_host"
LOCAL_NAMES = ("", "auto", "localhost")
_PLAIN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")


class Api:
    """The daemon of this node. Raises: ToolError (102) if it does not answer, or with what it refuses a request."""

    def __init__(self, path: str = "", timeout_s: float = 150.0) -> None:
        self._path = path or os.environ.get(VARIABLE) or DEFAULT_SOCKET
        self._timeout_s = timeout_s

    def get(self, path: str, **query: str) -> bytes:
        """Return the body of an answer."""
        pairs = "&".join(f"{quote(k)}={quote(v, slash=False)}" for k, v in query.items() if v)
        return self._send("GET", quote(path) + ("?" + pairs if pairs else ""), b"")

    def read(self, path: str, **query: str) -> Any:
        """Return a JSON answer."""
        return _decoded(self.get(path, **query))

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON answer to a JSON body; None values in it are sent, missing keys are the daemon's defaults."""
        return _decoded(self._send("POST", quote(path), json_text.encode(body).encode()))

    def section(self, scope: str) -> Element:
        """Return a section of the CIB; one that is not there is empty."""
        try:
            return tree.parse(self.get("/v1/cib", scope=scope))
        except ToolError as e:
            if e.status == NO_SUCH:
                return Element(scope, {})
            raise

    def local_node(self) -> str:
        """Return the name of this node: the daemon's word, or the cluster's to an agent that it calls."""
        return os.environ.get(ON_NODE) or str(self.read("/v1/status")["node"])

    def target_node(self, name: str) -> str:
        """Return the node that an option names; none is this one, or the host of an agent's container."""
        if name not in LOCAL_NAMES:
            return name
        if os.environ.get(ATTRIBUTES_OF) == "host":
            return os.environ.get(PHYSICAL_HOST) or self.local_node()
        return self.local_node()

    def _send(self, method: str, target: str, body: bytes) -> bytes:
        head = f"{method} {target} HTTP/1.1\r\nHost: standfast\r\nConnection: close\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: application/json\r\n\r\n" if body else "\r\n"
        try:
            raw = self._exchange(head.encode() + body)
        except TimeoutError:
            raise ToolError("the cluster does not answer in time", TIMEOUT) from None
        except OSError as e:
            raise ToolError(f"not connected to the cluster: {self._path}: {e.strerror or e}", DISCONNECTED) from None
        status, answer = _parsed(raw)
        if status >= 400:
            raise _refusal(status, answer)
        return answer

    def _exchange(self, request: bytes) -> bytes:
        wire = _socket()
        try:
            wire.settimeout(self._timeout_s)
            wire.connect(self._path)
            try:  # noqa: SIM105 - contextlib takes its time to import
                wire.sendall(request)
            except BrokenPipeError:
                pass  # who answers before it read all of it says why
            return _to_its_end(wire)
        finally:
            wire.close()


def _to_its_end(wire: Any) -> bytes:
    """Return what comes until the connection ends, or is reset behind an answer: some of the request was not read."""
    parts: list[bytes] = []
    try:
        while part := wire.recv(1 << 16):
            parts.append(part)
    except ConnectionResetError:
        if not parts:
            raise
    return b"".join(parts)


def _socket() -> Any:
    """Return a stream socket. `socket` wraps this one and imports what takes as long as the rest of a tool's start."""
    try:
        import _socket
    except ImportError:
        import socket

        return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    return _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)


def quote(text: str, *, slash: bool = True) -> str:
    """Return the text as it may stand in a URL."""
    plain = _PLAIN if slash else _PLAIN - frozenset(b"/")
    return "".join(chr(b) if b in plain else f"%{b:02X}" for b in text.encode())


def _parsed(raw: bytes) -> tuple[int, bytes]:
    """Return the status and the body of an answer. Source: RFC 9112; the answer ends with the connection."""
    head, ended, body = raw.partition(b"\r\n\r\n")
    words = head.split(b"\r\n", 1)[0].split()
    if not ended or len(words) < 2 or not words[0].startswith(b"HTTP/1.") or not words[1].isdigit():
        raise ToolError("not connected to the cluster: it hung up", DISCONNECTED)
    headers = head.lower().split(b"\r\n")[1:]
    if any(h.startswith(b"transfer-encoding:") and b"chunked" in h for h in headers):
        body = _unchunked(body)
    length = next((int(h.split(b":", 1)[1]) for h in headers if h.startswith(b"content-length:")), len(body))
    if len(body) < length:
        raise ToolError("not connected to the cluster: it hung up within an answer", DISCONNECTED)
    return int(words[1]), body


def _unchunked(body: bytes) -> bytes:
    parts: list[bytes] = []
    while True:
        size_text, _, rest = body.partition(b"\r\n")
        try:
            size = int(size_text.split(b";")[0], 16)
        except ValueError:
            raise ToolError("not connected to the cluster: it hung up within an answer", DISCONNECTED) from None
        if not size:
            return b"".join(parts)
        parts.append(rest[:size])
        body = rest[size + 2 :]


def _decoded(body: bytes) -> Any:
    try:
        return json_text.decode(body)
    except ValueError:
        raise ToolError("the daemon's answer is no JSON", PROTOCOL) from None


def _refusal(status: int, answer: bytes) -> ToolError:
    try:
        said = json_text.decode(answer)
        return ToolError(str(said["error"]), int(said.get("exit_status", ERROR)))
    except (ValueError, KeyError, TypeError):
        return ToolError(f"the daemon answers with status {status}", ERROR)
