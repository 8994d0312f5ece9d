"""Reads a director's configuration, keepalived's language from a file.

A director that runs has it read by a process of its own: reading takes long, and memory. One that starts reads it
itself: nothing else is to be done, and the memory is used again for what is made of it.
"""

from __future__ import annotations

import gc
import io
import itertools
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import BinaryIO

from standfast import director
from standfast.daemons.director.settings import Settings
from standfast.dialects import keepalived
from standfast.dialects.keepalived import Process
from standfast.dialects.live.machine import load_keepalived
from standfast.director import bfd, lvs, vrrp
from standfast.director.vrrp.orders import Running
from standfast.errors import ConfigError, LiveError, Report

NO_ROUTERS = vrrp.Configuration(())
TOGETHER = 500  # services


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration as it was read, with what is to be said of it."""

    configuration: director.Configuration
    reports: tuple[Report, ...] = ()
    namespace: str = ""
    vrrp: vrrp.Configuration = field(default_factory=lambda: NO_ROUTERS)
    running: Running = field(default_factory=lambda: Running(""))
    sessions: bfd.Configuration = field(default_factory=bfd.Configuration)
    bfd_running: bfd.orders.Running = field(default_factory=bfd.orders.Running)


Read = Callable[[], Loaded]
"""Read the configuration now. Raises: ConfigError if it cannot be used, LiveError if it cannot be read."""


def reader_of(settings: Settings) -> Read:
    """Return what reads the configuration that the settings name, beside a loop and its threads."""
    reader = "standfast.daemons.director.reader"
    words = [sys.executable, "-m", reader, settings.file, settings.config_id, settings.namespace]
    words += halves_of(settings)
    same_code = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}

    def read() -> Loaded:
        done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=same_code, check=False)
        return _received(io.BytesIO(done.stdout), done.returncode)

    return read


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

    Services come after the rest, many at a time: writing all as one would take as much memory as they do themselves.
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
    pickle.dump(answer, stream, protocol=pickle.HIGHEST_PROTOCOL)
    for first in range(0, len(services), TOGETHER):
        pickle.dump(services[first : first + TOGETHER], stream, protocol=pickle.HIGHEST_PROTOCOL)


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
        loaded.configuration, loaded.reports, loaded.namespace, half, loaded.running, sessions,
        loaded.bfd_running,
    )  # fmt: skip


def _received(stream: BinaryIO, status: int) -> Loaded:
    if status:
        raise LiveError(f"the configuration's reader ended with status {status}")
    collects = gc.isenabled()
    gc.disable()
    try:
        answer = pickle.load(stream)
        services = list(_batches(stream))
    finally:
        if collects:
            gc.enable()
    if isinstance(answer, ConfigError | LiveError):
        raise answer
    assert isinstance(answer, Loaded), "the reader's answer"
    return _with_services(answer, tuple(itertools.chain.from_iterable(services)))


def _batches(stream: BinaryIO) -> Iterator[tuple[director.CheckedService, ...]]:
    while True:
        try:
            yield pickle.load(stream)
        except EOFError:
            return


def planned(present: Loaded, wanted: Loaded) -> list[str]:
    """Return what changes if another configuration is used, for people: the table if every real server is up."""
    table = lvs.plan_lines(keepalived.changes(present.configuration, wanted.configuration))
    return table + vrrp.changes.lines(vrrp.changes.difference(present.vrrp, wanted.vrrp))
