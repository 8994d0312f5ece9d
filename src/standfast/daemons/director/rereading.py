"""A configuration is read again: by a process of its own, for reading takes long, and memory."""

from __future__ import annotations

import gc
import hashlib
import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from msgspec.structs import replace

from standfast import director, garbage
from standfast.daemons.director.reading import Loaded, halves_of, loaded_from
from standfast.daemons.director.settings import Settings
from standfast.dialects.live.machine import still_answers
from standfast.errors import ConfigError, LiveError

TOGETHER = 500  # services
Known = dict[bytes, director.CheckedService]
"""Services by the digest of their pickles."""


class Reader:
    """Reads the configuration that the settings name, beside a loop and its threads; `last` is what was read before.

    What would be read from the same answers of the machine is not read again, and services that say the same are the
    very same objects.
    """

    def __init__(self, settings: Settings, last: Loaded | None = None) -> None:
        words = [settings.file, settings.config_id, settings.namespace, *halves_of(settings)]
        self._words = [sys.executable, "-m", "standfast.daemons.director.reader", *words]
        self._last = last
        self._known: Known = {}
        self._one_at_a_time = threading.Lock()

    def __call__(self) -> Loaded:
        """Read it now. Raises: ConfigError if it cannot be used, LiveError if it cannot be read."""
        with self._one_at_a_time:
            if self._last is None or not still_answers(self._last.answers):
                self._last = self._read()
            return self._last

    def _read(self) -> Loaded:
        same_code = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        done = subprocess.run(self._words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=same_code, check=False)
        with garbage.held_back():
            if self._last is not None and not self._known:
                self._known = {_digest(pickled(service)): service for service in self._last.configuration.services}
            loaded, self._known = _received(io.BytesIO(done.stdout), done.returncode, self._known)
        return loaded


def pickled(value: object) -> bytes:
    """Return a value for another process."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


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
        answer = _with_services(answer, ())
    except (ConfigError, LiveError) as error:
        answer = error
    stream.write(pickled(answer))
    for first in range(0, len(services), TOGETHER):
        stream.write(pickled([pickled(service) for service in services[first : first + TOGETHER]]))


def _with_services(loaded: Loaded, services: tuple[director.CheckedService, ...]) -> Loaded:
    return replace(loaded, configuration=replace(loaded.configuration, services=services))


def _received(stream: BinaryIO, status: int, known: Known) -> tuple[Loaded, Known]:
    """Return what was read, with the known services where they are the same, and all of them. Raises: as `Read`."""
    if status:
        raise LiveError(f"the configuration's reader ended with status {status}")
    answer = pickle.load(stream)
    if isinstance(answer, ConfigError | LiveError):
        raise answer
    assert isinstance(answer, Loaded), "the reader's answer"
    services: list[director.CheckedService] = []
    found: Known = {}
    for data in _services(stream):
        digest = _digest(data)
        service = known.get(digest) or pickle.loads(data)
        found[digest] = service
        services.append(service)
    return _with_services(answer, tuple(services)), found


def _services(stream: BinaryIO) -> Iterator[bytes]:
    while True:
        try:
            yield from pickle.load(stream)
        except EOFError:
            return
