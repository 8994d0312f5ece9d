"""The process that reads a configuration for a director: its standard output is what the director takes.

It imports no more than reading takes: a reload waits for it. Its standard input are the digests of the services that
the director knows: of these it answers no more.
"""

from __future__ import annotations

import gc
import pickle
import sys
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from standfast import director
from standfast.daemons.director.reading import loaded_from
from standfast.dialects.live.machine import Loaded
from standfast.digests import SIZE, digest
from standfast.errors import ConfigError, LiveError

TOGETHER = 500  # services


Told = tuple[bytes, bytes]
"""A service: its digest, and its pickle, or nothing if the other side knows it."""


def main() -> None:
    """Read a file, for a config id, in a network namespace: the first words; the rest are the halves."""
    file, config_id, namespace, *halves = sys.argv[1:]
    digests = sys.stdin.buffer.read()
    known = frozenset(digests[at : at + SIZE] for at in range(0, len(digests), SIZE))
    answer(sys.stdout.buffer, known, file, config_id, namespace, halves)


def answer(
    stream: BinaryIO, known: frozenset[bytes], file: str, config_id: str, namespace: str, halves: Iterable[str]
) -> None:
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
    stream.write(_pickled(answer))
    for first in range(0, len(services), TOGETHER):
        stream.write(_pickled([_told(service, known) for service in services[first : first + TOGETHER]]))


def _told(service: director.CheckedService, known: frozenset[bytes]) -> Told:
    name = digest_of(service)
    return name, b"" if name in known else _pickled(service)


def _plain(value: object) -> bytes:
    """Return an address as bytes. Raises: NotImplementedError for anything else."""
    if isinstance(value, IPv4Address | IPv6Address):
        return value.packed
    raise NotImplementedError(f"{type(value)} in a service")


_ENCODER = msgspec.msgpack.Encoder(enc_hook=_plain)


def digest_of(service: director.CheckedService) -> bytes:
    """Return what tells a service from all that say something else; it is the same in every process."""
    return digest(_ENCODER.encode(service))


def with_services(loaded: Loaded, services: tuple[director.CheckedService, ...]) -> Loaded:
    """Return what was read with other services."""
    return replace(loaded, configuration=replace(loaded.configuration, services=services))


def _pickled(value: object) -> bytes:
    """Return a value for another process."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


if __name__ == "__main__":
    main()
