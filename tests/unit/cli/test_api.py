"""The client of the daemon's API."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from standfast.cli.live import api
from standfast.errors import ConfigError, Exit, Place, Report, RequestError
from standfast.web import api as web_api
from standfast.web import schema
from standfast.web.live import server


def test_answers_become_records(daemon) -> None:
    """If this failed, no command would show anything."""
    status = api.Client().status()
    assert (status.cluster, status.quorum.quorate, [n.name for n in status.nodes]) == ("web", True, ["n1", "n2"])


def test_names_are_escaped_in_paths(daemon) -> None:
    """If this failed, a resource's name with a slash would reach another route."""
    api.Client().order_resource("a/b c", "start", schema.Order())
    assert daemon.asked[0][1] == "/v1/resources/a%2Fb%20c/start"


def test_no_daemon_is_said_clearly(tmp_path: Path) -> None:
    """If this failed, people would see a traceback when the daemon is down."""
    with pytest.raises(api.UnreachableError, match=r"no daemon answers at .*nothing") as caught:
        api.Client(str(tmp_path / "nothing")).status()
    assert caught.value.exit_status == Exit.DISCONNECTED


def test_a_daemon_that_died_is_no_daemon(tmp_path: Path) -> None:
    """If this failed, a socket left behind would look like a daemon that hangs."""
    path = tmp_path / "left.sock"
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(path))
    with pytest.raises(api.UnreachableError):
        api.Client(str(path)).status()


def test_a_daemon_that_hangs_up_is_reported(tmp_path: Path) -> None:
    """If this failed, a daemon that dies while it answers would give a traceback."""
    path = tmp_path / "short.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def hang_up() -> None:
            server.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(api.UnreachableError, match="ended the connection"):
            api.Client(str(path)).status()
        thread.join()


def test_an_answer_that_comes_before_all_was_sent_is_read(tmp_path: Path) -> None:
    """Who may not change anything would hear of a broken pipe, and who stops a daemon that it failed."""
    path = tmp_path / "early.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()

        def answer() -> None:
            with server.accept()[0] as wire:
                wire.recv(100)
                wire.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=answer)
        thread.start()
        edit = schema.Edit("create", "x" * 10_000_000, "tags")
        with pytest.raises(RequestError) as caught:
            api.Client(str(path)).change(schema.ChangeRequest([edit]))
        thread.join()
    assert caught.value.exit_status == Exit.NO_PERMISSION


def test_a_daemon_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    """If this failed, a command would hang for ever on a frozen daemon."""
    path = tmp_path / "frozen.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        server.listen()
        with pytest.raises(api.UnreachableError) as caught:
            api.Client(str(path), timeout_s=0.2).status()
    assert caught.value.exit_status == Exit.TIMEOUT


@pytest.mark.skipif(os.geteuid() == 0, reason="root is refused nothing")
def test_a_socket_that_is_closed_to_us_is_said_so(tmp_path: Path) -> None:
    """If this failed, a user outside the group would be told that there is no daemon."""
    path = tmp_path / "closed.sock"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
        path.chmod(0)
        with pytest.raises(api.UnreachableError) as caught:
            api.Client(str(path)).status()
    assert caught.value.exit_status == Exit.NO_PERMISSION


@pytest.mark.parametrize(
    ("http", "exit_status", "expected"),
    [(403, 1, Exit.NO_PERMISSION), (409, 110, Exit.OUTDATED), (404, 105, Exit.NO_SUCH), (404, 1, Exit.NO_SUCH),
     (503, 106, Exit.QUORUM), (500, 1, Exit.ERROR), (400, 9999, Exit.ERROR)],
)  # fmt: skip
def test_refusals_carry_their_exit_status(daemon, http: int, exit_status: int, expected: Exit) -> None:
    """If this failed, scripts could not tell a missing quorum from a missing resource."""
    daemon.fail("/v1/status", http, "not now", exit_status)
    with pytest.raises(RequestError, match="not now") as caught:
        api.Client().status()
    assert caught.value.exit_status == expected


