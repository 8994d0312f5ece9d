"""Commands in a configuration: their words, and whom they run as."""

from __future__ import annotations

import msgspec

from standfast.dialects.keepalived.engine import MissingArgumentError, Session
from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.text import QuoteError, command_words

DEFAULT_USER = "keepalived_script"


class Command(msgspec.Struct, frozen=True):
    """A command with its arguments, and whom it runs as; without a user: the default one."""

    arguments: tuple[str, ...]
    user: str = ""
    group: str = ""


def command_of(session: Session) -> Command | None:
    """Return the command that the line being read names, with its user and group, or None if it does not count.

    An unknown user or a bad quote within the command is not noticed by keepalived, which drops the command.

    Raises: MissingArgumentError if there is no command.
    """
    words = session.command()
    if words is None:
        return None
    if len(words) < 2:
        raise MissingArgumentError(words[0])
    arguments = arguments_of(session, words)
    if not arguments:
        return None
    if len(words) > 2:
        user, group = words[2], words[3] if len(words) > 3 else ""
        return Command(arguments, user, group) if known(session, user, group) else None
    runs_as = default_user(session)
    return None if runs_as is None else Command(arguments, *runs_as)


def arguments_of(session: Session, words: list[str]) -> tuple[str, ...]:
    """Return the command and its arguments: the words within the line's second word."""
    if len(words) < 2:
        session.complain("command", f"{words[0]} lacks its command", words[0], Level.OURS)
        return ()
    try:
        return tuple(command_words(words[1]))
    except QuoteError as wrong:
        session.complain("quote", f"{words[0]}: {wrong}", words[0])
        return ()


def known(session: Session, user: str, group: str = "") -> bool:
    """Return whether a user and a group exist; say if not, for keepalived drops the command without a word."""
    if not session.around.user_exists(user):
        session.complain("user", f"there is no user {user}: the command does not count", user, Level.OURS)
        return False
    if group and not session.around.group_exists(group):
        session.complain("user", f"there is no group {group}: the command does not count", group, Level.OURS)
        return False
    return True


def default_user(session: Session) -> tuple[str, str] | None:
    """Return user and group of commands that name none (empty: the daemon's own), or None if there is no such user.

    They are settled when they are first asked for. Source: keepalived.conf(5), script_user.
    """
    shared = session.shared
    if shared.get("script_user_failed"):
        return None
    if "script_user" not in shared:
        there = session.around.user_exists(DEFAULT_USER)
        shared["script_user"] = (DEFAULT_USER if there else "", "")
        if not there and shared.get("script_security"):
            session.complain("user", f"there is no user {DEFAULT_USER}, and script_user names no other")
            shared["script_user_failed"] = True
            return None
    user: tuple[str, str] = shared["script_user"]
    return user
