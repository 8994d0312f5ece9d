"""What a daemon is told on its command line."""

from __future__ import annotations

from pathlib import Path

import msgspec


class Settings(msgspec.Struct, frozen=True):
    """Who this node is, where its engine, disk and socket are.

    `priority` says whether the loop goes before all ordinary threads (`realtime`) or not (`normal`). `panic` says what
    ends a node that must not go on: `init` asks the first process of its namespaces to end (a node of the lab),
    `daemon` ends the daemon and all agents it started.
    """

    node: str
    node_id: int
    engine: str = "local"
    sequencer: Path = Path("/run/standfast/sequencer.sock")
    state: Path = Path("/var/lib/standfast")
    run: Path = Path("/run/standfast")
    sbin: Path = Path("/usr/lib/standfast/sbin")
    fence_agents: tuple[Path, ...] = (Path("/usr/sbin"),)
    ocf_agents: tuple[Path, ...] = (Path("/usr/lib/ocf/resource.d"),)
    cluster: str = "standfast"
    priority: str = "realtime"
    panic: str = "daemon"
    log_level: str = "info"

    @property
    def api_socket(self) -> Path:
        """Return the API's socket."""
        return self.run / "api.sock"

    @property
    def inputs(self) -> Path:
        """Return the folder of the scheduler's saved inputs."""
        return self.state / "pengine"
