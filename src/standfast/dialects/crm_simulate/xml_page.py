"""A simulation as XML. Facts: Pacemaker 2.1.5's `crm_simulate --output-as=xml` (api-result 2.25)."""

from __future__ import annotations

from collections.abc import Sequence

from standfast import cib, scheduler
from standfast.dialects.crm_simulate.entries import Entry
from standfast.dialects.crm_simulate.page import Look
from standfast.dialects.crm_simulate.transition_text import roles_matter
from standfast.dialects.status import facts, xml
from standfast.scheduler import Change, ScoreLine, ScoreLineKind


class XmlPage:
    """One answer; quiet or not, all is in it. `request` is the command line."""

    def __init__(self, look: Look, request: str) -> None:
        self.look = look
        self.root = xml.result(request)

    def note(self, text: str) -> None:
        """Leave the remark out: it is for people."""

    def current(self, state: scheduler.State, document: cib.Document) -> None:
        """Add the status before anything happens."""
        self._status("cluster_status", state, document)

    def revised(self, state: scheduler.State, document: cib.Document) -> None:
        """Add what became of the cluster."""
        self._status("revised_cluster_status", state, document)

    def _status(self, tag: str, state: scheduler.State, document: cib.Document) -> None:
        section, found = xml.add(self.root, tag, {}), facts.read(document)
        xml.nodes(section, state, found)
        xml.resources(section, state)
        if self.look.attributes:
            xml.attributes(section, state)
        if self.look.fail_counts:
            xml.fail_counts(section, state, found, self.look.offset_s)
            xml.failures(section, state, self.look.offset_s)

    def modifications(self, entries: Sequence[Entry]) -> None:
        """Add what is pretended."""
        self._entries("modifications", entries)

    def _entries(self, tag: str, entries: Sequence[Entry]) -> None:
        section = xml.add(self.root, tag, {})
        for entry in entries:
            if entry.tag:
                xml.add(section, entry.tag, entry.values)
            else:
                for name, value in entry.values.items():
                    section.set(name, value)

    def scores(self, outcome: scheduler.Outcome, *, scores: bool, utilization: bool) -> None:
        """Add scores and utilization."""
        titles = [word for word, on in (("allocations", scores), ("utilizations", utilization)) if on]
        section = xml.add(self.root, "_".join(titles), {})
        for line in outcome.scores:
            if scores if line.kind in (ScoreLineKind.ALLOCATION, ScoreLineKind.PROMOTION) else utilization:
                tag, values, pairs = _score(line)
                made = xml.add(section, tag, values)
                for name, value in pairs:
                    xml.add(made, name, {}).text = value

    def changes(self, changes: Sequence[Change]) -> None:
        """Add the summary of the transition."""
        section = xml.add(self.root, "actions", {})
        for change in changes:
            if change.action in ("Fence", "Shutdown"):
                if change.reason:
                    xml.add(section, "node_action", _node_action(change))
            else:
                xml.add(section, "rsc_action", _resource_action(change))

    def transition(self, entries: Sequence[Entry], *, complete: bool) -> None:
        """Add what was executed; that it did not come to its end, the exit status says."""
        self._entries("transition", entries)

    def text(self) -> str:
        """Return all of it."""
        return xml.finished(self.root)


def _score(line: ScoreLine) -> tuple[str, dict[str, str], list[tuple[str, str]]]:
    """Return a score's tag, attributes, and pairs of an attribute of utilization and its value."""
    pairs = [(name, value) for name, _, value in (word.partition("=") for word in line.value.split())]
    match line.kind:
        case ScoreLineKind.ALLOCATION:
            values = {"function": line.phase, "node": line.node, "score": line.value, "id": line.resource}
            return "node_weight", values, []
        case ScoreLineKind.PROMOTION:
            where = {"node": line.node} if line.node else {}
            return "promotion_score", {"id": line.resource, "score": line.value, **where}, []
        case ScoreLineKind.CAPACITY:
            return "capacity", {"node": line.node, "comment": line.phase}, pairs
    return "utilization", {"resource": line.resource, "node": line.node, "function": line.phase}, pairs


def _node_action(change: Change) -> dict[str, str]:
    how = f" ({change.detail})" if change.detail else ""
    return {"task": f"{change.action}{how}", "node": change.resource, "reason": change.reason}


def _resource_action(change: Change) -> dict[str, str]:
    values = {"action": change.action.lower(), "resource": change.resource} | _where(change)
    if change.reason:
        values["reason"] = change.reason
    if change.blocked:
        values["blocked"] = "true"
    return values


def _where(change: Change) -> dict[str, str]:
    """Return from where to where, and from which role to which, where roles matter."""
    source, target = change.source, change.target
    if change.action == "Recover" and source == target and change.role is change.next_role:
        target = ""
    role = {"role": change.role.value} if roles_matter(change) else {}
    both = {"role": change.role.value, "next-role": change.next_role.value}
    if not source:
        return both | {"dest": target} if role else {"node": target}
    if not target:
        return role | {"node": source}
    same_node, same_role = source == target, change.role is change.next_role
    places = {"source": source} if same_node else {"source": source, "dest": target}
    if same_role:
        return role | places if same_node else places | role
    return both | places
