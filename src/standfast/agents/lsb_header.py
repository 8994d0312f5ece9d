"""The comment block of an init script as meta-data. Source: LSB 5.0 core, "Comment Conventions for Init Scripts"."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

import msgspec

from standfast.agents.invocation import AgentName
from standfast.agents.metadata import Action, Metadata

BEGIN = "### BEGIN INIT INFO"
END = "### END INIT INFO"
TIMEOUT = "15"  # seconds; what Pacemaker writes for every action of an init script
ACTIONS = ("meta-data", "start", "stop", "restart", "status", "force-reload")


class Header(msgspec.Struct, frozen=True):
    """What the block says, by keyword; a keyword that is missing is "". Facilities stand as they are written."""

    provides: str = ""
    required_start: str = ""
    required_stop: str = ""
    should_start: str = ""
    should_stop: str = ""
    default_start: str = ""
    default_stop: str = ""
    short_description: str = ""
    description: str = ""


KEYWORDS = {name.replace("_", "-"): name for name in Header.__struct_fields__}


def block(script: str) -> Iterator[str]:
    """Yield the lines of the block, without the comment sign; it ends at its end mark or the first other line."""
    inside = False
    for line in script.splitlines():
        if line.startswith(BEGIN):
            inside = True
        elif inside and (line.startswith(END) or not line.startswith("#")):
            return
        elif inside:
            yield line[1:]


def header(script: str) -> Header:
    """Return an init script's block. A description goes on over lines that begin with a tab or two spaces."""
    found: dict[str, str] = {}
    last = ""
    for line in block(script):
        keyword, colon, value = line.partition(":")
        name = KEYWORDS.get(keyword.strip().lower())
        if colon and name and not line.startswith(("  ", "\t")):
            last = name
            found.setdefault(name, value.strip())
        elif last == "description" and line.startswith(("  ", "\t")):
            found[last] += "\n" + line.strip()
        else:
            last = ""
    return Header(**found)


def metadata(script: str, agent: AgentName) -> Metadata:
    """Return meta-data for an init script; one without a block says nothing of itself, which is no mistake."""
    said = header(script)
    actions = tuple(Action(name, timeout=TIMEOUT, attributes={"timeout": TIMEOUT}) for name in ACTIONS)
    short, long = said.short_description or agent.type, said.description or agent.type
    return Metadata(agent, "1.0", "1.0", short, long, (), actions, xml(agent, short, long, said))


def xml(agent: AgentName, short: str, long: str, said: Header) -> str:
    """Return the same as the XML that tools expect of every agent."""
    actions = "".join(f'    <action name="{name}" timeout="{TIMEOUT}"/>\n' for name in ACTIONS)
    special = "".join(
        f"    <{keyword.title()}>{escape(getattr(said, name), quote=False)}</{keyword.title()}>\n"
        for keyword, name in KEYWORDS.items()
        if not name.endswith("description")
    )
    return (
        '<?xml version="1.0"?>\n'
        f'<resource-agent name="{escape(agent.type)}" version="1.0">\n'
        "  <version>1.0</version>\n"
        f'  <longdesc lang="en">{escape(long, quote=False)}</longdesc>\n'
        f'  <shortdesc lang="en">{escape(short, quote=False)}</shortdesc>\n'
        "  <parameters/>\n"
        f"  <actions>\n{actions}  </actions>\n"
        f'  <special tag="LSB">\n{special}  </special>\n'
        "</resource-agent>\n"
    )
