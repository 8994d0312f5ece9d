"""Reads a director's configuration, keepalived's language from a file.

A director that runs has it read by a process of its own: reading takes long, and memory. One that starts reads it
itself: nothing else is to be done, and the memory is used again for what is made of it.
"""

from __future__ import annotations

import gc
import hashlib
import io
import os
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import msgspec
from msgspec.structs import replace

from standfast import director
from standfast.daemons.director.settings import Settings
from standfast.dialects import keepalived
from standfast.dialects.keepalived import Process
from standfast.dialects.live.machine import Answers, load_keepalived, still_answers, untidied
from standfast.director import bfd, lvs, vrrp
from standfast.director.vrrp.orders import Running
from standfast.errors import ConfigError, LiveError, Report

NO_ROUTERS = vrrp.Configuration(())
TOGETHER = 500  # services


class Loaded(msgspec.Struct, frozen=True):
    """A configuration as it was read, with what is to be said of it."""

    configuration: director.Configuration
    reports: tuple[Report, ...] = ()
    namespace: str = ""
    ipvs_namespace: str | None = None
    vrrp: vrrp.Configuration = NO_ROUTERS
    running: Running = Running("")
    sessions: bfd.Configuration = bfd.Configuration()
    bfd_running: bfd.orders.Running = bfd.orders.Running()
    process: keepalived.ProcessWide = keepalived.ProcessWide()
    answers: Answers = ()
    checkers_running: director.Running = director.Running()


Read = Callable[[], Loaded]
"""Read the configuration now. Raises: ConfigError if it cannot be used, LiveError if it cannot be read."""


class Reader:
    """Reads the configuration that the settings name, beside a loop and its threads; `last` is what was read before.

    What would be read from the same answers of the machine is not read again, and services that say the same are the
    very same objects.
    """

    def __init__(self, settings: Settings, last: Loaded | None = None) -> None:
        words = [settings.file, settings.config_id, settings.namespace, *halves_of(settings)]
        self._words = [sys.executable, "-m", "standfast.daemons.director.reader", *words]
        self._last = last
        self._known: dict[bytes, director.CheckedService] = {}
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
        with untidied():
            if self._last is not None and not self._known:
                self._known = {_digest(pickled(service)): service for service in self._last.configuration.services}
            loaded, self._known = _received(io.BytesIO(done.stdout), done.returncode, self._known)
        return loaded


def pickled(value: object) -> bytes:
    """Return a value for another process."""
    return pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()


def read_at_start(settings: Settings) -> Loaded:
    """Return the configuration, read in this process. Raises: as `Read`."""
    collects = gc.isenabled()
    gc.disable()
    try:
        return _loaded(settings.file, settings.config_id, settings.namespace, _processes(halves_of(settings)))
    finally:
        gc.freeze()  # it stays: nobody has to look through it
        if collects:
            gc.enable()


def halves_of(settings: Settings) -> list[str]:
    """Return the names of keepalived's processes whose part of the configuration counts."""
    parts = (("CHECKER", settings.checkers), ("VRRP", settings.vrrp), ("BFD", settings.bfd))
    return [name for name, counts in parts if counts]


def answer(stream: BinaryIO, file: str, config_id: str, namespace: str, halves: Iterable[str]) -> None:
    """Write what these halves of a configuration say, or why they cannot be used, for another process.

    Services come after the rest, each by itself, so that the other can tell which are new to it.
    """
    gc.disable()
    services: tuple[director.CheckedService, ...] = ()
    answer: Loaded | ConfigError | LiveError
    try:
        answer = _loaded(file, config_id, namespace, _processes(halves))
        services = answer.configuration.services
        answer = _with_services(answer, ())
    except (ConfigError, LiveError) as error:
        answer = error
    stream.write(pickled(answer))
    for first in range(0, len(services), TOGETHER):
        stream.write(pickled([pickled(service) for service in services[first : first + TOGETHER]]))


def _processes(halves: Iterable[str]) -> frozenset[Process]:
    return frozenset(Process[name] for name in halves)


def _with_services(loaded: Loaded, services: tuple[director.CheckedService, ...]) -> Loaded:
    return replace(loaded, configuration=replace(loaded.configuration, services=services))


def _loaded(file: str, config_id: str, namespace: str, wanted: frozenset[Process]) -> Loaded:
    """Return what these processes' parts of a configuration say. Raises: ConfigError, LiveError."""
    loaded = load_keepalived(file, config_id, wanted=wanted, namespace=namespace)
    half = loaded.vrrp.configuration if Process.VRRP in wanted else NO_ROUTERS
    sessions = loaded.sessions if Process.BFD in wanted else bfd.Configuration()
    return Loaded(
        loaded.configuration, loaded.reports, loaded.namespace, loaded.ipvs_namespace, half, loaded.running, sessions,
        loaded.bfd_running, loaded.process, loaded.answers, loaded.checkers_running,
    )  # fmt: skip


Known = dict[bytes, director.CheckedService]
"""Services by the digest of their pickles."""


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


def planned(present: Loaded, wanted: Loaded) -> list[str]:
    """Return what changes if another configuration is used, for people: the table if every real server is up."""
    table = lvs.plan_lines(keepalived.changes(present.configuration, wanted.configuration))
    return table + vrrp.changes.lines(vrrp.changes.difference(present.vrrp, wanted.vrrp))
