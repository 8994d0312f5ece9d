"""The daemon of a node, from its command line to its end."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import sys
from pathlib import Path

from standfast import errors, garbage
from standfast.daemons import identity, logs
from standfast.daemons.settings import Settings
from standfast.runtime.live import notify
from standfast.runtime.live.priority import prefer_this_thread

LOG = logging.getLogger("standfast")


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    defaults = Settings("", 0)
    p = argparse.ArgumentParser(prog="standfastd", description="The daemon of a node: one runs on each.")
    p.add_argument("--node", default="", metavar="NAME", help="this node's name; with corosync, it says so itself")
    p.add_argument("--node-id", default=0, type=int, metavar="N", help="this node's number, from 1 up; likewise")
    p.add_argument("--engine", choices=["local", "corosync"], default="local", help="the group communication engine")
    p.add_argument("--sequencer", type=Path, default=defaults.sequencer, help="the local engine's socket")
    p.add_argument("--state", type=Path, default=defaults.state, help="what outlives the machine (%(default)s)")
    p.add_argument("--run", type=Path, default=defaults.run, help="what ends with the boot (%(default)s)")
    p.add_argument("--sbin", type=Path, default=defaults.sbin, help="the commands that agents call (%(default)s)")
    p.add_argument("--fence-agents", type=Path, action="append", help="a folder of fence agents; repeatable")
    p.add_argument("--ocf-agents", type=Path, action="append", help="a folder of OCF providers; repeatable")
    p.add_argument("--cluster", default="", help="the cluster's name (what Corosync says, or standfast)")
    p.add_argument("--priority", choices=["realtime", "normal"], default=defaults.priority, help="the loop's")
    p.add_argument("--panic", choices=["daemon", "init"], default=defaults.panic, help="how a node ends itself")
    p.add_argument("--log-level", choices=["debug", "info", "warning", "error"], default=defaults.log_level)
    return p


def settings_of(argv: list[str]) -> Settings:
    """Return the settings in a command line; a wrong one ends the process with its usage."""
    o = parser().parse_args(argv)
    if o.engine == "local" and not o.node:
        parser().error("--node: expected this node's name")
    if o.node_id < (o.engine == "local"):
        parser().error(f"--node-id {o.node_id}: expected a number from 1 up")
    defaults = Settings("", 0)
    return Settings(
        node=o.node,
        node_id=o.node_id,
        engine=o.engine,
        sequencer=o.sequencer,
        state=o.state,
        run=o.run,
        sbin=o.sbin,
        fence_agents=tuple(o.fence_agents or ()) or defaults.fence_agents,
        ocf_agents=tuple(o.ocf_agents or ()) or defaults.ocf_agents,
        cluster=o.cluster or ("" if o.engine == "corosync" else defaults.cluster),
        priority=o.priority,
        panic=o.panic,
        log_level=o.log_level,
    )


async def run(settings: Settings, log: logs.Logs) -> int:
    """Be the daemon until it is told to stop or has to end; return the exit status."""
    with garbage.held_back(stays=True):  # looking through what the modules hold would hold the loop for 10 ms
        from standfast import controller  # after logging is set up: these are the bulk of the imports
        from standfast.agents.live import make_rsctmp
        from standfast.daemons.node import Node
        from standfast.daemons.service import Service
        from standfast.web.live.server import Server

    if settings.priority == "realtime" and (refused := prefer_this_thread()):
        LOG.info("the loop has no real-time priority: %s", refused)
    make_rsctmp()
    node = Node(settings, log.end)
    server = Server(Service(node), settings.api_socket)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, node.post, controller.Stop())
    await node.start()
    server.start()
    watchdog = loop.create_task(notify.stay_alive())
    notify.notify(notify.READY)
    LOG.log(logs.NOTICE, "standfastd is up node=%s id=%d", settings.node, settings.node_id)
    await node.ended.wait()
    notify.notify(notify.STOPPING)
    watchdog.cancel()
    LOG.log(logs.NOTICE, "standfastd ends node=%s %s", settings.node, node.trouble)
    await server.stop()
    await node.stop()
    return errors.Exit.ERROR if node.faulty else errors.Exit.OK


def main(argv: list[str] | None = None) -> int:
    """Run the daemon. Exit statuses: 0 after a clean end, 2 usage, 69 the world refused to let it start."""
    settings = settings_of(sys.argv[1:] if argv is None else argv)
    try:
        settings = identity.with_identity(settings)
    except errors.LiveError as e:
        print(f"standfastd: {e}", file=sys.stderr)
        return errors.Exit.UNAVAILABLE
    log = logs.Logs(settings.node, settings.log_level)
    try:
        return asyncio.run(run(settings, log))
    except errors.LiveError as e:
        LOG.error("%s", e)
        return errors.Exit.UNAVAILABLE
    finally:
        log.end()
