"""Why an instance is not on a node, and what would change that, in one paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from standfast.scheduler.outcome import Assignment, Candidate, Contribution, NodeState, Outcome, Role
from standfast.scheduler.scores import INFINITY, render

_NODE = {
    "unclean": ("{n} is unclean: what runs on it is not known", "it must be fenced, or come back"),
    "offline": ("{n} is offline", "start its cluster daemon"),
    "shutting down": ("{n} is shutting down", "start its cluster daemon again when it is down"),
    "pending: it joins": ("{n} is joining, and counts when it has joined", ""),
    "standby": ("{n} is in standby", "`standfast node online {n}`"),
    "in maintenance": ("{n} is in maintenance: nothing is started on it", "`standfast node ready {n}`"),
}
"""Why a node can take nothing (as `Candidate.refused` says it): the sentence, and what would change it."""

_SOURCES = {
    "migration-threshold reached": (
        "it has failed on {n} as often as migration-threshold allows{count}",
        "`standfast cleanup {r} --node {n}` forgets the failures",
    ),
    "next role Stopped": ("it is to be stopped (target-role)", "`standfast resource start {r}`"),
    "removed": ("it is no longer configured: what is left of it is stopped", "configure it again"),
    "hard-error": (
        "its agent said on {n} that it cannot run there (not installed, not configured, not permitted)",
        "mend that and `standfast cleanup {r} --node {n}`",
    ),
    "masked-probe-failure": (
        "a probe on {n} said that it cannot run there",
        "mend that and `standfast cleanup {r} --node {n}`",
    ),
    "fatal-error": (
        "its agent said that it is configured wrongly, which is so on every node",
        "correct its parameters and `standfast cleanup {r}`",
    ),
    "__stop_fail__": ("it could not be stopped on {n}", "stop it by hand there and `standfast cleanup {r} --node {n}`"),
    "on-fail=stop": ("an operation with on-fail=stop failed", "`standfast cleanup {r}`"),
    "multiple-active=stop_only": ("it was active more than once, and multiple-active is stop_only", "start it anew"),
    "not enough capacity": ("{n} has not enough left of what it needs{need}", "lower its utilization or free {n}"),
    "no further instance there": (
        "{n} has as many instances as clone-node-max allows",
        "raise clone-node-max, or free another instance's place",
    ),
    "clone-max reached": ("there are as many instances as clone-max allows", "raise clone-max"),
    "resource-discovery is exclusive elsewhere": (
        "a location with resource-discovery=exclusive allows other nodes only",
        "a location of the same kind for {n}",
    ),
    "node score": ("{n} has a score of its own that bans all", ""),
    "not on remote nodes": ("it cannot run on a remote node", ""),
    "own container": ("{n} is the guest that it launches itself", ""),
    "not a node of the bundle": ("{n} is no node of the bundle", ""),
    "only in its own container": ("it runs only in its own container", ""),
    "only the bundle runs there": ("{n} is a bundle's, and nothing else may run there", ""),
}
"""What bans an instance, by the part's source: the sentence, and what would change it."""


_STOPPED = "next role Stopped"
_SHOWN_MAX = 4
_COLOCATION = re.compile(
    r"colocation (?P<id>\S+) of (?P<dependent>\S+) with (?P<primary>[^\s,]+?)"
    r"(?P<nowhere>, which is nowhere)?(?P<theirs>: what \S+ prefers(, but no lower than 1)?)?"
)


def paragraph(outcome: Outcome, assignment: Assignment, node: str) -> str:
    """Return why an instance is not on a node: every reason there is, and what would change each."""
    name = assignment.resource
    if assignment.node == node:
        return f"{name} is on {node}: {assignment.decided_by}." + _unpromoted(outcome, name)
    candidate = next((c for c in assignment.candidates if c.node == node), None)
    if candidate is None:
        return _no_candidate(outcome, name, node)
    facts = _Facts(outcome, assignment, candidate)
    reasons = facts.node_reasons()
    reasons += facts.bans(own=bool(reasons))
    if not reasons:
        reasons = facts.comparison()
    sentences = [f"{name} is not on {node}: " + "; and ".join(why for why, _ in reasons) + "."]
    remedies = [remedy for _, remedy in reasons if remedy]
    if remedies:
        sentences.append("What would change it: " if len(remedies) == 1 else "All of this would change it: ")
        sentences[-1] += "; ".join(dict.fromkeys(remedies)) + "."
    return " ".join(sentences)


