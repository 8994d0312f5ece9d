"""What a fence agent can do, as its meta-data say. Source: FenceAgentAPI.md, "metadata"."""

from __future__ import annotations

import msgspec
from lxml import etree

DEFAULT_ACTIONS = frozenset(("on", "off", "reboot", "status", "list", "monitor", "metadata"))


class Capabilities(msgspec.Struct, frozen=True):
    """The actions of an agent and the parameter that takes the target.

    The defaults stand for an agent whose meta-data cannot be had: every action, the target as `port`.
    `automatic_unfencing`: its `on` is called when a node joins, and at no other time: it lets the node back to what it
    was kept from. `on_target`: that call is made by the node itself.
    """

    actions: frozenset[str] = DEFAULT_ACTIONS
    host_argument: str = "port"
    automatic_unfencing: bool = False
    on_target: bool = False


_TRUE = ("1", "true")
ASSUMED = Capabilities()


def parse(metadata: str) -> Capabilities | None:
    """Return what the meta-data say; None if they are none. Entities and network are off."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(metadata.encode(), parser)
    except etree.XMLSyntaxError:
        return None
    actions = root.findall("./actions/action")
    if not actions:
        return None
    return Capabilities(
        actions=frozenset(a.get("name", "") for a in actions),
        host_argument=_host_argument({p.get("name", "") for p in root.findall("./parameters/parameter")}),
        automatic_unfencing=any(a.get("name") == "on" and a.get("automatic") in _TRUE for a in actions),
        on_target=any(a.get("name") == "on" and a.get("on_target") in _TRUE for a in actions),
    )


def _host_argument(parameters: set[str]) -> str:
    """Return `port`, else `plug`, whichever the agent takes; `none` if neither: it has `nodename` all the same."""
    return next((name for name in ("port", "plug") if name in parameters), "none")
