"""One daemon's engine in a node of the lab: orders come on stdin, events and answers go to stdout, pickled lines."""

import asyncio
import base64
import os
import pickle
import signal
import sys

from standfast.errors import LocalProtocolError
from standfast.messaging.live import corosync


def say(kind: str, value: object) -> None:
    sys.stdout.buffer.write(base64.b64encode(pickle.dumps((kind, value))) + b"\n")
    sys.stdout.buffer.flush()


async def main() -> None:
    reader = asyncio.StreamReader(limit=1 << 28)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    engine = corosync.CorosyncEngine()
    while line := await reader.readline():
        order, payloads = pickle.loads(base64.b64decode(line))
        match order:
            case "start":
                engine.start(lambda event: say("event", event))
            case "cast":
                try:
                    for payload in payloads:
                        engine.multicast(payload)
                    say("answer", engine.backlog_bytes)
                except LocalProtocolError as error:
                    say("answer", error)
            case "leave":
                engine.leave()
                say("answer", engine.backlog_bytes)
            case "crash":
                os.kill(os.getpid(), signal.SIGKILL)


asyncio.run(main())
