"""crm_standby: whether a node may run resources."""

from __future__ import annotations

from standfast.cli.tools import crm_attribute, printing
from standfast.cli.tools.exits import NO_SUCH, OK, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, parse

OPTIONS = (
    *COMMON,
    Option("quiet", "q"),
    Option("query", "G", "flag", "get-value"),
    Option("update", "v", VALUE, "attr-value"),
    Option("delete", "D", "flag", "delete-attr"),
    Option("node", "NU", VALUE, "uname"),
    Option("lifetime", "l", VALUE),
    Option("id", "i", VALUE, "attr-id"),
)


def main(arguments: list[str]) -> int:
    """Query, set or delete the attribute `standby`; it is off where nothing says so."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    words = ["--name", "standby", "--node", asked.get("node", "localhost"), "--lifetime"]
    command = asked.last_of("query", "update", "delete") or "query"
    lifetime = asked.get("lifetime")
    if command == "query":
        return _query([*words], lifetime, ["--quiet"] if asked.has("quiet") else [])
    words += [lifetime or "forever"]
    return crm_attribute.main([*words, *(["--update", asked.get("update")] if command == "update" else ["--delete"])])


def _query(words: list[str], lifetime: str, quiet: list[str]) -> int:
    """Print the lasting value, else the transient one, else `off`."""
    if not lifetime:
        try:
            return crm_attribute.main([*words, "forever", "--query", *quiet])
        except ToolError as e:
            if e.status != NO_SUCH:
                raise
    return crm_attribute.main([*words, lifetime or "reboot", "--query", "--default", "off", *quiet])