def test_reports_of_a_refused_text_are_all_there(daemon) -> None:
    """If this failed, only the first mistake in a text would be shown."""
    reports = [schema.ReportRecord("cib.x", "one", line=3), schema.ReportRecord("cib.y", "two", "warning")]
    daemon.fail("/v1/cib", 422, "invalid", 78, reports=reports)
    with pytest.raises(ConfigError) as caught:
        api.Client().change(schema.ChangeRequest([]))
    assert [(r.code, r.message, r.place.line) for r in caught.value.reports] == [
        ("cib.x", "one", 3),
        ("cib.y", "two", 0),
    ]


def test_answers_that_are_not_understood_are_reported(daemon) -> None:
    """If this failed, a daemon of another version would give a traceback."""
    daemon.answers["/v1/status"] = (200, b"{}", "application/json")
    with pytest.raises(api.UnreachableError, match="not understood") as caught:
        api.Client().status()
    assert caught.value.exit_status == Exit.PROTOCOL
    daemon.answers["/v1/status"] = (500, b"<html>", "text/html")
    with pytest.raises(RequestError, match="500"):
        api.Client().status()


def test_events_are_read_from_the_stream(daemon) -> None:
    """If this failed, `events` would show nothing."""
    daemon.events = [schema.EventRecord(n, 1700000000000 + n, "fencing", "notice", f"m{n}") for n in (1, 2)]
    assert [e.message for e in api.Client().events(since=5, follow=True)] == ["m1", "m2"]
    assert daemon.asked[0][1] == "/v1/events?since=5&follow=true"


class _Daemon:
    """As much of a daemon as these questions need."""

    def admits(self, caller: web_api.Caller) -> bool:
        return caller.uid == os.geteuid()

    async def monitor(self, form: str, options: object) -> str:
        return f"as {form}"

    async def cib(self, scope: str, xpath: str) -> bytes:
        raise RequestError(f"there is no {scope}", Exit.NO_SUCH)

    async def change(self, caller: web_api.Caller, request: schema.ChangeRequest) -> schema.ChangeAnswer:
        raise ConfigError([Report("cib.bad", "score is 'blue'", "a number", Place("x", 3))])

    async def events(self, since: int, follow: bool) -> AsyncIterator[schema.EventRecord]:
        for number in range(since + 1, 4):
            yield schema.EventRecord(number, 0, "view", "info", "a view")


def ask(tmp_path: Path, *questions: Callable[[api.Client], object]) -> list[object]:
    """Serve a daemon by the real server and return what the client says to each question."""

    def answer(question: Callable[[api.Client], object]) -> object:
        try:
            return question(api.Client(str(tmp_path / "api.sock"), timeout_s=20))
        except (RequestError, ConfigError) as error:
            return error

    async def run() -> list[object]:
        serving = server.Server(_Daemon(), tmp_path / "api.sock")  # type: ignore[arg-type]
        serving.start()
        try:
            return [await asyncio.to_thread(answer, q) for q in questions]
        finally:
            await serving.stop()

    return asyncio.run(run())


def test_the_daemons_own_server_is_understood(tmp_path: Path) -> None:
    """If this failed, the command and the daemon would not speak the same language."""
    text, numbers, refused, wrong = ask(
        tmp_path,
        lambda c: c.status_text(),
        lambda c: [e.number for e in c.events(since=1, follow=True)],
        lambda c: c.cib("alerts"),
        lambda c: c.change(schema.ChangeRequest([])),
    )
    assert text == "as text"
    assert numbers == [2, 3]
    assert isinstance(refused, RequestError)
    assert (str(refused), refused.exit_status) == ("there is no alerts", Exit.NO_SUCH)
    assert isinstance(wrong, ConfigError)
    assert str(wrong.reports[0]) == "x:3: error: score is 'blue' (expected a number) [cib.bad]"
