"""A configuration is read again: by a process of its own, for reading takes long, and memory."""

from __future__ import annotations

import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import BinaryIO

from standfast import director, garbage
from standfast.daemons.director.reader import Told, digest_of, with_services
from standfast.daemons.director.reading import halves_of
from standfast.daemons.director.settings import Settings
from standfast.dialects.live.machine import Loaded, still_answers
from standfast.errors import ConfigError, LiveError

Known = dict[bytes, director.CheckedService]
"""Services by their digests."""


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
        if self._last is not None and not self._known:
            with garbage.held_back():
                self._known = {digest_of(service): service for service in self._last.configuration.services}
        known = b"".join(self._known)
        done = subprocess.run(self._words, input=known, stdout=subprocess.PIPE, env=same_code, check=False)
        with garbage.held_back():
            loaded, self._known = _received(io.BytesIO(done.stdout), done.returncode, self._known)
        return loaded


def _received(stream: BinaryIO, status: int, known: Known) -> tuple[Loaded, Known]:
    """Return what was read, with the known services where they are the same, and all of them. Raises: as `Read`."""
    if status:
        raise LiveError(f"the configuration's reader ended with status {status}")
    answer = pickle.load(stream)
    if isinstance(answer, ConfigError | LiveError):
        raise answer
    assert isinstance(answer, Loaded), "the reader's answer"
    found = [(name, known[name] if name in known else pickle.loads(data)) for name, data in _told(stream)]
    return with_services(answer, tuple(service for _, service in found)), dict(found)


def _told(stream: BinaryIO) -> Iterator[Told]:
    while True:
        try:
            yield from pickle.load(stream)
        except EOFError:
            return
