"""A director's process from its start to its end, under whatever name."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from standfast import director
from standfast.daemons.director import process
from standfast.daemons.director.program import Program, wants_checkers
from standfast.daemons.director.reading import Loaded, Read, Reader, read_at_start
from standfast.daemons.director.settings import Settings
from standfast.director import lvs
from standfast.director.live import open_ipvs
from standfast.director.live.ledger import Ledger
from standfast.director.vrrp import live as vrrp_live
from standfast.director.vrrp.live import virtual_mac
from standfast.director.vrrp.live.interfaces import Interfaces
from standfast.director.vrrp.live.netlink import Kernel
from standfast.errors import ConfigError, Exit, LiveError, RequestError

LOG = logging.getLogger("standfast.director")


def open_dataplane(settings: Settings) -> director.Dataplane:
    """Return what forwards the packets. Raises: LiveError."""
    if settings.memory:
        return director.MemoryDataplane()
    try:
        return open_ipvs()
    except (RequestError, OSError) as error:
        raise LiveError(f"no IPVS: {error}") from error


def run(settings: Settings, named_for: Callable[[Loaded], Settings] | None = None) -> int:
    """Run a director's process. Exit statuses: 0 after a clean end, 69 the world refused, 78 a faulty configuration.

    `named_for` gives the settings for what the configuration says of its files' names.
    """
    pid_files = process.PidFiles(())
    process.log_to(settings.console, settings.detail, settings.name, settings.log_file)
    try:
        loaded = read_at_start(settings)
        if named_for is not None:
            settings = named_for(loaded)
        process.set_umask(loaded.process.umask if settings.umask is None else settings.umask)
        if running := process.PidFiles(settings.pid_files).running():
            raise LiveError(f"{settings.name} is already running, process {running}")
        pid_files = process.PidFiles(settings.pid_files)
        if settings.namespace or loaded.namespace:
            process.enter_namespace(settings.namespace or loaded.namespace)
        dataplane = open_dataplane(settings) if wants_checkers(settings, loaded) else None
        if not settings.foreground:
            process.to_background()
            process.log_to(settings.console, settings.detail, settings.name, settings.log_file)
        process.allow_many_files()
        pid_files.write()
        return asyncio.run(_main(settings, Reader(settings, loaded), dataplane, loaded))
    except ConfigError as error:
        LOG.error("%s", error)
        return Exit.CONFIG
    except LiveError as error:
        LOG.error("%s", error)
        return Exit.UNAVAILABLE
    finally:
        pid_files.remove()
        if settings.own_folder:
            process.remove_folder(settings.own_folder)


async def _main(settings: Settings, read: Read, dataplane: director.Dataplane | None, loaded: Loaded) -> int:
    return await Program(settings, read, lambda: dataplane or open_dataplane(settings)).run(loaded)


def clean_routers(path: Path) -> None:
    """Remove the addresses, routes, rules and devices that a VRRP process left. Raises: OSError."""
    left, kernel, interfaces = vrrp_live.Ledger(path), Kernel(), Interfaces()
    try:
        interfaces.read(kernel)
        _, links = left.clean(kernel)
        for name in links:
            virtual_mac.remove(name, kernel, interfaces)
        left.end()
    finally:
        kernel.close()


def clean(settings: Settings) -> int:
    """Take out what a director that was killed left, in the table and of its routers; return the exit status."""
    ledger = Ledger(Path(settings.ledger))
    owned = ledger.read()
    try:
        if settings.namespace:
            process.enter_namespace(settings.namespace)
        clean_routers(Path(settings.vrrp_ledger))
        if owned:
            dataplane = open_dataplane(settings)
            there = {found.service.key for found in dataplane.services()}
            refused = dataplane.apply([lvs.DeleteService(key) for key in owned if key in there])
            if refused:
                raise LiveError(f"{len(refused)} services could not be taken out")
    except (LiveError, RequestError, OSError) as error:
        print(f"standfast-director: {error}", file=sys.stderr)
        return Exit.UNAVAILABLE
    ledger.forget()
    return Exit.OK
