"""Events in words: `lose n2`, `standby n1`, `stop db`, `move db n3`, `patch all`."""

from __future__ import annotations

import difflib
import functools
from collections.abc import Sequence
from dataclasses import dataclass

from standfast import cib, scheduler
from standfast.errors import ConfigError, Place, Report

NODE_VERBS = {
    "lose": "the node is lost: nothing more is heard of it",
    "leave": "the node stops its resources and leaves",
    "return": "the node is back",
    "standby": "nothing may run on the node",
    "online": "its standby ends",
    "maintenance": "the node is left alone",
    "ready": "its maintenance ends",
    "patch": "standby, then online again; of several nodes or `all` one after the other",
}
RESOURCE_VERBS = {
    "stop": "the resource is to be stopped",
    "start": "the resource is to run",
    "fail": "its monitor fails where it runs",
    "promote": "the clone may be promoted",
    "demote": "the clone is not to be promoted",
    "move": "to a node, which is named after it",
    "ban": "from a node, which is named after it",
    "clear": "what moves and bans left goes",
    "unmanage": "the resource is left alone",
    "manage": "the cluster acts on it again",
}
OTHER_VERBS = {"quorum": "`quorum lost` or `quorum back`", "grant": "a ticket is granted", "revoke": "it is revoked"}
VERBS = NODE_VERBS | RESOURCE_VERBS | OTHER_VERBS
_WITH_NODE = ("move", "ban")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens: what, to whom, and (move, ban) the node."""

    verb: str
    subject: str
    node: str = ""

    def __str__(self) -> str:
        return " ".join(word for word in (self.verb, self.subject, self.node) if word)


def parse(texts: Sequence[str], document: cib.Document, now_s: int) -> list[Event]:
    """Return the events that these texts name; a patch is two for each node. Raises: ConfigError with all mistakes."""
    names = _Names(document, now_s)
    events: list[Event] = []
    for number, text in enumerate(texts, 1):
        events += names.events(text.split(), Place(f"event {number}"))
    if names.reports:
        raise ConfigError(names.reports)
    return events


def patchable(state: scheduler.State) -> list[str]:
    """Return the nodes that can be patched, those without promoted instances first: so the fewest moves are made.

    What is offline, or in standby already, is left out: it would not be brought back to what it was.
    """
    promoted = [n for i in state.instances if i.role is scheduler.Role.PROMOTED for n in i.nodes]
    nodes = [n.name for n in state.nodes if n.online and not n.standby and not n.unclean and n.kind == "member"]
    return sorted(nodes, key=promoted.count)


def rolling(nodes: Sequence[str]) -> list[Event]:
    """Return the events of patching nodes one by one."""
    return [Event(verb, node) for node in nodes for verb in ("standby", "online")]


class _Names:
    """What events may name, and the mistakes so far."""

    def __init__(self, document: cib.Document, now_s: int) -> None:
        self.state = functools.partial(scheduler.state, document, now_s)
        self.nodes = [n.uname for n in cib.nodes.configured(document)]
        self.nodes += [s.uname for s in cib.nodes.states(document) if s.uname and s.uname not in self.nodes]
        self.resources = list(cib.resources.index(cib.resources.tree(document)))
        self.reports: list[Report] = []

    def events(self, words: list[str], place: Place) -> list[Event]:
        """Return the events in one text; what is wrong with it is noted."""
        verb, rest = (words[0], words[1:]) if words else ("", [])
        if verb not in VERBS:
            self._report("verb", verb or "nothing", list(VERBS), place)
            return []
        if verb == "patch":
            return self._patch(rest, place)
        expected = 2 if verb in _WITH_NODE else 1
        if len(rest) != expected:
            form = " ".join([verb, *self._form(verb)])
            self.reports.append(Report("what-if.words", f"{' '.join(words)!r}", form, place))
            return []
        subject, node = rest[0], rest[1] if len(rest) > 1 else ""
        if verb in NODE_VERBS:
            self._known("node", subject, self.nodes, place)
        elif verb in RESOURCE_VERBS:
            self._known("resource", subject.partition(":")[0], self.resources, place)
        elif verb == "quorum" and subject not in ("lost", "back"):
            self._report("word", subject, ["lost", "back"], place)
        if node:
            self._known("node", node, self.nodes, place)
        return [Event(verb, subject, node)]

    def _patch(self, nodes: list[str], place: Place) -> list[Event]:
        if not nodes:
            self.reports.append(Report("what-if.words", "'patch'", "patch all, or patch NODE …", place))
        if nodes == ["all"]:
            nodes = patchable(self.state())
        for node in nodes:
            self._known("node", node, self.nodes, place)
        return rolling(nodes)

    def _form(self, verb: str) -> list[str]:
        if verb in NODE_VERBS:
            return ["NODE"]
        if verb in RESOURCE_VERBS:
            return ["RESOURCE", "NODE"] if verb in _WITH_NODE else ["RESOURCE"]
        return ["lost|back"] if verb == "quorum" else ["TICKET"]

    def _known(self, kind: str, word: str, known: list[str], place: Place) -> None:
        if word not in known:
            self._report(kind, word, known, place)

    def _report(self, kind: str, word: str, known: list[str], place: Place) -> None:
        near = difflib.get_close_matches(word, known, 1)
        expected = f"{near[0]}?" if near else ", ".join(known)
        self.reports.append(Report(f"what-if.{kind}", f"no such {kind}: {word!r}", expected, place))
