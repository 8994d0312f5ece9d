"""What an agent says of itself: parameters, actions, and from these what a change of a parameter asks for.

Meta-data is what some program printed: it is parsed without entities and network, and never trusted.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import msgspec
from lxml import etree

from standfast.agents import digests
from standfast.agents.invocation import AgentName
from standfast.errors import ConfigError, Place, Report

USUALLY_PRIVATE = ("password", "passwd", "user")
PROLOG = '<?xml version="1.0"?>\n'
LIMIT = 4 * 1024 * 1024  # bytes of meta-data that are looked at


class Parameter(msgspec.Struct, frozen=True):
    """One parameter. `reloadable` and `private` decide the digests; `unique` did before OCF 1.1."""

    name: str
    type: str = "string"
    default: str | None = None
    required: bool = False
    unique: bool = False
    unique_group: str = ""
    reloadable: bool = False
    private: bool = False
    deprecated: bool = False
    replaced_with: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    shortdesc: str = ""
    longdesc: str = ""


class Action(msgspec.Struct, frozen=True):
    """One advertised action. Times are as the agent wrote them ("20s"); the attributes are hints."""

    name: str
    timeout: str = ""
    interval: str = ""
    start_delay: str = ""
    depth: str = ""
    role: str = ""
    attributes: Mapping[str, str] = msgspec.field(default_factory=dict)


class Metadata(msgspec.Struct, frozen=True, dict=True):
    """All that an agent says of itself. `xml` is what it printed, for tools that show it."""

    agent: AgentName
    version: str = ""
    ocf_version: str = ""
    shortdesc: str = ""
    longdesc: str = ""
    parameters: tuple[Parameter, ...] = ()
    actions: tuple[Action, ...] = ()
    xml: str = ""

    def parameter(self, name: str) -> Parameter | None:
        """Return the parameter of this name, None if there is none."""
        return next((p for p in self.parameters if p.name == name), None)

    def advertises(self, action: str) -> bool:
        """Return whether the agent says that it supports an action."""
        return any(a.name == action for a in self.actions)

    @cached_property
    def reload_action(self) -> str:
        """Return the action by which changed parameters take effect: reload-agent, reload, or "" if only a restart.

        `reload` counts only before OCF 1.1, where it had both meanings. Source: controld_cache_metadata of Pacemaker.
        """
        modern = self.agent.standard == "ocf" and version_tuple(self.ocf_version) >= (1, 1)
        if modern:
            return "reload-agent" if self.advertises("reload-agent") else ""
        return "reload" if any(a.name.lower() == "reload" for a in self.actions) else ""

    @cached_property
    def restart_names(self) -> tuple[str, ...]:
        """Return the parameters whose change needs a restart although the agent can reload. Order: Pacemaker's."""
        if self.reload_action == "reload-agent":
            names = [p.name for p in self.parameters if not p.reloadable]
        elif self.reload_action == "reload":
            names = [p.name for p in self.parameters if p.unique]
        else:
            names = []
        return tuple(reversed(names))

    @cached_property
    def private_names(self) -> tuple[str, ...]:
        """Return the parameters that are secrets; the usual ones if the agent marks none. Order: Pacemaker's."""
        marked = [p.name for p in self.parameters if p.private]
        return tuple(reversed(marked or [p.name for p in self.parameters if p.name in USUALLY_PRIVATE]))


def operation_digests(
    parameters: Mapping[str, str], interval_ms: int, timeout_ms: int, metadata: Metadata | None
) -> dict[str, str]:
    """Return all digests of an operation by their names in the CIB's status.

    Those for restart and secrets need meta-data: without it there is `op-digest` alone. Recurring operations are not
    reloaded, thus have none for restart. Source: append_restart_list and append_secure_list of Pacemaker.
    """
    found = {"op-digest": digests.operation_digest(parameters, interval_ms, timeout_ms)}
    if metadata is None:
        return found
    if metadata.reload_action and not interval_ms:
        found["op-force-restart"] = digests.word_list(metadata.restart_names)
        found["op-restart-digest"] = digests.restart_digest(parameters, metadata.restart_names)
    if metadata.private_names:
        found["op-secure-params"] = digests.word_list(metadata.private_names)
        found["op-secure-digest"] = digests.secure_digest(parameters, metadata.private_names, interval_ms, timeout_ms)
    return found


