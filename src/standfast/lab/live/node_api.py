"""The API of a node's daemon, reached through the lab's supervisor."""

from __future__ import annotations

import http.client
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TypeVar
from urllib.parse import quote

import msgspec

from standfast.errors import Exit, LiveError, RequestError
from standfast.lab.live import control
from standfast.web import schema

SOCKET = "/run/standfast/api.sock"
T = TypeVar("T")


class _Connection(http.client.HTTPConnection):
    """HTTP over the Unix socket in a node."""

    def __init__(self, lab: control.Lab, node: str, timeout_s: float | None) -> None:
        super().__init__("node", timeout=timeout_s)
        self._lab = lab
        self._node = node

    def connect(self) -> None:
        """Connect through the supervisor."""
        self.sock = self._lab.open(self._node, SOCKET)
        self.sock.settimeout(self.timeout)


class NodeApi:
    """Requests to one node's daemon."""

    def __init__(self, lab: control.Lab, node: str, timeout_s: float = 30) -> None:
        self.lab = lab
        self.node = node
        self._timeout_s = timeout_s

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        connection = _Connection(self.lab, self.node, self._timeout_s)
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise LiveError(f"{self.node}: no answer of its daemon: {error}") from error
        finally:
            connection.close()
        if answer.status >= 400:
            raise self._refusal(answer.status, data)
        return data

    def _refusal(self, status: int, data: bytes) -> RequestError | LiveError:
        try:
            refused = msgspec.json.decode(data, type=schema.ErrorAnswer)
        except msgspec.DecodeError:
            return LiveError(f"{self.node}: its daemon answered {status}: {data[:200].decode(errors='replace')}")
        return RequestError(f"{self.node}: {refused.error}", Exit(refused.exit_status))

    def get(self, path: str, kind: type[T]) -> T:
        """Return what a GET answers. Raises: LiveError, RequestError."""
        return msgspec.json.decode(self._ask("GET", path), type=kind)

    def post(self, path: str, body: object, kind: type[T]) -> T:
        """Return what a POST answers. Raises: LiveError, RequestError."""
        return msgspec.json.decode(self._ask("POST", path, msgspec.json.encode(body)), type=kind)

    def status(self) -> schema.Status:
        """Return the cluster as this node sees it."""
        return self.get("/v1/status", schema.Status)

    def document(self) -> bytes:
        """Return the CIB."""
        return self._ask("GET", "/v1/cib")

    def explain(self, resource: str) -> schema.Explanation:
        """Return why a resource is where it is."""
        return self.get(f"/v1/explain/{quote(resource, safe='')}", schema.Explanation)

    def change(self, *edits: schema.Edit, based_on: str = "") -> schema.ChangeAnswer:
        """Change the configuration; return when that is acknowledged."""
        return self.post("/v1/cib", schema.ChangeRequest(list(edits), based_on=based_on), schema.ChangeAnswer)

    def order_node(self, name: str, order: str) -> schema.ChangeAnswer:
        """Give an order about a node."""
        return self.post(f"/v1/nodes/{quote(name)}/{order}", schema.Order(), schema.ChangeAnswer)

    def events(self, since: int = 0) -> Iterator[schema.EventRecord]:
        """Yield events until the connection ends. Raises: LiveError if there is none."""
        connection = _Connection(self.lab, self.node, None)
        try:
            connection.request("GET", f"/v1/events?since={since}&follow=1")
            stream = connection.getresponse()
            for line in stream:
                if line.startswith(b"data:"):
                    yield msgspec.json.decode(line[5:], type=schema.EventRecord)
        except (OSError, http.client.HTTPException) as error:
            raise LiveError(f"{self.node}: the event stream ended: {error}") from error
        finally:
            connection.close()


class EventTail:
    """The events of a node's daemon from now on, collected in the background."""

    def __init__(self, api: NodeApi) -> None:
        self._api = api
        self._events: list[schema.EventRecord] = []
        self._thread = threading.Thread(target=self._follow, daemon=True)
        self._thread.start()

    def _follow(self) -> None:
        try:
            for event in self._api.events():
                self._events.append(event)
        except (LiveError, RequestError):
            return  # its node died: what it said stays

    @property
    def is_alive(self) -> bool:
        """Return whether the stream is still open."""
        return self._thread.is_alive()

    def events(self, since_wall_ms: float = 0) -> list[schema.EventRecord]:
        """Return what happened after a moment."""
        return [event for event in list(self._events) if event.wall_ms >= since_wall_ms]


def wait_for_status(
    lab: control.Lab, nodes: Sequence[str], what: str, limit_s: float, test: Callable[[schema.Status], bool]
) -> schema.Status:
    """Return the first status of any of these nodes that passes the test. Raises: LiveError after the limit."""
    limit = time.monotonic() + limit_s
    last = ""
    while time.monotonic() < limit:
        for node in nodes:
            try:
                status = NodeApi(lab, node, 5).status()
            except (LiveError, RequestError) as error:
                last = str(error)
                continue
            if test(status):
                return status
            last = summary(status)
        time.sleep(0.02)
    raise LiveError(f"{what}: not within {limit_s:g} s; last: {last}")


def summary(status: schema.Status) -> str:
    """Return a status in one line."""
    nodes = " ".join(f"{n.name}:{n.state}" for n in status.nodes)
    resources = " ".join(f"{r.id}:{r.role}@{','.join(r.nodes)}" for r in status.resources)
    return f"{nodes}; {resources}"


def all_online(names: Collection[str]) -> Callable[[schema.Status], bool]:
    """Return the test whether all these nodes are online and have quorum."""

    def test(status: schema.Status) -> bool:
        online = {node.name for node in status.nodes if node.state == "online"}
        return status.quorum.quorate and online >= set(names)

    return test
