"""`standfast-director`: the command. Only what is asked for is imported: a monitor asks often."""

from __future__ import annotations

import socket
import sys

from standfast import compiled
from standfast.daemons.director.arguments import own_parser, own_settings
from standfast.errors import Exit

PATIENCE_S = 10
_READ_BYTES = 65536


def main(argv: list[str] | None = None) -> int:
    """Run what the words say; return the exit status."""
    if argv is None:
        compiled.bytecode.use()
    options = own_parser().parse_args(sys.argv[1:] if argv is None else argv)
    settings = own_settings(options)
    if options.ask:
        return ask(settings.socket, options.ask)
    if options.clean:
        from standfast.daemons.director import cleaning

        return cleaning.clean(settings)
    from standfast.daemons.director import main as program

    return program.run(settings)


def ask(path: str, question: str) -> int:
    """Print what the running director answers. Exit statuses: 0, 102 nobody answers, 105 there is no such answer."""
    try:
        answer = _answered(path, question)
    except OSError as error:
        print(f"standfast-director: {path}: {error}", file=sys.stderr)
        return Exit.DISCONNECTED
    head, _, body = answer.partition(b"\r\n\r\n")
    sys.stdout.write(body.decode(errors="replace").rstrip("\n") + "\n")
    return Exit.OK if b" 200 " in head.partition(b"\r\n")[0] else Exit.NO_SUCH


def _answered(path: str, question: str) -> bytes:
    with socket.socket(socket.AF_UNIX) as asking:
        asking.settimeout(PATIENCE_S)
        asking.connect(path)
        asking.sendall(f"GET {question} HTTP/1.1\r\nHost: director\r\n\r\n".encode())
        answer = b""
        while data := asking.recv(_READ_BYTES):
            answer += data
    return answer


if __name__ == "__main__":
    sys.exit(main())