def version_tuple(text: str) -> tuple[int, ...]:
    """Return a dotted version as numbers; it ends where no number follows, "" is ()."""
    numbers: list[int] = []
    for part in text.strip().split("."):
        if not part.isdecimal():
            break
        numbers.append(int(part))
    return tuple(numbers)


def parse(text: str, agent: AgentName) -> Metadata:
    """Return the meta-data in an agent's output.

    What stands before the `resource-agent` element is skipped: some agents log there, and a document type could
    define entities. Raises: ConfigError with code `agents.bad-metadata` if there is no such element.
    """
    start = text.find("<resource-agent")
    if start < 0:
        raise refused(agent, "the output holds no meta-data")
    data = text[start : start + LIMIT].rstrip("\0 \n")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, encoding="utf-8")
    try:
        root = etree.fromstring(data.encode("utf-8", "replace"), parser)
    except (etree.XMLSyntaxError, ValueError) as e:
        raise refused(agent, f"the output is no XML: {e}") from None
    if root.tag != "resource-agent":
        raise refused(agent, f"the output is XML of another kind: <{root.tag}>")
    return from_element(root, agent, PROLOG + data)


def refused(agent: AgentName, message: str) -> ConfigError:
    """Return the exception for meta-data that cannot be used."""
    return ConfigError(
        [Report("agents.bad-metadata", message, "a resource-agent element", Place(f"meta-data of {agent}"))]
    )


def from_element(root: etree._Element, agent: AgentName, xml: str) -> Metadata:
    """Return the meta-data of a `resource-agent` element."""
    version = root.find("version")
    return Metadata(
        agent=agent,
        version=root.get("version", ""),
        ocf_version=words_of(version) if version is not None else "",
        shortdesc=description(root, "shortdesc") or root.get("shortdesc", ""),
        longdesc=description(root, "longdesc"),
        parameters=tuple(parameter(p) for p in root.iterfind("parameters/parameter") if p.get("name")),
        actions=tuple(action(a) for a in root.iterfind("actions/action") if a.get("name")),
        xml=xml,
    )


def parameter(element: etree._Element) -> Parameter:
    """Return one `parameter` element as a value."""
    content = element.find("content")
    told = {} if content is None else attributes(content)
    deprecated = element.find("deprecated")
    replaced = () if deprecated is None else tuple(r.get("name", "") for r in deprecated.iterfind("replaced-with"))
    return Parameter(
        name=element.get("name", ""),
        type=told.get("type", "string"),
        default=told.get("default"),
        required=true(element.get("required")),
        unique=true(element.get("unique")),
        unique_group=element.get("unique-group", ""),
        reloadable=true(element.get("reloadable")),
        private=true(element.get("private")),
        deprecated=deprecated is not None or true(element.get("deprecated")),
        replaced_with=replaced,
        options=() if content is None else tuple(o.get("value", "") for o in content.iterfind("option")),
        shortdesc=description(element, "shortdesc"),
        longdesc=description(element, "longdesc"),
    )


def action(element: etree._Element) -> Action:
    """Return one `action` element as a value."""
    told = attributes(element)
    return Action(
        name=told["name"],
        timeout=told.get("timeout", ""),
        interval=told.get("interval", ""),
        start_delay=told.get("start-delay", ""),
        depth=told.get("depth", ""),
        role=told.get("role", ""),
        attributes={k: v for k, v in told.items() if k != "name"},
    )


def attributes(element: etree._Element) -> dict[str, str]:
    """Return an element's attributes by name."""
    return {str(name): str(value) for name, value in element.attrib.items()}


def description(element: etree._Element, tag: str) -> str:
    """Return the first child of this tag as text; English goes before other languages."""
    found = element.findall(tag)
    english = [d for d in found if d.get("lang", "en").startswith("en")]
    return words_of((english or found)[0]) if found else ""


def words_of(element: etree._Element) -> str:
    """Return all text within an element, trimmed."""
    return "".join(t for t in element.itertext() if isinstance(t, str)).strip()


def true(text: str | None) -> bool:
    """Return whether a text says yes. Source: crm_is_true of Pacemaker."""
    return text is not None and text.strip().lower() in ("true", "on", "yes", "y", "1")
