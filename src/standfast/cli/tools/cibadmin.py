"""cibadmin: parts of the CIB, printed and changed."""

from __future__ import annotations

import os
import sys

from standfast.cli.tools import printing, tree
from standfast.cli.tools.client import Api
from standfast.cli.tools.exits import CONFIG, NO_SUCH, OK, SOFTWARE, UNIMPLEMENTED, USAGE, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, Options, parse
from standfast.cli.tools.tree import Element

EDITS = {"create": "create", "modify": "modify", "replace": "replace", "delete": "delete", "delete-all": "delete",
         "patch": "patch"}  # fmt: skip
COMMANDS = (*EDITS, "query", "empty", "bump", "erase", "upgrade", "md5-sum", "md5-sum-versioned")
OPTIONS = (
    *COMMON,
    Option("query", "Q"),
    Option("create", "C"),
    Option("modify", "M"),
    Option("replace", "R"),
    Option("delete", "D"),
    Option("delete-all", "d"),
    Option("patch", "P"),
    Option("bump", "B"),
    Option("erase", "E"),
    Option("empty", "a"),
    Option("upgrade", "u"),
    Option("md5-sum", "5"),
    Option("md5-sum-versioned", "6"),
    Option("force", "f"),
    Option("timeout", "t", VALUE),
    Option("user", "U", VALUE),
    Option("sync-call", "s"),
    Option("local", "l"),
    Option("allow-create", "c"),
    Option("no-children", "n"),
    Option("xml-text", "X", VALUE),
    Option("xml-file", "x", VALUE),
    Option("xml-pipe", "p"),
    Option("scope", "o", VALUE, "obj_type"),
    Option("xpath", "A", VALUE),
    Option("node-path", "e"),
    Option("node", "N", VALUE),
)
FILES = ("CIB_file", "CIB_shadow")
EMPTY = (
    '<cib crm_feature_set="3.16.2" validate-with="pacemaker-3.9" epoch="0" num_updates="0" admin_epoch="0">'
    "<configuration><crm_config/><nodes/><resources/><constraints/></configuration><status/></cib>"
)


def main(arguments: list[str]) -> int:
    """Print or change the CIB."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    command = asked.last_of(*COMMANDS)
    if not command:
        raise ToolError(f"one of these is needed: {', '.join('--' + c for c in COMMANDS)}", USAGE)
    _refuse_files(command)
    if command == "empty":
        sys.stdout.write(tree.render(tree.parse(EMPTY.encode())))
        return OK
    if command == "query":
        return _query(asked)
    if command not in EDITS:
        raise ToolError(f"--{command} is not supported: the cluster keeps versions and digests itself", UNIMPLEMENTED)
    return _edit(asked, command)


def _refuse_files(command: str) -> None:
    """Refuse a file in the cluster's place. Agents hand crm_mon a pipe from us: that we do not see here."""
    if any(os.environ.get(name) for name in FILES):
        raise ToolError(f"--{command} of a file (CIB_file, CIB_shadow) is not supported: unset it", UNIMPLEMENTED)


def _query(asked: Options) -> int:
    scope = "" if asked.get("scope") in ("cib", "all") else asked.get("scope")
    try:
        found = tree.parse(Api().get("/v1/cib", scope=scope, xpath=asked.get("xpath")))
    except ToolError as e:
        raise ToolError("Call failed: No such device or address", NO_SUCH) if e.status == NO_SUCH else e from None
    if asked.has("xpath") and asked.has("node-path"):
        return _paths(asked)
    if asked.has("no-children"):
        found.children = []
    sys.stdout.write(tree.render(found))
    return OK


def _paths(asked: Options) -> int:
    """Print where the elements are that an XPath finds: they are told by tag and attributes."""
    api = Api()
    found = tree.parse(api.get("/v1/cib", xpath=asked.get("xpath")))
    wanted = [tree.render(e) for e in (found.children if found.tag == "xpath-query" else [found])]
    for element in tree.parse(api.get("/v1/cib")).all():
        if tree.render(element) in wanted:
            printing.out(_path(element))
    return OK


def _path(element: Element) -> str:
    if element.parent is None or not element.tag:
        return ""
    step = f"[@id='{element.get('id')}']" if element.get("id") else ""
    return f"{_path(element.parent)}/{element.tag}{step}"


def _edit(asked: Options, command: str) -> int:
    text = _text(asked)
    if not text and not (EDITS[command] == "delete" and asked.has("xpath")):
        raise ToolError("Call failed: Invalid argument", SOFTWARE)
    edit = {
        "operation": EDITS[command],
        "xml": text,
        "scope": "" if asked.get("scope") in ("cib", "all") else asked.get("scope"),
        "xpath": asked.get("xpath") if command != "delete" else _first(asked.get("xpath")),
        "allow_create": asked.has("allow-create"),
    }
    try:
        Api().post("/v1/cib", {"edits": [edit], "force": asked.has("force")})
    except ToolError as e:
        raise ToolError(f"Call failed: {e}", e.status) from None
    return OK


def _first(xpath: str) -> str:
    """Return an XPath of the first match alone: a delete without --delete-all takes no more."""
    return f"({xpath})[1]" if xpath else ""


def _text(asked: Options) -> str:
    """Return the XML that the command line gives: as a word, a file or on stdin."""
    try:
        if asked.has("xml-text"):
            return asked.get("xml-text")
        if asked.has("xml-file"):
            with open(asked.get("xml-file"), encoding="utf-8") as file:
                return file.read()
        return sys.stdin.read() if asked.has("xml-pipe") else ""
    except (OSError, UnicodeDecodeError):
        where = asked.get("xml-file") if asked.has("xml-file") else "stdin"
        raise ToolError(f"Couldn't parse input from {where}.", CONFIG) from None
