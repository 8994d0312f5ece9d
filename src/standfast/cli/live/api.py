"""A client of the daemon's API over its Unix socket."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
from collections.abc import Iterator, Mapping
from typing import TypeVar
from urllib.parse import quote, urlencode

import msgspec

from standfast.errors import ConfigError, Exit, LiveError, Place, Report, RequestError, Severity
from standfast.web import schema

DEFAULT_SOCKET = "/run/standfast/api.sock"
VARIABLE = "STANDFAST_SOCKET"
_T = TypeVar("_T")
_REPORTABLE = (Exit.CONFIG, Exit.DATA)


class UnreachableError(LiveError):
    """The daemon does not answer. `exit_status` is what a command ends with."""

    def __init__(self, message: str, exit_status: Exit = Exit.DISCONNECTED) -> None:
        self.exit_status = exit_status
        super().__init__(message)


def socket_path(option: str | None = None) -> str:
    """Return the socket's path: the option's, the environment's ($STANDFAST_SOCKET), or the usual one."""
    return option or os.environ.get(VARIABLE) or DEFAULT_SOCKET


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str, timeout_s: float | None) -> None:
        super().__init__("localhost", timeout=timeout_s)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        try:
            self.sock.connect(self._path)
        except OSError:
            self.sock.close()
            raise


def _severity(word: str) -> Severity:
    return Severity(word) if word in tuple(Severity) else Severity.ERROR


def report_of(record: schema.ReportRecord) -> Report:
    """Return the report that a record carries."""
    place = Place(record.file, record.line, record.column)
    return Report(record.code, record.message, record.expected, place, _severity(record.severity))


class Client:
    """Asks the daemon. Raises: UnreachableError, RequestError (refused), ConfigError (refused with reports)."""

    def __init__(self, path: str | None = None, timeout_s: float = 120.0) -> None:
        self.path, self.timeout_s = socket_path(path), timeout_s

    def status(self) -> schema.Status:
        """Return the cluster as this node sees it."""
        return self._get("/v1/status", schema.Status)

    def status_text(self) -> str:
        """Return crm_mon's text."""
        return self._send("GET", "/v1/status.txt").decode()

    def status_xml(self) -> str:
        """Return crm_mon's XML."""
        return self._send("GET", "/v1/status.xml").decode()

    def cib(self, scope: str = "", xpath: str = "") -> bytes:
        """Return the document, or a part of it, as XML."""
        return self._send("GET", "/v1/cib" + _query(scope=scope, xpath=xpath))

    def change(self, request: schema.ChangeRequest) -> schema.ChangeAnswer:
        """Change the document; returns when the change is acknowledged."""
        return self._post("/v1/cib", request, schema.ChangeAnswer)

    def plan(self, request: schema.PlanRequest) -> schema.Plan:
        """Return what a change would do."""
        return self._post("/v1/plan", request, schema.Plan)

    def apply(self, request: schema.ApplyRequest) -> schema.ChangeAnswer:
        """Do what a plan said."""
        return self._post("/v1/apply", request, schema.ChangeAnswer)

    def explain(self, resource: str, node: str = "") -> schema.Explanation:
        """Return why a resource is where it is."""
        return self._get(f"/v1/explain/{quote(resource, safe='')}" + _query(node=node), schema.Explanation)

    def attributes(self, node: str = "", name: str = "", scope: str = "") -> list[schema.Attribute]:
        """Return node attributes."""
        return self._get("/v1/attributes" + _query(node=node, name=name, scope=scope), list[schema.Attribute])

    def set_attribute(self, update: schema.AttributeUpdate) -> schema.ChangeAnswer:
        """Set or remove a node attribute."""
        return self._post("/v1/attributes", update, schema.ChangeAnswer)

    def order_resource(self, resource: str, order: str, body: schema.Order) -> schema.ChangeAnswer:
        """Give an order for a resource."""
        return self._post(f"/v1/resources/{quote(resource, safe='')}/{order}", body, schema.ChangeAnswer)

    def order_node(self, node: str, order: str, body: schema.Order) -> schema.ChangeAnswer:
        """Give an order for a node."""
        return self._post(f"/v1/nodes/{quote(node, safe='')}/{order}", body, schema.ChangeAnswer)

    def fencing(self) -> schema.FencingStatus:
        """Return fencing devices and history."""
        return self._get("/v1/fencing", schema.FencingStatus)

    def metrics(self) -> schema.Metrics:
        """Return what the daemon measures of itself."""
        return self._get("/v1/metrics", schema.Metrics)

    def stop(self, body: schema.Order) -> schema.ChangeAnswer:
        """End this node's daemon cleanly."""
        return self._post("/v1/stop", body, schema.ChangeAnswer)

    def events(self, since: int = 0, *, follow: bool = False) -> Iterator[schema.EventRecord]:
        """Return the events after number `since`; `follow`: and those to come, until the connection ends."""
        target = "/v1/events" + _query(since=str(since) if since else "", follow="true" if follow else "")
        connection = self._connect(None if follow else self.timeout_s)
        try:
            response = self._request(connection, "GET", target, None)
            yield from _server_sent(response)
        finally:
            connection.close()

    def _get(self, target: str, kind: type[_T]) -> _T:
        return self._decode(self._send("GET", target), kind)

    def _post(self, target: str, body: msgspec.Struct, kind: type[_T]) -> _T:
        return self._decode(self._send("POST", target, msgspec.json.encode(body)), kind)

    def _decode(self, data: bytes, kind: type[_T]) -> _T:
        try:
            return msgspec.json.decode(data, type=kind)
        except msgspec.DecodeError as e:
            raise UnreachableError(
                f"the daemon at {self.path} answered what is not understood: {e}", Exit.PROTOCOL
            ) from None

    def _send(self, method: str, target: str, body: bytes | None = None) -> bytes:
        connection = self._connect(self.timeout_s)
        try:
            return self._read(self._request(connection, method, target, body))
        finally:
            connection.close()

    def _connect(self, timeout_s: float | None) -> _UnixConnection:
        connection = _UnixConnection(self.path, timeout_s)
        try:
            connection.connect()
        except PermissionError:
            message = f"the daemon's socket {self.path} is closed to you (expected root or a member of haclient)"
            raise UnreachableError(message, Exit.NO_PERMISSION) from None
        except OSError as e:
            message = f"no daemon answers at {self.path}: {e.strerror or e} (is standfastd running on this node?)"
            raise UnreachableError(message) from None
        return connection

    def _request(
        self, connection: _UnixConnection, method: str, target: str, body: bytes | None
    ) -> http.client.HTTPResponse:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            with contextlib.suppress(BrokenPipeError):  # who answers before it read all of it says why
                connection.request(method, target, body, headers)
            response = connection.getresponse()
        except TimeoutError:
            raise UnreachableError(f"the daemon at {self.path} does not answer", Exit.TIMEOUT) from None
        except (OSError, http.client.HTTPException) as e:
            raise UnreachableError(f"the daemon at {self.path} ended the connection: {e}") from None
        if response.status >= http.client.BAD_REQUEST:
            raise _refusal(response.status, self._read(response))
        return response

    def _read(self, response: http.client.HTTPResponse) -> bytes:
        try:
            return response.read()
        except TimeoutError:
            raise UnreachableError(f"the daemon at {self.path} does not answer", Exit.TIMEOUT) from None
        except (OSError, http.client.HTTPException) as e:
            raise UnreachableError(f"the daemon at {self.path} ended the connection: {e}") from None


