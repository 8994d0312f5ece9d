"""Whether the commands of a configuration can be run, and safely. Source: keepalived.conf(5), SCRIPTS."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from standfast.dialects.keepalived.commands import Command
from standfast.dialects.keepalived.engine import Draft, Session
from standfast.dialects.keepalived.findings import Level

_ROOT = ("", "root")


class Use(msgspec.Struct, frozen=True):
    """A command in a configuration: its keyword, the block it stands in, and what takes it out.

    `told`: keepalived says so if the command does not count.
    """

    keyword: str
    command: Command
    draft: Draft | None
    drop: Callable[[], object]
    told: bool = False


def opens_a_file(command: Command) -> bool:
    """Return whether a command only asks whether a file can be opened (`</path`)."""
    first = command.arguments[0]
    return first.startswith("<") and first[1:].lstrip(" \t").startswith("/")


def settle(session: Session, uses: Iterable[Use], what: str) -> None:
    """Look at every command: those that cannot be run are taken out, and any other wants enable_script_security."""
    runs = [_settle_one(session, use) for use in list(uses)]
    if any(runs) and not session.shared.get("script_security"):
        session.conclude("script-security", f"{what} run, and enable_script_security is not set", level=Level.SECURITY)


def _settle_one(session: Session, use: Use) -> bool:
    """Return whether a command is a script at all; note what is wrong with it, and take it out."""
    if opens_a_file(use.command):
        return False
    first = use.command.arguments[0]
    state = session.around.script(first)
    level = Level.FAULT if use.told else Level.OURS
    if not state.found:
        session.conclude("script-missing", f"{use.keyword}: there is no {first}: it does not count", use.draft, level)
        use.drop()
        return False
    if not state.executable:
        session.conclude("script-missing", f"{use.keyword}: {first} cannot be executed", use.draft, Level.OURS)
        use.drop()
    elif state.insecure and session.shared.get("script_security") and use.command.user in _ROOT:
        message = f"{use.keyword}: others than root can change {first}: it does not count"
        session.conclude("script-insecure", message, use.draft, level)
        use.drop()
    return True


def named(draft: Draft, keywords: Iterable[str]) -> Iterable[Use]:
    """Yield the uses of commands that stand in a block under these keywords."""
    for keyword in keywords:
        if isinstance(draft.get(keyword), Command):
            yield Use(keyword, draft[keyword], draft, lambda keyword=keyword: draft.pop(keyword))  # type: ignore[misc]
