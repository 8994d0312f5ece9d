"""What is to be executed for a call: file, arguments, environment and standard input, by the agent's class."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.agents.environment import Site, environment
from standfast.agents.invocation import AgentName, Invocation

FILE_STANDARDS = ("ocf", "lsb", "heartbeat", "stonith")
STATUS_STANDARDS = ("lsb", "heartbeat", "service", "systemd")  # they say `status` where OCF says `monitor`


class Command(msgspec.Struct, frozen=True):
    """A process to start. The first of `candidates` that exists is the file; `arguments` come after its name."""

    candidates: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = msgspec.field(default_factory=dict)
    stdin: bytes = b""


def plain(name: str) -> bool:
    """Return whether a name is one file's name: it cannot lead out of the folder that agents are looked up in."""
    return bool(name) and "/" not in name and "\0" not in name and name not in (".", "..")


def candidates(agent: AgentName, site: Site) -> tuple[str, ...]:
    """Return the paths an agent may have, best first; none if its name is none or it is no file at all (systemd).

    Only LSB may be named by an absolute path. Source: Pacemaker, pcmk__full_path.
    """
    if agent.standard == "lsb" and agent.type.startswith("/") and "\0" not in agent.type:
        return (agent.type,)
    if not plain(agent.type):
        return ()
    match agent.standard:
        case "ocf":
            return tuple(f"{d}/{agent.provider}/{agent.type}" for d in site.ocf_directories if plain(agent.provider))
        case "lsb":
            return (f"{site.init_directory}/{agent.type}",)
        case "heartbeat":
            return tuple(f"{d}/{agent.type}" for d in (site.heartbeat_directory, site.init_directory))
        case "stonith":
            return tuple(f"{d}/{agent.type}" for d in site.fence_directories)
    return ()


def action_argument(invocation: Invocation) -> str:
    """Return the action's name in the agent's own words. LSB and heartbeat say `status` for `monitor`."""
    if invocation.action == "monitor" and invocation.agent.standard in STATUS_STANDARDS:
        return "status"
    if invocation.action == "meta-data" and invocation.agent.standard == "stonith":
        return "metadata"
    return invocation.action


def positional(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """Return heartbeat parameters ("1", "2", …) in the order of their numbers. Source: haresources of heartbeat 1."""
    return tuple(parameters[k] for k in sorted((k for k in parameters if k.isdecimal()), key=int))


def fence_input(invocation: Invocation) -> bytes:
    """Return what a fence agent reads: `name=value` lines, the action first.

    What speaks to the cluster and not to the device (pcmk_*, provides, …) is left out, and so is a configured
    `action`. A value's line ends stay out: one line is one parameter. Source: FenceAgentAPI.md of fence-agents.
    """
    lines = [f"action={action_argument(invocation)}"]
    for name, value in invocation.parameters.items():
        if name.lower() != "action" and not for_the_cluster(name):
            lines.append(f"{name}={value}".replace("\n", " ").replace("\r", " "))
    return "".join(line + "\n" for line in lines).encode()


def for_the_cluster(name: str) -> bool:
    """Return whether a fencing parameter is the cluster's and not the agent's. Source: pcmk_stonith_param."""
    return name.startswith(("pcmk_", "CRM_meta_")) or name in ("provides", "stonith-timeout", "crm_feature_set")


def command(invocation: Invocation, site: Site) -> Command:
    """Return what to execute for a call of an agent that is a file."""
    standard = invocation.agent.standard
    action = action_argument(invocation)
    return Command(
        candidates=candidates(invocation.agent, site),
        arguments=() if standard == "stonith" else (*heartbeat_arguments(invocation), action),
        environment=environment(invocation, site),
        stdin=fence_input(invocation) if standard == "stonith" else b"",
    )


def heartbeat_arguments(invocation: Invocation) -> tuple[str, ...]:
    """Return what stands before the action: a heartbeat agent's parameters, nothing for the others."""
    if invocation.agent.standard != "heartbeat":
        return ()
    return tuple(value.replace("\0", "") for value in positional(invocation.parameters))