def _query(**values: str) -> str:
    given = {name: value for name, value in values.items() if value}
    return "?" + urlencode(given) if given else ""


_BY_STATUS: Mapping[int, Exit] = {
    http.client.UNAUTHORIZED: Exit.NO_PERMISSION,
    http.client.FORBIDDEN: Exit.NO_PERMISSION,
    http.client.NOT_FOUND: Exit.NO_SUCH,
    http.client.SERVICE_UNAVAILABLE: Exit.DISCONNECTED,
    http.client.GATEWAY_TIMEOUT: Exit.TIMEOUT,
}


def _refusal(status: int, body: bytes) -> RequestError | ConfigError:
    """Return the exception for an answer of 4xx or 5xx."""
    try:
        answer = msgspec.json.decode(body, type=schema.ErrorAnswer)
    except msgspec.DecodeError:
        text = body.decode(errors="replace").strip() or http.client.responses.get(status, "refused")
        return RequestError(f"the daemon refused: {text} ({status})", _BY_STATUS.get(status, Exit.ERROR))
    if answer.reports and answer.exit_status in _REPORTABLE:
        return ConfigError([report_of(r) for r in answer.reports])
    known = answer.exit_status in tuple(Exit)
    code = Exit(answer.exit_status) if known else Exit.ERROR
    if code == Exit.ERROR:
        code = _BY_STATUS.get(status, Exit.ERROR)
    lines = [answer.error, *(str(report_of(r)) for r in answer.reports)]
    return RequestError("\n".join(lines), code)


def _server_sent(response: http.client.HTTPResponse) -> Iterator[schema.EventRecord]:
    """Return the events of a stream: the `data:` lines up to each empty line. Source: WHATWG HTML §9.2."""
    data: list[str] = []
    try:
        for raw in response:
            line = raw.decode(errors="replace").rstrip("\r\n")
            if line.startswith("data:"):
                data.append(line[5:].removeprefix(" "))
            elif not line and data:
                yield msgspec.json.decode("\n".join(data), type=schema.EventRecord)
                data = []
    except (OSError, http.client.HTTPException) as e:
        raise UnreachableError(f"the stream of events ended: {e}") from None
    except msgspec.DecodeError as e:
        raise UnreachableError(f"an event that is not understood: {e}", Exit.PROTOCOL) from None
