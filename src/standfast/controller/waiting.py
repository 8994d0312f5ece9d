"""Requests that are answered by what happens later: rest, a restart's end, a fencing's end."""

from __future__ import annotations

import msgspec

from standfast.agents import ExecutionStatus
from standfast.controller.applied import Recorded
from standfast.controller.events import Reply
from standfast.controller.messages import AtRest, Fenced
from standfast.controller.station import Station
from standfast.errors import Exit

REST_TIMER = "wait for rest "


class _Restart(msgspec.Struct):
    """A restart that was ordered after so many messages: where it must be stopped, and be started how often."""

    after: int
    to_stop: set[tuple[str, str]]
    to_start: list[str] = msgspec.field(default_factory=list)


class Waiting:
    """Who waits for what."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._rest: dict[int, int] = {}  # request -> applied messages that the rest must follow
        self._restarts: dict[int, _Restart] = {}
        self._fencing: dict[int, tuple[str, str]] = {}  # request -> target, fencing's request

    def for_rest(self, request: int, after: int, timeout_ms: int) -> None:
        """Answer when the DC rests after so many messages, or time is up (0: never)."""
        self._rest[request] = after
        if timeout_ms > 0:
            self._station.set_timer(f"{REST_TIMER}{request}", timeout_ms)

    def for_restart(self, request: int, touched: object, after: int) -> None:
        """Answer when every one of these (node, resource) was stopped and as many were started again."""
        assert isinstance(touched, list)
        pairs = {(node, resource) for node, resource in touched}
        self._restarts[request] = _Restart(after, pairs, [resource for _, resource in sorted(pairs)])

    def for_fencing(self, request: int, target: str, fencing_request: str) -> None:
        """Answer with the receipt."""
        self._fencing[request] = (target, fencing_request)

    def recorded(self, recorded: Recorded) -> None:
        """Take note of a result."""
        operation = recorded.result.operation
        if recorded.failed or recorded.result.status is not ExecutionStatus.DONE:
            return
        for request, restart in tuple(self._restarts.items()):
            if operation.task == "stop":
                restart.to_stop.discard((recorded.node, operation.resource_id))
            elif operation.task == "start" and operation.resource_id in restart.to_start:
                restart.to_start.remove(operation.resource_id)
            if not restart.to_stop and not restart.to_start:
                del self._restarts[request]
                self._station.emit(Reply(request))

    def rested(self, message: AtRest) -> None:
        """Take note that the DC rests: nothing more comes of what was asked before."""
        if not message.rest:
            return
        for request, after in tuple(self._rest.items()):
            if message.applied >= after:
                self._end_rest(request, Reply(request))
        for request, restart in tuple(self._restarts.items()):
            if message.applied >= restart.after:
                del self._restarts[request]
                self._station.emit(Reply(request, error=_how_far(restart), exit_status=int(Exit.ERROR)))

    def fenced(self, message: Fenced) -> None:
        """Take note of a receipt."""
        for request, (target, name) in tuple(self._fencing.items()):
            if target != message.target or (name and name != message.request and not message.ok):
                continue
            del self._fencing[request]
            error = "" if message.ok else f"{target} could not be fenced: {message.reason or 'no device confirmed it'}"
            status = Exit.OK if message.ok else Exit.ERROR
            self._station.emit(Reply(request, {"device": message.device}, error, int(status)))

    def timer(self, name: str) -> None:
        """Note that time is up."""
        request = int(name.removeprefix(REST_TIMER))
        if request in self._rest:
            text = "the cluster is not at rest yet"
            self._end_rest(request, Reply(request, error=text, exit_status=int(Exit.TIMEOUT)))

    def give_up(self, reason: str) -> None:
        """Answer everybody that it is not known."""
        for request in tuple(self._rest):
            self._end_rest(request, Reply(request, error=reason, exit_status=int(Exit.TRY_AGAIN)))
        for request in (*self._restarts, *self._fencing):
            self._station.emit(Reply(request, error=reason, exit_status=int(Exit.TRY_AGAIN)))
        self._restarts.clear()
        self._fencing.clear()

    def _end_rest(self, request: int, reply: Reply) -> None:
        del self._rest[request]
        self._station.cancel_timer(f"{REST_TIMER}{request}")
        self._station.emit(reply)


def _how_far(restart: _Restart) -> str:
    if restart.to_stop:
        return "it was not restarted: it did not stop on " + ", ".join(sorted({node for node, _ in restart.to_stop}))
    return "it was stopped, but not started again"
