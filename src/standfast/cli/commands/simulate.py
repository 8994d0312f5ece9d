"""`simulate`: what would become of the cluster if something happened."""

from __future__ import annotations

from typing import Annotated

import typer

from standfast import cib
from standfast.cli import changes, render_rehearsal
from standfast.cli.commands import context
from standfast.cli.commands.planning import HowToLoad, Method
from standfast.cli.live import files, inputs, terminal
from standfast.dialects import crm, what_if
from standfast.errors import Exit, RequestError

_Several = list[str] | None


@context.command
def simulate(
    events: Annotated[
        _Several, typer.Argument(metavar="[EVENT]...", help="'lose n2', 'standby n1', 'stop db', 'patch all', …")
    ] = None,
    file: context.Input = "",
    at_least: Annotated[
        _Several, typer.Option("--at-least", metavar="FLOOR", help="'1 promoted db': warn where there would be fewer.")
    ] = None,
    node_down: Annotated[_Several, typer.Option("--node-down", metavar="NODE", help="As 'leave NODE'.")] = None,
    node_up: Annotated[_Several, typer.Option("--node-up", metavar="NODE", help="As 'return NODE'.")] = None,
    node_fail: Annotated[_Several, typer.Option("--node-fail", metavar="NODE", help="As 'lose NODE'.")] = None,
    quorum: Annotated[str, typer.Option("--quorum", metavar="yes|no", help="As 'quorum back' or 'quorum lost'.")] = "",
    change: Annotated[
        str, typer.Option("--change", metavar="FILE", help="First, this change of the configuration.")
    ] = "",
    method: HowToLoad = Method.UPDATE,
    json: context.Json = False,
) -> int:
    """Show what would move, how long nothing would run, and where it would be too few, if this happened in turn.

    Nothing is changed. The status is 113 if there would be fewer instances than --at-least (or a patch) wants, or if
    the cluster would not come to rest.
    """
    document = inputs.read_document(file) if file else changes.fetch(context.client())
    words = [*(events or []), *_in_words(node_down, node_up, node_fail, quorum)]
    if not words and not change:
        raise RequestError("what is to happen? (expected events, such as 'lose n2')", Exit.USAGE)
    now_s = cib.values.integer(document.root.get("execution-date")) or int(terminal.today()[0])
    happens = what_if.parse(words, document, now_s)
    floors = what_if.floors(at_least or [], document)
    if any(word.split()[:1] == ["patch"] for word in words):
        floors += [one for one in what_if.implied(document) if str(one) not in map(str, floors)]
    changed = _changed(document, change, method) if change else None
    found = what_if.rehearse(document, happens, floors, now_s, changed)
    terminal.say(render_rehearsal.json(found) if json else render_rehearsal.text(found, terminal.style()))
    return Exit.OK if found.settled and not found.broken else Exit.UNSATISFIED


def _in_words(down: _Several, up: _Several, fail: _Several, quorum: str) -> list[str]:
    """Return the events that options name."""
    words = [f"leave {n}" for n in down or []] + [f"return {n}" for n in up or []] + [f"lose {n}" for n in fail or []]
    if quorum:
        words.append("quorum back" if quorum in ("1", "yes", "true") else "quorum lost")
    return words


def _changed(document: cib.Document, file: str, method: Method) -> cib.Document:
    """Return the document after a file's change; what is doubtful about it is told."""
    changed, warnings = changes.by_text(files.read_text(file), file, crm.Method(method.value))(document)
    terminal.show_reports(warnings)
    return changed
