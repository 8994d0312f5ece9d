"""crm_master: a promotion score, as agents of old set it: crm_attribute with the attribute's name made up."""

from __future__ import annotations

import os

from standfast.cli.tools import crm_attribute, printing
from standfast.cli.tools.exits import ERROR, OK, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, parse

OPTIONS = (
    *COMMON,
    Option("quiet", "q"),
    Option("query", "GQ", "flag", "get-value"),
    Option("update", "v", VALUE, "attr-value"),
    Option("delete", "D", "flag", "delete-attr"),
    Option("node", "NU", VALUE, "uname"),
    Option("lifetime", "l", VALUE),
    Option("id", "i", VALUE, "attr-id"),
    Option("resource", "r", VALUE),
)


def main(arguments: list[str]) -> int:
    """Query, set or delete the score; unlike `crm_attribute --promotion` it is for ever unless it is said otherwise.

    `-Q` before a value is taken for quiet: agents call it so.
    """
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    resource = asked.get("resource") or os.environ.get("OCF_RESOURCE_INSTANCE", "")
    if not resource:
        raise ToolError("No resource specified", ERROR)
    words = ["--name", f"master-{resource}", "--lifetime", asked.get("lifetime", "forever")]
    for name in ("node", "id"):
        words += [f"--{name}", asked.get(name)] if asked.has(name) else []
    if asked.has("update"):
        words += ["--update", asked.get("update")]
    else:
        words += ["--delete"] if asked.has("delete") else ["--query"]
    return crm_attribute.main([*words, *(["--quiet"] if asked.has("quiet") else [])])