def _unpromoted(outcome: Outcome, name: str) -> str:
    """Return why an instance is not promoted where it is; nothing if it is, or cannot be."""
    own = next((p for p in outcome.promotions if p.resource == name and not p.promoted), None)
    if own is None:
        return ""
    alike = [p for p in outcome.promotions if p.promoted and _base(p.resource) == _base(name)]
    others = "".join(f"; {p.resource} on {p.node} has {render(p.score)}" for p in alike)
    return f" It is not promoted there, with a promotion score of {render(own.score)}: {own.why_not}{others}."


def _no_candidate(outcome: Outcome, name: str, node: str) -> str:
    if all(n.name != node for n in outcome.state.nodes):
        return f"{name} is not on {node}: there is no such node."
    return (
        f"{name} is not on {node}: symmetric-cluster is false, and no location allows it there. "
        f"What would change it: a location with a score of 0 or more for {node}."
    )


class _Facts:
    """What is known of one candidate."""

    def __init__(self, outcome: Outcome, assignment: Assignment, candidate: Candidate) -> None:
        self.outcome = outcome
        self.assignment = assignment
        self.candidate = candidate
        self.name = assignment.resource
        self.node = candidate.node

    def _filled(self, texts: tuple[str, str], **more: str) -> tuple[str, str]:
        base = _base(self.name)
        why, remedy = (text.format(n=self.node, r=base, **more) for text in texts)
        return why, remedy

    def node_reasons(self) -> list[tuple[str, str]]:
        """Return why the node can take nothing."""
        state = next((n for n in self.outcome.state.nodes if n.name == self.node), None)
        if state is not None and state.kind != "member" and not state.online:
            return [(f"{self.node} is not connected", f"see `standfast explain {state.host or self.node}`")]
        return [self._filled(_NODE[word]) for word in _words(state) if word in _NODE]

    def bans(self, *, own: bool) -> list[tuple[str, str]]:
        """Return what keeps the instance away, each once; of a score below zero without a ban, what lowers it.

        `own`: without what follows from where others are.
        """
        parts = self.candidate.contributions
        banning = list(dict.fromkeys(p.source for p in parts if p.score <= -INFINITY))
        if _STOPPED in banning:
            return [self._ban(_STOPPED)]
        if own:
            banning = [s for s in banning if not s.startswith("colocation ") and s != "no further instance there"]
        elif not banning and self.candidate.score < 0:
            lowering = _parts(p for p in parts if p.score < 0)
            return [(f"its score there is {render(self.candidate.score)}, below zero ({lowering})", "raise that score")]
        theirs = [s for s in banning if s.endswith(" prefers")]
        shown = [s for s in banning if s not in theirs] or theirs[:_SHOWN_MAX]
        return list(dict.fromkeys(self._ban(source) for source in shown))

    def _ban(self, source: str) -> tuple[str, str]:
        if source in _SOURCES:
            return self._filled(_SOURCES[source], count=self._count(), need=self._need())
        found = _COLOCATION.fullmatch(source)
        if found is not None:
            return self._colocation(found)
        if source.startswith("ticket "):
            ticket, _, state = source.removeprefix("ticket ").partition(" ")
            return f"the ticket {ticket} is {state}", "activate it" if state == "standby" else f"grant {ticket}"
        if source.startswith(("cli-ban-", "cli-prefer-")):
            order = _base(self.name)
            return f"an operator's order, {source}, keeps it away", f"`standfast resource clear {order}`"
        return f"{source} bans it there", f"change or delete {source}"

    def _colocation(self, found: re.Match[str]) -> tuple[str, str]:
        """Return what a colocation, of the instance with another or of another with it, keeps away from the node."""
        constraint, dependent, primary = found["id"], found["dependent"], found["primary"]
        by = constraint if not constraint.startswith("#") else constraint[1:].replace("-", " ")
        if found["theirs"]:
            return (f"{dependent}, which has to be with it ({by}), cannot be there",
                    f"see `standfast explain {_base(dependent)} --why-not {self.node}`")  # fmt: skip
        if found["nowhere"]:
            return (
                f"it has to be with {primary} ({by}), which is placed nowhere",
                f"see `standfast explain {_base(primary)}`",
            )
        remedy = (
            f"move {_base(primary)}" if constraint.startswith("#") else f"move {_base(primary)}, or change {constraint}"
        )
        return self._relation(primary, by, self._places(primary)), remedy

    def _relation(self, primary: str, by: str, places: dict[str, Role | None]) -> str:
        """Return how the instance has to stand to another: with it, or apart from it."""
        promoted: dict[str, Role | None] = {node: None for node, role in places.items() if role is Role.PROMOTED}
        if promoted:
            where = f"the promoted instance of {primary} ({by}), which is on {_listed(promoted)}"
            return f"it is kept apart from {where}" if self.node in promoted else f"it has to be with {where}"
        if self.node not in places:
            where = f"which is on {_listed(places)}" if places else "which is not there"
            return f"it has to be with {primary} ({by}), {where}"
        if len(places) == 1:
            return f"it is kept apart from {primary} ({by}), which is on {_listed(places)}"
        return f"it goes by where {primary} is ({by}), which is on {_listed(places)}"

    def _places(self, resource: str) -> dict[str, Role | None]:
        """Return where a resource, or what is in it, is to be: node -> role, where roles matter."""
        inside = {i.id for i in self.outcome.state.instances if any(name == resource for _, name in i.parents)}
        found: dict[str, Role | None] = {}
        for one in self.outcome.assignments:
            if one.node and (resource in (one.resource, _base(one.resource)) or one.resource in inside):
                promotable = one.role in (Role.PROMOTED, Role.UNPROMOTED)
                found[one.node] = one.role if promotable else found.get(one.node)
        return dict(sorted(found.items()))

    def _count(self) -> str:
        base = _base(self.name)
        counts = [i.fail_counts.get(self.node, 0) for i in self.outcome.state.instances if base == _base(i.id)]
        most = max(counts, default=0)
        return "" if not most else " (fail count " + ("INFINITY" if most >= INFINITY else str(most)) + ")"

    def _need(self) -> str:
        needs = {
            line.value.strip()
            for line in self.outcome.scores
            if line.resource == self.name and line.value.startswith(" ")
        }
        return f" ({', '.join(sorted(needs))})" if needs else ""

    def comparison(self) -> list[tuple[str, str]]:
        """Return who scored higher, and by how much, or what decided among equals."""
        chosen = next((c for c in self.assignment.candidates if c.node == self.assignment.node), None)
        if chosen is None:
            return [(self.assignment.decided_by or "it is placed nowhere", "")]
        more = chosen.score - self.candidate.score
        if more > 0:
            return [self._outscored(chosen)]
        rule = self.assignment.decided_by
        if more < 0:
            return [(f"its score there is higher, but it was decided by: {rule}", "")]
        return [(f"{chosen.node} scores the same ({render(chosen.score)}), and between equals decided: {rule}",
                 f"a location with a score of 1 or more for {self.node}")]  # fmt: skip

    def _outscored(self, chosen: Candidate) -> tuple[str, str]:
        here, there = (_sum(c.contributions) for c in (self.candidate, chosen))
        parts = _parts(p for p in chosen.contributions if here.get(p.source, 0) != there[p.source])
        lead = chosen.score - self.candidate.score
        scores = f"{render(chosen.score)} against {render(self.candidate.score)}"
        if chosen.score >= INFINITY:
            return (
                f"{chosen.node} has the higher score, {scores} ({parts})",
                f"change what binds it to {chosen.node}",
            )
        why = f"{chosen.node} has the higher score by {lead}, {scores}" + (f" ({parts})" if parts else "")
        return why, f"{lead + 1} more for {self.node} (a location), or as much less for {chosen.node}"


