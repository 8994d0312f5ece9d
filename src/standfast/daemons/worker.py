"""The resident worker's turns: it schedules, reads states and plans, so that nothing holds the daemon's loop."""

from __future__ import annotations

import gc
import socket
from collections.abc import Callable

from standfast import errors
from standfast.daemons import frames, jobs


def serve(sock: socket.socket, answer: Callable[[jobs.Job], object]) -> None:
    """Answer questions until end of file. A question that fails is answered with what went wrong."""
    while (question := frames.receive(sock)) is not None:
        try:
            for part in jobs.parts(question.number, answer(question.job)):
                frames.send(sock, part)
        except errors.StandfastError as e:
            frames.send(sock, jobs.Part(question.number, last=True, error=e))
        except Exception as e:  # a fault of ours: the daemon says so and goes on
            text = f"{type(e).__name__}: {e}"
            frames.send(sock, jobs.Part(question.number, last=True, error=errors.LiveError(text)))
        gc.collect()  # nobody waits now
        gc.freeze()  # what is remembered is no garbage before it is forgotten, and then in no cycle
