"""What a device says of its targets: their ports, and whether it can fence a node at all.

Source: Pacemaker Explained, "Special Meta-Attributes for Fencing Resources" (pcmk_host_*).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping

from standfast.fencing.capabilities import Capabilities

_SEPARATORS = frozenset(" \t\n;")
_LIST_SEPARATORS = frozenset(" \t\n;,")


class Check(enum.StrEnum):
    """How it is found out whom a device can fence: pcmk_host_check."""

    STATIC_LIST = "static-list"
    DYNAMIC_LIST = "dynamic-list"
    STATUS = "status"
    NONE = "none"


_CHECKS = {str(kind): kind for kind in Check}


def check(parameters: Mapping[str, str], capabilities: Capabilities) -> Check:
    """Return pcmk_host_check, or its default.

    "static-list if either pcmk_host_list or pcmk_host_map is set, otherwise dynamic-list if the fence device supports
    the list action, otherwise status if the fence device supports the status action, otherwise none."
    """
    named = _CHECKS.get(parameters.get("pcmk_host_check", "").lower())
    if named is not None:
        return named
    if parameters.get("pcmk_host_list") or parameters.get("pcmk_host_map"):
        return Check.STATIC_LIST
    if "list" in capabilities.actions:
        return Check.DYNAMIC_LIST
    return Check.STATUS if "status" in capabilities.actions else Check.NONE


def port_map(text: str) -> dict[str, str]:
    """Return the ports by node of `n1:1;n2:2,3`: pairs end at a space, tab, line or `;`, `\\` takes the next as is."""
    ports: dict[str, str] = {}
    for pair in _split(text, _SEPARATORS):
        name, found, port = _partition(pair)
        if found and name and port:
            ports.setdefault(name.casefold(), port)
    return ports


def host_list(text: str) -> frozenset[str]:
    """Return the names of a list (of a parameter, or of a device's answer), as they are compared: without case."""
    return frozenset(_unescape(name).casefold() for name in _split(text, _LIST_SEPARATORS))


def device_list(output: str) -> frozenset[str]:
    """Return the ports in the output of an agent's `list`: a line each, what follows a comma is an alias or a note.

    Source: FenceAgentAPI.md, "list"; agents print `port,alias` or bare names, several a line too.
    """
    found: set[str] = set()
    for line in output.splitlines():
        first = line.split(",", 1)
        found |= host_list(first[0])
        found |= host_list(first[1]) if len(first) > 1 else frozenset()
    return frozenset(found)


def port(parameters: Mapping[str, str], target: str) -> str:
    """Return what the device calls the target: its port of pcmk_host_map, else its name."""
    return port_map(parameters.get("pcmk_host_map", "")).get(target.casefold(), target)


def in_static_list(parameters: Mapping[str, str], target: str) -> bool:
    """Return whether pcmk_host_list or pcmk_host_map names the target."""
    name = target.casefold()
    return name in host_list(parameters.get("pcmk_host_list", "")) or name in port_map(
        parameters.get("pcmk_host_map", "")
    )


def target_parameters(
    parameters: Mapping[str, str], capabilities: Capabilities, target: str, node_id: int | None = None
) -> dict[str, str]:
    """Return what tells the agent its target: `nodename`, `nodeid`, and the port under pcmk_host_argument's name.

    A parameter of that name which the configuration gives is kept, unless it is `dynamic`.
    """
    found = {"nodename": target} | ({} if node_id is None else {"nodeid": str(node_id)})
    argument = parameters.get("pcmk_host_argument") or capabilities.host_argument
    if argument and argument != "none" and parameters.get(argument, "dynamic") == "dynamic":
        found[argument] = port(parameters, target)
    return found


def _split(text: str, separators: frozenset[str]) -> list[str]:
    """Return the parts between separators; an escaped one separates nothing, the escapes stay."""
    parts, current, escaped = [], "", False
    for character in text:
        if not escaped and character in separators:
            parts.append(current)
            current = ""
            continue
        current += character
        escaped = character == "\\" and not escaped
    return [part for part in [*parts, current] if part]


def _partition(pair: str) -> tuple[str, bool, str]:
    """Return the pair's name, whether it is one, and its value; `:` and `=` both assign."""
    escaped = False
    for at, character in enumerate(pair):
        if not escaped and character in ":=":
            return _unescape(pair[:at]), True, _unescape(pair[at + 1 :])
        escaped = character == "\\" and not escaped
    return _unescape(pair), False, ""


def _unescape(text: str) -> str:
    plain, escaped = "", False
    for character in text:
        escaped = character == "\\" and not escaped
        plain += "" if escaped else character
    return plain
