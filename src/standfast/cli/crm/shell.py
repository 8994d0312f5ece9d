"""`crm`: options, then a level, then its command."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from standfast.cli.crm.session import Command, Session, complete, usage
from standfast.cli.live import api, terminal
from standfast.errors import Exit, StandfastError

# Level -> module that holds its `COMMANDS`.
LEVELS = {
    "configure": "standfast.cli.crm.configure",
    "resource": "standfast.cli.crm.resource",
    "node": "standfast.cli.crm.node",
    "ra": "standfast.cli.crm.agents",
    "cluster": "standfast.cli.crm.cluster",
    "cib": "standfast.cli.crm.documents",
}
_FLAGS_WITH_VALUE = (
    "-c",
    "--cib",
    "-D",
    "--display",
    "-f",
    "--file",
    "-X",
    "--profile",
    "-o",
    "--opt",
    "-H",
    "--history",
)
_USAGE = "crm [-F] [-w] [-f FILE] LEVEL COMMAND …"


def main(argv: Sequence[str]) -> int:
    """Run a command of the crm shell and return the exit status."""
    try:
        return _main(list(argv))
    except StandfastError as error:
        return terminal.failed(error)


def _main(words: list[str]) -> int:
    options, words = _options(words)
    session = Session(api.Client(options.get("--socket")), "-F" in options, "-w" in options)
    if "-h" in options or words[:1] == ["help"]:
        terminal.say(_help())
        return Exit.OK
    if file := options.get("-f"):
        return _call("configure", session, ["load", "update", file])
    if not words:
        raise usage(f"which level? (expected {_USAGE}; levels: {', '.join(LEVELS)}, status, verify)")
    return _level(session, words[0], words[1:])


def _options(words: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return the options before the level, with their values, and what follows them."""
    same = {"--force": "-F", "--wait": "-w", "--file": "-f", "--help": "-h"}
    options: dict[str, str] = {}
    at = 0
    while at < len(words) and words[at].startswith("-") and words[at] != "-":
        name, equals, value = words[at].partition("=")
        if not equals and name in (*_FLAGS_WITH_VALUE, "--socket"):
            at += 1
            value = words[at] if at < len(words) else ""
        options[same.get(name, name)] = value
        at += 1
    return options, words[at:]


def _level(session: Session, word: str, rest: list[str]) -> int:
    name = complete(word, (*LEVELS, "status", "verify"))
    if name == "status":
        terminal.say(session.client.status_text())
        return Exit.OK
    if name == "verify":
        return _call("configure", session, ["verify"])
    if name is None:
        raise usage(f"{word!r} is no level (expected one of: {', '.join((*LEVELS, 'status', 'verify'))})")
    return _call(name, session, rest)


def _call(level: str, session: Session, words: list[str]) -> int:
    module = importlib.import_module(LEVELS[level])
    commands: dict[str, Command] = module.COMMANDS
    default: Command | None = getattr(module, "default", None)
    word = words[0] if words else ""
    found = commands.get(word)
    if found is None and default is not None:
        return default(session, words)
    name = complete(word, commands) if found is None else word
    if name is None:
        raise usage(f"{word!r} is no command of crm {level} (expected one of: {', '.join(sorted(commands))})")
    return commands[name](session, words[1:])


def _help() -> str:
    lines = [f"Usage: {_USAGE}", "", "Levels and their commands:"]
    for level, module in LEVELS.items():
        names = ", ".join(sorted(importlib.import_module(module).COMMANDS))
        lines.append(f"  {level}: {names}")
    return "\n".join(lines)
