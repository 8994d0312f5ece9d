"""What agents this machine has, and their meta-data, fetched once for each version of a file."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from standfast.agents import lsb_header
from standfast.agents.command import candidates
from standfast.agents.environment import Site
from standfast.agents.invocation import AgentName, ExecutionStatus, Invocation, Ocf
from standfast.agents.live.runner import Runner
from standfast.agents.metadata import Metadata, parse
from standfast.errors import ConfigError, LiveError

TIMEOUT_MS = 30_000
SCRIPT_MAX = 256 * 1024
STANDARDS = ("ocf", "lsb", "service", "systemd", "stonith", "heartbeat")
UNIT_FOLDERS = ("/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")


class Kept(msgspec.Struct, frozen=True):
    """Meta-data, and the state of the file that it came from: path, time of change, size."""

    state: tuple[str, int, int]
    metadata: Metadata | None
    trouble: str = ""


class Catalogue:
    """Lists agents and knows their meta-data. What cannot be had is remembered too, until the file changes."""

    def __init__(self, runner: Runner) -> None:
        self.runner = runner
        self._kept: dict[AgentName, Kept] = {}
        self._fetching: dict[AgentName, asyncio.Task[Kept]] = {}

    def cached(self, agent: AgentName) -> Kept | None:
        """Return what is known of an agent if it still holds: a file that changed is fetched anew."""
        kept = self._kept.get(agent)
        return kept if kept is not None and kept.state == file_state(agent, self.runner.site) else None

    async def metadata(self, agent: AgentName) -> Metadata:
        """Return an agent's meta-data. Raises: LiveError if there is no such agent or it prints something else."""
        kept = await self.look_up(agent)
        if kept.metadata is None:
            raise LiveError(kept.trouble)
        return kept.metadata

    async def look_up(self, agent: AgentName) -> Kept:
        """Return an agent's meta-data, or why there is none. Many that ask at once wait for one call."""
        if kept := self.cached(agent):
            return kept
        task = self._fetching.get(agent)
        if task is None:
            task = self._fetching[agent] = asyncio.create_task(self._fetch(agent))
            task.add_done_callback(lambda _: self._fetching.pop(agent, None))
        return await asyncio.shield(task)

    async def _fetch(self, agent: AgentName) -> Kept:
        state = file_state(agent, self.runner.site)
        try:
            kept = Kept(state, await self._read(agent, state))
        except (ConfigError, LiveError) as e:
            kept = Kept(state, None, str(e))
        self._kept[agent] = kept
        return kept

    async def _read(self, agent: AgentName, state: tuple[str, int, int]) -> Metadata:
        if agent.standard in ("ocf", "stonith"):
            return await self._ask(agent)
        if agent.standard in ("lsb", "service", "heartbeat") and state[0]:
            return lsb_header.metadata(await asyncio.to_thread(script_text, state[0]), agent)
        if agent.standard in ("systemd", "service"):
            return lsb_header.metadata("", agent)
        raise LiveError(f"{agent} is not installed")

    async def _ask(self, agent: AgentName) -> Metadata:
        """Call the agent for its meta-data. Its parameters are unset, as Pacemaker has it."""
        outcome = await self.runner.run(Invocation(agent, "meta-data", TIMEOUT_MS))
        if outcome.status != ExecutionStatus.DONE or outcome.exit_code != Ocf.OK:
            reason = outcome.exit_reason or f"exit code {outcome.exit_code}"
            raise LiveError(f"no meta-data of {agent}: {reason}")
        return await asyncio.to_thread(parse, outcome.stdout, agent)


def file_state(agent: AgentName, site: Site) -> tuple[str, int, int]:
    """Return path, time of change in ns and size of an agent's file; ("", 0, 0) if it has none."""
    standard = "lsb" if agent.standard == "service" else agent.standard
    for path in candidates(AgentName(standard, agent.type, agent.provider), site):
        try:
            found = os.stat(path)
        except (OSError, ValueError):
            continue
        return path, found.st_mtime_ns, found.st_size
    return "", 0, 0


def script_text(path: str) -> str:
    """Return the beginning of a script. Raises: LiveError if it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read(SCRIPT_MAX).decode("utf-8", "replace")
    except OSError as e:
        raise LiveError(f"cannot read {path}: {e.strerror}") from e


def names_in(folder: str, *, folders: bool = False) -> list[str]:
    """Return the names of the executable files (or the folders) in a folder, sorted; hidden ones are left out."""
    try:
        entries = [e for e in os.scandir(folder) if not e.name.startswith(".")]
    except OSError:
        return []
    if folders:
        return sorted(e.name for e in entries if e.is_dir())
    return sorted(e.name for e in entries if e.is_file() and os.access(e.path, os.X_OK))


def providers(site: Site) -> list[str]:
    """Return the providers of OCF agents."""
    return sorted({name for folder in site.ocf_directories for name in names_in(folder, folders=True)})


def unit_names(folders: Iterable[str] = UNIT_FOLDERS) -> list[str]:
    """Return the names of the services that systemd has files for, without `.service`; templates end in `@`."""
    found = {p.name.removesuffix(".service") for f in folders for p in Path(f).glob("*.service")}
    return sorted(found)


def list_agents(site: Site, standard: str = "", provider: str = "") -> list[AgentName]:
    """Return the agents of this machine, sorted within each class. Empty arguments mean all."""
    found: dict[str, list[AgentName]] = {
        "ocf": [
            AgentName("ocf", name, p)
            for p in providers(site)
            if not provider or p == provider
            for name in sorted({n for folder in site.ocf_directories for n in names_in(f"{folder}/{p}")})
        ],
        **{kind: [AgentName(kind, name) for name in names] for kind, names in plain_names(site).items()},
    }
    wanted = [standard] if standard else STANDARDS
    agents = [a for kind in wanted for a in found.get(kind, [])]
    return [a for a in agents if not provider or a.provider == provider]


def plain_names(site: Site) -> Mapping[str, list[str]]:
    """Return the names of the agents of those classes that know no providers."""
    scripts, units = names_in(site.init_directory), unit_names()
    fence = {n for folder in site.fence_directories for n in names_in(folder) if n.startswith("fence_")}
    return {
        "lsb": scripts,
        "service": sorted({*scripts, *units}),
        "systemd": units,
        "stonith": sorted(fence),
        "heartbeat": names_in(site.heartbeat_directory),
    }
