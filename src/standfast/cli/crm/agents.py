"""`crm ra`: the agents on this machine."""

from __future__ import annotations

from standfast.cli.crm.session import Command, Session, need
from standfast.cli.live import agents, terminal
from standfast.errors import Exit, RequestError


def _classes(session: Session, words: list[str]) -> int:
    """List the classes of agents, with providers."""
    providers = " ".join(agents.providers())
    lines = ["lsb", f"ocf / {providers}" if providers else "ocf", "service", "stonith", "systemd"]
    terminal.say("\n".join(lines))
    return Exit.OK


def _list(session: Session, words: list[str]) -> int:
    """List the agents of a class: `list CLASS [PROVIDER]`."""
    need(words, 1, "list CLASS [PROVIDER]")
    standard, _, provider = words[0].partition(":")
    found = agents.names(standard, words[1] if len(words) > 1 else provider)
    terminal.say("\n".join(found))
    return Exit.OK if found else Exit.NO_SUCH


def _providers(session: Session, words: list[str]) -> int:
    """List the providers of an OCF agent: `providers TYPE`."""
    need(words, 1, "providers TYPE")
    terminal.say(" ".join(p for p in agents.providers() if words[0] in agents.names("ocf", p)))
    return Exit.OK


def _info(session: Session, words: list[str]) -> int:
    """Print what an agent says of itself: `info [CLASS:[PROVIDER:]]TYPE`."""
    need(words, 1, "info [CLASS:[PROVIDER:]]TYPE")
    text = agents.description(words[0])
    if text is None:
        raise RequestError(f"there is no agent {words[0]!r} on this machine", Exit.NO_SUCH)
    terminal.say(text)
    return Exit.OK


COMMANDS: dict[str, Command] = {
    "classes": _classes,
    "list": _list,
    "providers": _providers,
    "info": _info,
    "meta": _info,
}
