"""Reads a director's configuration, keepalived's language from a file, in a process of its own.

Reading takes several times the memory of what is read, and long: neither is the director's then.
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
    process: keepalived.ProcessWide = field(default_factory=keepalived.ProcessWide)


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
    """Return the configuration, read by a copy of this process, which has no threads yet. Raises: as `Read`."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        status = 1
        try:
            os.close(reading)
            with os.fdopen(writing, "wb") as pipe:
                answer(pipe, settings.file, settings.config_id, settings.namespace, halves_of(settings))
            status = 0
        finally:
            os._exit(status)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = io.BytesIO(pipe.read())
    return _received(data, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


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
        answer, services = _loaded(file, config_id, namespace, frozenset(Process[name] for name in halves))
    except (ConfigError, LiveError) as error:
        answer = error
    pickle.dump(answer, stream, protocol=pickle.HIGHEST_PROTOCOL)
    for first in range(0, len(services), TOGETHER):
        pickle.dump(services[first : first + TOGETHER], stream, protocol=pickle.HIGHEST_PROTOCOL)


def _loaded(
    file: str, config_id: str, namespace: str, wanted: frozenset[Process]
) -> tuple[Loaded, tuple[director.CheckedService, ...]]:
    """Return a configuration without its services, and these."""
    loaded = load_keepalived(file, config_id, wanted=wanted, namespace=namespace)
    half = loaded.vrrp.configuration if Process.VRRP in wanted else NO_ROUTERS
    sessions = loaded.sessions if Process.BFD in wanted else bfd.Configuration()
    rest = Loaded(
        replace(loaded.configuration, services=()), loaded.reports, loaded.namespace, half, loaded.running, sessions,
        loaded.bfd_running, loaded.process,
    )  # fmt: skip
    return rest, loaded.configuration.services


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
    everything = tuple(itertools.chain.from_iterable(services))
    return replace(answer, configuration=replace(answer.configuration, services=everything))


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
