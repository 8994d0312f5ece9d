"""The API's routes: requests in, `Api` calls, answers out. No decision is made here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from standfast import errors
from standfast.web import schema
from standfast.web.api import Api, Caller

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]

STATUS_OF_EXIT = {
    errors.Exit.NO_SUCH: 404,
    errors.Exit.NO_PERMISSION: 403,
    errors.Exit.OUTDATED: 409,
    errors.Exit.EXISTS: 409,
    errors.Exit.QUORUM: 503,
    errors.Exit.DISCONNECTED: 503,
    errors.Exit.TIMEOUT: 504,
}


def application(api: Api) -> Starlette:
    """Return the ASGI application over this daemon."""
    routes = _Routes(api)
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/v1/status", routes.status),
        ("GET", "/v1/status.txt", routes.status_text),
        ("GET", "/v1/status.xml", routes.status_xml),
        ("GET", "/v1/cib", routes.cib),
        ("POST", "/v1/cib", routes.change),
        ("POST", "/v1/plan", routes.plan),
        ("POST", "/v1/simulate", routes.plan),
        ("POST", "/v1/apply", routes.apply),
        ("GET", "/v1/explain/{resource}", routes.explain),
        ("GET", "/v1/attributes", routes.attributes),
        ("POST", "/v1/attributes", routes.set_attribute),
        ("POST", "/v1/resources/{id}/{order}", routes.order_resource),
        ("POST", "/v1/nodes/{name}/{order}", routes.order_node),
        ("GET", "/v1/fencing", routes.fencing),
        ("GET", "/v1/events", routes.events),
        ("GET", "/v1/metrics", routes.metrics),
        ("POST", "/v1/stop", routes.stop),
    ]
    return Starlette(routes=[Route(path, routes.guarded(handler), methods=[method]) for method, path, handler in table])


def caller_of(request: Request) -> Caller:
    """Return who asks; the server puts the peer's credentials into the scope."""
    caller = request.scope.get("extensions", {}).get("standfast.caller")
    return caller if isinstance(caller, Caller) else Caller(-1, -1, -1)


class _Routes:
    def __init__(self, api: Api) -> None:
        self.api = api

    def guarded(self, handler: Handler) -> Handler:
        """Return the handler behind the door: who may not use the API gets 403, what goes wrong an ErrorAnswer."""

        async def run(request: Request) -> Response:
            if not self.api.admits(caller_of(request)):
                return refusal("not allowed: root or a member of the group haclient may", errors.Exit.NO_PERMISSION)
            try:
                return await handler(request)
            except errors.ConfigError as e:
                return refusal(str(e), errors.Exit.CONFIG, e.reports)
            except errors.RequestError as e:
                return refusal(str(e), e.exit_status, e.reports)
            except msgspec.ValidationError as e:
                return refusal(f"the request's body is not as the schema has it: {e}", errors.Exit.DATA)
            except msgspec.DecodeError as e:
                return refusal(f"the request's body is no JSON: {e}", errors.Exit.DATA)

        return run

    async def status(self, _request: Request) -> Response:
        return answer(await self.api.status())

    async def status_text(self, request: Request) -> Response:
        return Response(await self.api.monitor("text", dict(request.query_params)), media_type="text/plain")

    async def status_xml(self, request: Request) -> Response:
        return Response(await self.api.monitor("xml", dict(request.query_params)), media_type="application/xml")

    async def cib(self, request: Request) -> Response:
        query = request.query_params
        data = await self.api.cib(query.get("scope", ""), query.get("xpath", ""))
        return Response(data, media_type="application/xml")

    async def change(self, request: Request) -> Response:
        return answer(await self.api.change(caller_of(request), await body(request, schema.ChangeRequest)))

    async def plan(self, request: Request) -> Response:
        return answer(await self.api.plan(await body(request, schema.PlanRequest)))

    async def apply(self, request: Request) -> Response:
        return answer(await self.api.apply(caller_of(request), await body(request, schema.ApplyRequest)))

    async def explain(self, request: Request) -> Response:
        resource = request.path_params["resource"]
        return answer(await self.api.explain(resource, request.query_params.get("node", "")))

    async def attributes(self, request: Request) -> Response:
        query = request.query_params
        found = await self.api.attributes(query.get("node", ""), query.get("name", ""), query.get("scope", ""))
        return answer(found)

    async def set_attribute(self, request: Request) -> Response:
        update = await body(request, schema.AttributeUpdate)
        return answer(await self.api.set_attribute(caller_of(request), update))

    async def order_resource(self, request: Request) -> Response:
        order = await body(request, schema.Order, optional=True)
        names = request.path_params
        return answer(await self.api.order_resource(caller_of(request), names["id"], names["order"], order))

    async def order_node(self, request: Request) -> Response:
        order = await body(request, schema.Order, optional=True)
        names = request.path_params
        return answer(await self.api.order_node(caller_of(request), names["name"], names["order"], order))

    async def fencing(self, _request: Request) -> Response:
        return answer(await self.api.fencing())

    async def events(self, request: Request) -> Response:
        query = request.query_params
        since = query.get("since") or request.headers.get("last-event-id") or "0"
        if not since.isdigit():
            raise errors.RequestError(f"since={since}: expected a number", errors.Exit.DATA)
        stream = self.api.events(int(since), query.get("follow", "") in ("1", "true", "yes"))
        return StreamingResponse(server_sent(stream), media_type="text/event-stream")

    async def metrics(self, _request: Request) -> Response:
        return answer(await self.api.metrics())

    async def stop(self, request: Request) -> Response:
        await request.body()  # the daemon may end before it is sent whole
        return answer(await self.api.stop(caller_of(request)))


async def server_sent(stream: AsyncIterator[schema.EventRecord]) -> AsyncIterator[bytes]:
    """Yield events in the form of an event stream. Source: HTML Living Standard, server-sent events."""
    async for event in stream:
        yield b"id: %d\ndata: " % event.number + msgspec.json.encode(event) + b"\n\n"


async def body(request: Request, kind: type[T], *, optional: bool = False) -> T:
    """Return the request's body as this type; an empty one is the type's defaults where it is optional."""
    raw = await request.body()
    return msgspec.json.decode(b"{}" if optional and not raw else raw, type=kind)


def answer(value: object, status: int = 200) -> Response:
    """Return a JSON answer."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def refusal(message: str, exit_status: errors.Exit, reports: tuple[errors.Report, ...] = ()) -> Response:
    """Return an ErrorAnswer with the HTTP status that goes with the exit status; 422 if a text is at fault."""
    status = 422 if reports else STATUS_OF_EXIT.get(exit_status, 400)
    return answer(schema.ErrorAnswer(message, int(exit_status), [record(r) for r in reports]), status)


def record(report: errors.Report) -> schema.ReportRecord:
    """Return a report as it goes over the wire."""
    place = report.place
    return schema.ReportRecord(
        report.code, report.message, report.severity.value, report.expected, place.file, place.line, place.column
    )
