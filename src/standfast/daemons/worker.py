"""The resident worker: a process that schedules, reads states and plans, so that nothing holds the daemon's loop.

Run as `python -m standfast.daemons.worker FD`, where FD is a connected stream socket. It ends at end of file.
"""

from __future__ import annotations

import gc
import pickle
import socket
import struct
import sys
from collections.abc import Callable
from typing import Any

from standfast import errors
from standfast.daemons import jobs, work

HEADER = struct.Struct("!I")


def send(sock: socket.socket, value: object) -> None:
    """Write one frame: its length, then its pickle."""
    data = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
    sock.sendall(HEADER.pack(len(data)) + data)


def receive(sock: socket.socket) -> Any:
    """Return the next frame's value, None at end of file."""
    header = _exactly(sock, HEADER.size)
    data = header and _exactly(sock, HEADER.unpack(header)[0])
    return pickle.loads(data) if data else None


def _exactly(sock: socket.socket, size: int) -> bytes:
    pieces: list[bytes] = []
    while size:
        piece = sock.recv(min(size, 1 << 20))
        if not piece:
            return b""
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def serve(sock: socket.socket, answer: Callable[[jobs.Job], object]) -> None:
    """Answer questions until end of file. A question that fails is answered with what went wrong."""
    while (question := receive(sock)) is not None:
        try:
            for part in jobs.parts(question.number, answer(question.job)):
                send(sock, part)
        except errors.StandfastError as e:
            send(sock, jobs.Part(question.number, last=True, error=e))
        except Exception as e:  # a fault of ours: the daemon says so and goes on
            text = f"{type(e).__name__}: {e}"
            send(sock, jobs.Part(question.number, last=True, error=errors.LiveError(text)))
        gc.collect()  # nobody waits now
        gc.freeze()  # what is remembered is no garbage before it is forgotten, and then in no cycle


def main() -> int:
    """Serve on the inherited socket."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        serve(sock, work.Answers().answer)
    except (BrokenPipeError, ConnectionResetError):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
