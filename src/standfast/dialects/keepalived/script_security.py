"""Whether the commands of a configuration can be run, and safely. Source: keepalived.conf(5), SCRIPTS."""

from __future__ import annotations

from collections.abc import Iterable

from standfast.dialects.keepalived.commands import Command
from standfast.dialects.keepalived.engine import Draft, Session
from standfast.dialects.keepalived.findings import Level

_ROOT = ("", "root")


def opens_a_file(command: Command) -> bool:
    """Return whether a command only asks whether a file can be opened (`</path`)."""
    first = command.arguments[0]
    return first.startswith("<") and first[1:].lstrip(" \t").startswith("/")


def settle(session: Session, commands: Iterable[tuple[str, Command, Draft, bool]], what: str) -> None:
    """Look at every command: those that cannot be run do not count, and any other wants enable_script_security.

    Each comes with its keyword, the draft that holds it, and whether keepalived says so if it does not count.
    """
    runs = False
    for keyword, command, draft, told in commands:
        runs |= _settle_one(session, keyword, command, draft, told)
    if runs and not session.shared.get("script_security"):
        session.conclude("script-security", f"{what} run, and enable_script_security is not set", level=Level.SECURITY)


def _settle_one(session: Session, keyword: str, command: Command, draft: Draft, told: bool) -> bool:
    """Return whether a command is a script at all; note what is wrong with it."""
    if opens_a_file(command):
        return False
    first = command.arguments[0]
    state = session.around.script(first)
    level = Level.FAULT if told else Level.OURS
    if not state.found:
        session.conclude("script-missing", f"{keyword}: there is no {first}: it does not count", draft, level)
        draft["disabled"] = True
        return False
    if not state.executable:
        session.conclude("script-missing", f"{keyword}: {first} cannot be executed", draft, Level.OURS)
        draft["disabled"] = True
    elif state.insecure and session.shared.get("script_security"):
        user = command.user or str(session.shared.get("script_user", ""))
        if user in _ROOT:
            session.conclude(
                "script-insecure", f"{keyword}: others than root can change {first}: it does not count", draft, level
            )
            draft["disabled"] = True
    return True
