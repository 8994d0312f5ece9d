"""The cluster's status as text."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from standfast.cli.style import Style, Tone, table
from standfast.cli.times import moment
from standfast.dialects.status.words import EXIT_WORDS
from standfast.web import schema

_NODE_TONES = {"online": Tone.GOOD, "standby": Tone.CAUTION, "maintenance": Tone.CAUTION, "pending": Tone.CAUTION}
_ROLE_TONES = {"Started": Tone.GOOD, "Promoted": Tone.GOOD, "Unpromoted": Tone.GOOD, "Stopped": Tone.FAINT}


def whole(status: schema.Status, style: Style, offset_s: int = 0) -> str:
    """Return everything: the cluster, its nodes, resources and failures."""
    parts = [_head(status, style), nodes(status, style), resources(status, (), style)]
    if status.failures:
        parts.append(failures(status, style, offset_s))
    return "\n\n".join(parts)


def _head(status: schema.Status, style: Style) -> str:
    quorum = status.quorum
    votes = f"{quorum.total_votes} of {quorum.expected_votes} votes, {quorum.needed_votes} needed"
    flags = [w for w, on in (("two nodes", quorum.two_node), ("wait for all", quorum.wait_for_all)) if on]
    has = style.paint("has quorum", Tone.GOOD) if quorum.quorate else style.paint("NO QUORUM", Tone.BAD)
    lines = [
        f"Cluster {style.paint(status.cluster, Tone.STRONG)}, seen from {status.node}",
        f"  DC {status.dc or 'none'}; {has} ({'; '.join([votes, *flags])})",
        f"  configuration {status.version}, term {status.term}; transition {status.transition}"
        + (f"; engine {status.engine}" if status.engine else ""),
    ]
    if status.maintenance:
        lines.append("  " + style.paint("maintenance mode: resources are not managed", Tone.CAUTION))
    return "\n".join(lines)


def nodes(status: schema.Status, style: Style) -> str:
    """Return the nodes with their states."""
    rows = [[n.name, n.state, ", ".join(_node_notes(n))] for n in status.nodes]
    lines = []
    for record, line in zip(status.nodes, table(rows), strict=True):
        tone = Tone.BAD if record.unclean or not record.online else _NODE_TONES.get(record.state, Tone.CAUTION)
        lines.append(line.replace(record.state, style.paint(record.state, tone), 1) if record.state else line)
    return "\n".join(["Nodes", *lines])


def _node_notes(node: schema.NodeRecord) -> list[str]:
    notes = ["DC"] if node.dc else []
    notes += [node.kind] if node.kind != "member" else []
    notes += ["no daemon"] if node.online and not node.daemon else []
    return notes


def resources(status: schema.Status, only: Collection[str], style: Style) -> str:
    """Return the resources under their groups and clones; `only`: these ids, if any are given."""
    chosen = [r for r in status.resources if not only or r.id in only or any(name in only for _, name in r.parents)]
    rows: list[list[str]] = []
    tones: list[tuple[str, Tone | None]] = []
    open_parents: tuple[tuple[str, str], ...] = ()
    for record in chosen:
        parents = tuple(record.parents)
        for depth, (kind, name) in enumerate(parents):
            if open_parents[: depth + 1] != parents[: depth + 1]:
                rows.append(["  " * depth + f"{name} ({kind})"])
                tones.append(("", None))
        open_parents = parents
        rows.append(["  " * len(parents) + record.id, record.agent, record.role, _where(record)])
        tones.append((record.role, _tone(record)))
    lines = [
        line.replace(f" {word}", f" {style.paint(word, tone)}", 1) if word else line
        for line, (word, tone) in zip(_aligned(rows), tones, strict=True)
    ]
    return "\n".join(["Resources", *(lines or ["  none"])])


def _aligned(rows: list[list[str]]) -> list[str]:
    """Return the rows as a table in which heads of groups do not widen the columns."""
    width = max((len(r[0]) for r in rows if len(r) > 1), default=0)
    padded = [[r[0].ljust(width), *r[1:]] for r in rows if len(r) > 1]
    made = iter(table(padded))
    return [next(made) if len(r) > 1 else "  " + r[0] for r in rows]


def _tone(record: schema.ResourceRecord) -> Tone | None:
    if record.failed or record.blocked or len(record.nodes) > 1:
        return Tone.BAD
    return _ROLE_TONES.get(record.role, Tone.CAUTION)


def _where(record: schema.ResourceRecord) -> str:
    return " ".join([*([", ".join(record.nodes)] if record.nodes else []), *_notes(record)])


def _notes(record: schema.ResourceRecord) -> Iterator[str]:
    if record.failed:
        yield "FAILED"
    if record.blocked:
        yield "blocked"
    if record.orphaned:
        yield "ORPHANED"
    if not record.managed:
        yield "unmanaged"
    if record.pending:
        yield f"({record.pending})"
    if record.target_role and record.role != record.target_role:
        yield f"target-role {record.target_role}"
    counts = [f"{n}: {c if c < 1000000 else 'INFINITY'}" for n, c in record.fail_counts.items() if c]
    if counts:
        yield f"failures {', '.join(counts)}"


def failures(status: schema.Status, style: Style, offset_s: int = 0) -> str:
    """Return the failed operations."""
    lines = []
    for failure in status.failures:
        what = EXIT_WORDS.get(failure.exit_code, "unknown exit code")
        text = f"  {failure.operation} on {failure.node}: {failure.exit_code} ({what}), {failure.status}"
        if failure.reason:
            text += f", {failure.reason!r}"
        if failure.last_change_s:
            text += f", {moment(failure.last_change_s, offset_s)}"
        lines.append(style.paint(text, Tone.BAD))
    return "\n".join(["Failures", *lines])
