"""What every command of the crm shell gets: the daemon's client and the options before the level."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from standfast.cli.live import api
from standfast.errors import Exit, RequestError


class Session(msgspec.Struct, frozen=True):
    """One call of `crm`. `force` is -F, `wait` is -w."""

    client: api.Client
    force: bool = False
    wait: bool = False


Command = Callable[[Session, list[str]], int]


def usage(message: str) -> RequestError:
    """Return the exception for a command that is used wrongly."""
    return RequestError(message, Exit.USAGE)


def need(words: Sequence[str], count: int, form: str) -> None:
    """Check the number of arguments. Raises: RequestError with the command's form."""
    if len(words) < count:
        raise usage(f"too few arguments (expected {form})")


def refuse_more(words: Sequence[str], count: int, form: str) -> None:
    """Check that nothing stands after the last argument. Raises: RequestError."""
    if len(words) > count:
        raise usage(f"{words[count]!r} is not understood (expected {form})")


def complete(word: str, names: Iterable[str]) -> str | None:
    """Return the one name that the word stands for: itself, a prefix, or its letters in order; None if none does.

    Source: crmsh's manual, "Shorthand syntax".
    """
    known = list(dict.fromkeys(names))
    if word in known:
        return word
    for test in (str.startswith, _has_in_order):
        found = [name for name in known if test(name, word)]
        if len(found) == 1:
            return found[0]
        if found:
            return None
    return None


def _has_in_order(name: str, letters: str) -> bool:
    """Return whether the name begins with the first letter and has the others after it in this order."""
    rest = iter(name)
    return bool(letters) and name[0] == letters[0] and all(letter in rest for letter in letters)
