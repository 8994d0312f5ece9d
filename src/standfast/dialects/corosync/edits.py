"""Changes of a corosync.conf that keep its other lines, comments and layout as they are.

All raise ConfigError for a file whose syntax is broken: its lines cannot be told apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from standfast.dialects.corosync import nouns
from standfast.dialects.corosync.reader import read
from standfast.dialects.corosync.tree import Item, Section, Tree
from standfast.errors import ConfigError, Exit, RequestError

INDENT = "    "


def with_value(tree: Tree, path: str, value: str) -> Tree:
    """Return the file with a key set: `totem.token`, `quorum.device.net.host`, `nodelist.node.NAME.quorum_votes`,
    `totem.interface.LINK.knet_link_priority`. Sections that lack are made. Raises: RequestError for a wrong path.
    """
    _demand_syntax(tree)
    *names, key = path.split(".")
    section, missing = _descend(tree, names)
    lines = tree.text.split("\n")
    item = None if missing else section.item(key)
    if item:
        lines[item.line - 1] = lines[item.line - 1][: item.value_column - 1].rstrip() + f" {value}"
    else:
        _insert(lines, section, _nest(missing, [f"{key}: {value}"]))
    return read("\n".join(lines), tree.file)


def without(tree: Tree, path: str) -> Tree:
    """Return the file without a key or a section. Raises: RequestError if it is not there."""
    _demand_syntax(tree)
    *names, last = path.split(".")
    section, missing = _descend(tree, names)
    gone = [part for part in section.parts if last == (part.key if isinstance(part, Item) else part.name)]
    if missing or not gone:
        raise RequestError(f"{tree.file} has no {path}", Exit.NO_SUCH)
    return _without_lines(tree, gone)


def with_node(tree: Tree, node: nouns.NodeEntry) -> Tree:
    """Return the file with a node at the end of its nodelist. Raises: RequestError if its name or id is there."""
    _demand_syntax(tree)
    known = nouns.conf(tree).nodes
    for other in known:
        if other.name == node.name or other.id == node.id:
            what = f"named {node.name}" if other.name == node.name else f"with id {node.id}"
            raise RequestError(f"{tree.file} has a node {what} already", Exit.EXISTS)
    section, missing = _descend(tree, ["nodelist"])
    lines = tree.text.split("\n")
    _insert(lines, section, _nest(missing, ["node {", *(INDENT + line for line in node_lines(node)), "}"]))
    return read("\n".join(lines), tree.file)


def without_node(tree: Tree, title: str) -> Tree:
    """Return the file without a node. Raises: RequestError if there is none of this name, id or address."""
    _demand_syntax(tree)
    return _without_lines(tree, [_node_section(tree, title)])


def _demand_syntax(tree: Tree) -> None:
    if tree.findings:
        raise ConfigError([finding.report for finding in tree.findings])


def node_lines(node: nouns.NodeEntry) -> list[str]:
    """Return the lines within a `node { … }`."""
    lines = [f"nodeid: {node.id}", *([f"name: {node.name}"] if node.name else [])]
    lines += [f"ring{link}_addr: {address}" for link, address in sorted(node.addresses.items())]
    return lines + ([f"quorum_votes: {node.votes}"] if node.votes != 1 else [])


def next_id(conf: nouns.Conf) -> int:
    """Return the lowest id above all that are in use."""
    return max((node.id for node in conf.nodes), default=0) + 1


def raised(tree: Tree) -> Tree:
    """Return the file as the next version of itself."""
    return with_value(tree, "totem.config_version", str(nouns.conf(tree).config_version + 1))


def two_nodes_or_more(tree: Tree) -> Tree:
    """Return the file with two_node as its number of nodes wants it: set for two without a device, else not there."""
    conf = nouns.conf(tree)
    wants = len(conf.nodes) == 2 and conf.quorum.device is None and not conf.quorum.auto_tie_breaker
    if wants and not conf.quorum.two_node:
        return with_value(tree, "quorum.two_node", "1")
    if not wants and tree.item("quorum", "two_node"):
        return without(tree, "quorum.two_node")
    return tree


def render(conf: nouns.Conf, totem: Mapping[str, str] | None = None) -> str:
    """Return a new file. `totem`: further keys of totem."""
    keys = {"version": "2", "cluster_name": conf.cluster, "transport": conf.transport,
            "config_version": str(conf.config_version or 1), "crypto_cipher": conf.cipher, "crypto_hash": conf.hash,
            **({"link_mode": conf.link_mode} if len(conf.links) > 1 else {}), **(totem or {})}  # fmt: skip
    quorum = {"provider": conf.quorum.provider or "corosync_votequorum"}
    if conf.quorum.two_node:
        quorum["two_node"] = "1"
    if conf.quorum.wait_for_all is not None:
        quorum["wait_for_all"] = str(int(conf.quorum.wait_for_all))
    nodes = [line for node in conf.nodes for line in ("node {", *(INDENT + x for x in node_lines(node)), "}")]
    log = {"to_logfile": "yes", "logfile": "/var/log/corosync/corosync.log", "to_syslog": "yes", "timestamp": "on"}
    blocks = (("totem", _pairs(keys)), ("nodelist", nodes), ("quorum", _pairs(quorum)), ("logging", _pairs(log)))
    return "\n".join(line for name, lines in blocks for line in _nest([name], lines)) + "\n"


def _pairs(values: Mapping[str, str]) -> list[str]:
    return [f"{key}: {value}" for key, value in values.items()]


def _descend(tree: Tree, names: list[str]) -> tuple[Section, list[str]]:
    """Return the deepest section of a path that is there, and the names of those below that lack."""
    if names[:2] == ["nodelist", "node"] and len(names) == 3:
        return _node_section(tree, names[2]), []
    if names[:2] == ["totem", "interface"]:
        return _link_section(tree, names[2:])
    section = tree.root
    for depth, name in enumerate(names):
        found = [below for below in section.sections if below.name == name]
        if not found:
            return section, names[depth:]
        section = found[-1]
    return section, []


def _node_section(tree: Tree, title: str) -> Section:
    for section in tree.root.named("nodelist", "node"):
        entry = nouns.node_entry(section)
        if title and title in (entry.name, str(entry.id or ""), *entry.addresses.values()):
            return section
    known = ", ".join(node.title for node in nouns.conf(tree).nodes) or "none"
    raise RequestError(f"{tree.file} has no node {title} (nodes: {known})", Exit.NO_SUCH)


def _link_section(tree: Tree, names: list[str]) -> tuple[Section, list[str]]:
    if len(names) != 1 or not names[0].isdigit():
        raise RequestError("which link? (expected: totem.interface.LINK.KEY)", Exit.USAGE)
    for section in tree.root.named("totem", "interface"):
        if section.value("linknumber", "0") == names[0]:
            return section, []
    totem = next(tree.root.named("totem"), tree.root)
    return totem, ([] if totem.name else ["totem"]) + [f"interface\nlinknumber: {names[0]}"]


def _nest(names: Iterable[str], lines: list[str]) -> list[str]:
    """Return lines within new sections of these names; what follows a name on a line of its own stands in it."""
    for name in reversed(list(names)):
        head, *within = name.split("\n")
        lines = [f"{head} {{", *(INDENT + line for line in (*within, *lines)), "}"]
    return lines


def _insert(lines: list[str], section: Section, new: list[str]) -> None:
    """Put lines before a section's end."""
    if not section.name:
        while lines and not lines[-1].strip():
            lines.pop()
        lines += [*new, ""]
        return
    depth = section.path.count(".") + 1
    indent = _indent(lines, section) or INDENT * depth
    lines[section.end_line - 1 : section.end_line - 1] = [indent + line for line in new]


def _indent(lines: list[str], section: Section) -> str:
    for part in section.parts:
        line = lines[part.line - 1]
        return line[: len(line) - len(line.lstrip())]
    return ""


def _without_lines(tree: Tree, parts: list[Item | Section] | list[Section]) -> Tree:
    lines: list[str | None] = list(tree.text.split("\n"))
    for part in parts:
        end = part.line if isinstance(part, Item) else part.end_line
        lines[part.line - 1 : end] = [None] * (end - part.line + 1)
    return read("\n".join(line for line in lines if line is not None), tree.file)
