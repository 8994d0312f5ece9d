"""The API's door: who may come in, and what bad requests get."""

from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

from standfast import errors
from standfast.web import api, schema
from standfast.web.live import server


class Door:
    """A daemon of which only the door and a few rooms exist; everything else is out of reach here."""

    def __init__(self, admitted: bool) -> None:
        self.admitted = admitted
        self.seen: list[api.Caller] = []
        self.stopped = False

    def admits(self, caller: api.Caller) -> bool:
        self.seen.append(caller)
        return self.admitted

    async def fencing(self) -> schema.FencingStatus:
        return schema.FencingStatus(history=[schema.FencingRecord("n1", "off", "success")])

    async def cib(self, scope: str, xpath: str) -> bytes:
        raise errors.RequestError(f"no section {scope}", errors.Exit.NO_SUCH)

    async def change(self, caller: api.Caller, request: schema.ChangeRequest) -> schema.ChangeAnswer:
        raise errors.ConfigError([errors.Report("cib.bad", "score=blue", "a number", errors.Place("x", 3))])

    async def stop(self, caller: api.Caller) -> schema.ChangeAnswer:
        self.stopped = True
        return schema.ChangeAnswer("0.1.0")

    async def events(self, since: int, follow: bool) -> Any:
        for number in range(since + 1, 4):
            yield schema.EventRecord(number, 0, "view", "info", "a view")


def talk(tmp_path: Path, door: Door, *requests: str) -> list[tuple[int, str]]:
    """Serve the door on a real socket, send these requests one after the other, return status and body of each."""

    async def run() -> list[tuple[int, str]]:
        path = tmp_path / "api.sock"
        serving = server.Server(door, path)  # type: ignore[arg-type]
        serving.start()
        try:
            return [await asyncio.to_thread(exchange, path, text) for text in requests]
        finally:
            await serving.stop()

    return asyncio.run(run())


def exchange(path: Path, text: str) -> tuple[int, str]:
    """Send one request over the Unix socket and return the answer's status and body."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.settimeout(10)
        sock.connect(str(path))
        head, _, body = text.partition("\n\n")
        sock.sendall(
            (
                f"{head} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {len(body.encode())}\r\n\r\n{body}"
            ).encode()
        )
        data = b""
        while piece := sock.recv(65536):
            data += piece
    answer, _, rest = data.partition(b"\r\n\r\n")
    return int(answer.split()[1]), rest.decode()


def test_the_kernel_says_who_asks(tmp_path: Path) -> None:
    """Anybody could claim to be root."""
    door = Door(admitted=True)
    ((status, body),) = talk(tmp_path, door, "GET /v1/fencing")
    assert status == 200
    assert json.loads(body)["history"][0]["target"] == "n1"
    assert door.seen[0].pid > 0
    assert door.seen[0].uid >= 0


def test_who_is_not_in_the_group_is_refused(tmp_path: Path) -> None:
    """Every local user could fence nodes."""
    ((status, body),) = talk(tmp_path, Door(admitted=False), "GET /v1/fencing")
    assert status == 403
    assert json.loads(body)["exit_status"] == errors.Exit.NO_PERMISSION
    assert "haclient" in json.loads(body)["error"]


def test_what_goes_wrong_is_said_with_its_exit_status(tmp_path: Path) -> None:
    """A command would end with a status that says nothing."""
    answers = talk(
        tmp_path,
        Door(admitted=True),
        "GET /v1/cib?scope=colours",
        "POST /v1/cib\n\n{nonsense",
        'POST /v1/cib\n\n{"edits": 7}',
        'POST /v1/cib\n\n{"edits": []}',
        "GET /v1/nothing",
    )
    assert [status for status, _ in answers] == [404, 400, 400, 422, 404]
    exits = [json.loads(body)["exit_status"] for status, body in answers[:4]]
    assert exits == [errors.Exit.NO_SUCH, errors.Exit.DATA, errors.Exit.DATA, errors.Exit.CONFIG]
    (report,) = json.loads(answers[3][1])["reports"]
    assert (report["line"], report["expected"]) == (3, "a number")


def test_events_go_on_where_a_client_left_off(tmp_path: Path) -> None:
    """A client that reconnects would miss events or see them twice."""
    ((status, body),) = talk(tmp_path, Door(admitted=True), "GET /v1/events?since=1")
    assert status == 200
    assert [line for line in body.splitlines() if line.startswith("id:")] == ["id: 2", "id: 3"]


def test_a_daemon_does_not_end_before_it_was_told_all(tmp_path: Path) -> None:
    """It would close the connection while the other side still sends, and the order would seem to have failed."""
    door = Door(admitted=True)

    async def run() -> tuple[bool, bytes]:
        serving = server.Server(door, tmp_path / "api.sock")  # type: ignore[arg-type]
        serving.start()
        reader, writer = await asyncio.open_unix_connection(str(tmp_path / "api.sock"))
        writer.write(b"POST /v1/stop HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{")
        while not door.seen:
            await asyncio.sleep(0.01)
        before = door.stopped
        writer.write(b"}")
        answer = await reader.read()
        await serving.stop()
        return before, answer

    before, answer = asyncio.run(run())
    assert (before, door.stopped) == (False, True)
    assert answer.startswith(b"HTTP/1.1 200 ")
