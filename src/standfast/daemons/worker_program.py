"""The resident worker: `python -m standfast.daemons.worker_program FD`, where FD is a connected stream socket.

It ends at end of file.
"""

from __future__ import annotations

import gc
import socket
import sys


def main() -> int:
    """Serve on the inherited socket."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    gc.disable()  # for good: the worker looks for garbage after each answer
    from standfast.daemons import work, worker

    gc.freeze()  # what the modules hold is never garbage
    try:
        worker.serve(sock, work.Answers().answer)
    except (BrokenPipeError, ConnectionResetError):
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