def _base(instance: str) -> str:
    return instance.partition(":")[0]


def _listed(places: Mapping[str, Role | None]) -> str:
    return ", ".join(f"{node} ({role})" if role else node for node, role in places.items())


def _words(state: NodeState | None) -> list[str]:
    if state is None:
        return []
    if state.unclean:
        return ["unclean"]
    if not state.online:
        return ["offline"]
    flags = (("shutting down", state.shutdown), ("pending: it joins", state.pending))
    more = (("standby", state.standby or state.standby_on_fail), ("in maintenance", state.maintenance))
    return [word for word, on in (*flags, *more) if on]


def _sum(parts: tuple[Contribution, ...]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in parts:
        found[part.source] = found.get(part.source, 0) + part.score
    return found


def _parts(parts: Iterable[Contribution]) -> str:
    """Return parts in words, the greatest first; of many the first few."""
    summed = sorted(_sum(tuple(parts)).items(), key=lambda pair: -abs(pair[1]))
    words = []
    for source, score in summed[:_SHOWN_MAX]:
        found = _COLOCATION.fullmatch(source)
        name = f"what {found['dependent']}, which is to be with it, prefers" if found and found["theirs"] else source
        words.append(f"{name} {render(score)}")
    return ", ".join(words) + (f", and {len(summed) - _SHOWN_MAX} more" if len(summed) > _SHOWN_MAX else "")
