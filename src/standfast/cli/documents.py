"""`standfast cib`: the document itself: query, replace, patch."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from standfast import cib
from standfast.cli.live import api, files, terminal
from standfast.errors import Exit, StandfastError
from standfast.web import schema


def parser() -> argparse.ArgumentParser:
    """Return the parser of the words after `standfast cib`."""
    made = argparse.ArgumentParser(prog="standfast cib", description=__doc__)
    made.add_argument("--socket", help="the daemon's socket (default: $STANDFAST_SOCKET or /run/standfast/api.sock)")
    commands = made.add_subparsers(dest="command", required=True, metavar="COMMAND")
    query = commands.add_parser("query", help="print the document, or a part of it")
    query.add_argument("--scope", default="", help="a section: configuration, resources, constraints, nodes, status, …")
    query.add_argument("--xpath", default="", help="the elements at this path")
    replace = commands.add_parser("replace", help="replace the configuration, or a section of it, by a file")
    replace.add_argument("--scope", default="", help="the section (default: what the file's root element is)")
    patch = commands.add_parser("patch", help="apply a patchset (format 2) from a file")
    for command in (replace, patch):
        command.add_argument("file", metavar="FILE", help="the file; - is standard input")
        command.add_argument("--force", action="store_true", help="also without quorum")
        command.add_argument("--dry-run", action="store_true", help="only say whether it could be done")
    return made


def main(argv: Sequence[str]) -> int:
    """Run `standfast cib …` and return the exit status."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as end:
        return Exit.USAGE if end.code else Exit.OK
    try:
        return _run(options)
    except StandfastError as error:
        return terminal.failed(error)


def _run(options: argparse.Namespace) -> int:
    client = api.Client(options.socket)
    if options.command == "query":
        answer = client.cib(options.scope, options.xpath)
        terminal.say(cib.Document.parse(answer).render(pretty=True).decode())
        return Exit.OK
    text = files.read_text(options.file)
    document = cib.Document.parse(text, options.file)
    if options.command == "patch":
        edit = schema.Edit("patch", document.render().decode())
    else:
        edit = _replacement(document, options.scope)
    done = client.change(schema.ChangeRequest([edit], force=options.force, dry_run=options.dry_run))
    terminal.show_reports([api.report_of(r) for r in done.reports])
    return Exit.OK


def _replacement(document: cib.Document, scope: str) -> schema.Edit:
    """Return the edit that replaces a section; a whole document's configuration replaces the configuration."""
    root = document.root
    if root.tag == "cib" and not scope:
        found = root.find("configuration")
        root = root if found is None else found
    return schema.Edit("replace", cib.Document(root).render().decode().strip(), scope=scope or str(root.tag))
