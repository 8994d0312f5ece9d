"""The process that reads a configuration for a director: its standard output is what the director takes.

It imports no more than reading takes: a reload waits for it.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterable
from typing import BinaryIO

from msgspec.structs import replace

from standfast import director
from standfast.daemons.director.reading import loaded_from
from standfast.dialects.live.machine import Loaded
from standfast.errors import ConfigError, LiveError

TOGETHER = 500  # services


def main() -> None:
    """Read a file, for a config id, in a network namespace: the first words; the rest are the halves."""
    file, config_id, namespace, *halves = sys.argv[1:]
    answer(sys.stdout.buffer, file, config_id, namespace, halves)


def answer(stream: BinaryIO, file: str, config_id: str, namespace: str, halves: Iterable[str]) -> None:
    """Write what these halves of a configuration say, or why they cannot be used, for another process.

    Services come after the rest, each by itself, so that the other can tell which are new to it.
    """
    gc.disable()
    services: tuple[director.CheckedService, ...] = ()
    answer: Loaded | ConfigError | LiveError
    try:
        answer = loaded_from(file, config_id, namespace, halves)
        services = answer.configuration.services
        answer = with_services(answer, ())
    except (ConfigError, LiveError) as error:
        answer = error
    stream.write(pickled(answer))
    for first in range(0, len(services), TOGETHER):
        stream.write(pickled([pickled(service) for service in services[first : first + TOGETHER]]))


def with_services(loaded: Loaded, services: tuple[director.CheckedService, ...]) -> Loaded:
    """Return what was read with other services."""
    return replace(loaded, configuration=replace(loaded.configuration, services=services))


def pickled(value: object) -> bytes:
    """Return a value for another process."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
