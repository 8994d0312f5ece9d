"""`verify`, `plan`, `apply`: before it happens."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
import typer

from standfast.cli import changes, render_plan, verification
from standfast.cli.commands import context
from standfast.cli.live import api, files, terminal
from standfast.dialects import crm
from standfast.errors import Exit, RequestError
from standfast.web import schema

_File = Annotated[str, typer.Argument(metavar="FILE", help="CIB XML or the crm shell's language; - is standard input.")]


class Method(enum.StrEnum):
    """How a file in the crm shell's language meets what exists."""

    UPDATE = "update"
    PUSH = "push"
    REPLACE = "replace"


HowToLoad = Annotated[Method, typer.Option("--method", help="update adds and changes; push and replace also remove.")]


@context.command
def verify(
    file: _File,
    live: Annotated[bool, typer.Option("--live", help="As an update of the cluster's present configuration.")] = False,
) -> int:
    """Check a file: every mistake is printed with its line. Nothing is changed; without --live no daemon is asked."""
    return verification.verify(file, changes.fetch(context.client()) if live else None)


def _edits(client: api.Client, file: str, method: Method) -> list[schema.Edit]:
    """Return the edits that a file makes of the configuration as it is now."""
    changer = changes.by_text(files.read_text(file), file, crm.Method(method.value))
    document = changes.fetch(client)
    changed, warnings = changer(document)
    terminal.show_reports(warnings)
    return changes.edits_between(document, changed)


def _show(record: schema.Plan, *, json: bool) -> None:
    if json:
        terminal.say(msgspec.json.format(msgspec.json.encode(record)).decode())
        return
    terminal.show_reports([api.report_of(r) for r in record.reports])
    terminal.say(render_plan.plan(record, terminal.style()))


@context.command
def plan(
    file: _File,
    method: HowToLoad = Method.UPDATE,
    save: Annotated[str, typer.Option("--save", metavar="PLAN", help="Keep the plan in this file for apply.")] = "",
    json: context.Json = False,
) -> int:
    """Show what a file would change, and what would be started, stopped and moved for it, and why."""
    client = context.client()
    record = client.plan(schema.PlanRequest(_edits(client, file, method)))
    if save:
        files.write_text(save, msgspec.json.format(msgspec.json.encode(record)).decode() + "\n")
    _show(record, json=json)
    return Exit.OK


@context.command
def apply(
    file: Annotated[str, typer.Argument(metavar="FILE|PLAN", help="A saved plan, or a file as plan takes it.")],
    method: HowToLoad = Method.UPDATE,
    force: context.Force = False,
) -> int:
    """Do what a plan says; refused (110) if the configuration moved since the plan was made."""
    client = context.client()
    record = _saved(file)
    if record is None:
        record = client.plan(schema.PlanRequest(_edits(client, file, method)))
        _show(record, json=False)
    if not record.edits:
        return Exit.OK
    answer = client.apply(schema.ApplyRequest(record.edits, record.based_on, force))
    terminal.show_reports([api.report_of(r) for r in answer.reports])
    terminal.say(f"Applied: configuration {answer.version}")
    return Exit.OK


def _saved(file: str) -> schema.Plan | None:
    """Return the plan in a file; None if the file is no plan."""
    if file == "-":
        return None
    text = files.read_text(file)
    if not text.lstrip().startswith("{"):
        return None
    try:
        return msgspec.json.decode(text, type=schema.Plan)
    except msgspec.DecodeError as e:
        raise RequestError(f"{file}: no plan: {e}", Exit.DATA) from None
