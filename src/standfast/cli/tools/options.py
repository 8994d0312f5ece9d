"""Command lines as Pacemaker's tools take them: short options bundled, long ones with `=` or a blank, shortened too.

Written by hand: argparse takes longer to import than a whole tool may run.
"""

from __future__ import annotations

from standfast.cli.tools.exits import USAGE, ToolError

FLAG, VALUE, OPTIONAL = "flag", "value", "optional"
"""An option without a value, with one, and one whose value may be missing (the next word counts if it has no dash)."""


class Option:
    """One option: its name, the letters for it, whether it takes a value, other long names."""

    __slots__ = ("kind", "letters", "name", "names")

    def __init__(self, name: str, letters: str = "", kind: str = FLAG, *aliases: str) -> None:
        self.name, self.letters, self.kind = name, letters, kind
        self.names = (name, *aliases)


COMMON = (Option("help", ""), Option("version", "$"), Option("verbose", "V"), Option("output-as", "", VALUE))


class Options:
    """What a command line says: values by name in the order given, and the words that are no options."""

    __slots__ = ("order", "values", "words")

    def __init__(self) -> None:
        self.values: dict[str, list[str]] = {}
        self.order: list[str] = []
        self.words: list[str] = []

    def has(self, name: str) -> bool:
        """Return whether the option was given."""
        return name in self.values

    def get(self, name: str, default: str = "") -> str:
        """Return the option's last value."""
        return self.values[name][-1] if name in self.values else default

    def last_of(self, *names: str) -> str:
        """Return which of these options was given last; none: nothing."""
        return next((n for n in reversed(self.order) if n in names), "")

    def add(self, name: str, value: str) -> None:
        """Note an option."""
        self.values.setdefault(name, []).append(value)
        self.order.append(name)


def parse(known: tuple[Option, ...], arguments: list[str]) -> Options:
    """Return what the command line says. Raises: ToolError (64) where it is none of these."""
    found, rest = Options(), list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            found.words += rest
            break
        if word.startswith("--"):
            _long(found, known, word, rest)
        elif word.startswith("-") and len(word) > 1:
            _short(found, known, word, rest)
        else:
            found.words.append(word)
    return found


def _long(found: Options, known: tuple[Option, ...], word: str, rest: list[str]) -> None:
    name, joined, value = word[2:].partition("=")
    option = _named(known, name)
    if option is None:
        raise ToolError(f"Unknown option {word}", USAGE)
    if option.kind == FLAG:
        if joined:
            raise ToolError(f"Option --{name} takes no value", USAGE)
        found.add(option.name, "")
    else:
        found.add(option.name, value if joined else _next(option, f"--{name}", rest))


def _short(found: Options, known: tuple[Option, ...], word: str, rest: list[str]) -> None:
    for at, letter in enumerate(word[1:], 2):
        option = next((o for o in known if letter in o.letters), None)
        if option is None:
            raise ToolError(f"Unknown option -{letter}", USAGE)
        if option.kind != FLAG:
            found.add(option.name, word[at:] or _next(option, f"-{letter}", rest))
            return
        found.add(option.name, "")


def _named(known: tuple[Option, ...], name: str) -> Option | None:
    exact = next((o for o in known if name in o.names), None)
    if exact is not None:
        return exact
    near = {o for o in known if any(n.startswith(name) for n in o.names)}
    return near.pop() if len(near) == 1 and name else None


def _next(option: Option, written: str, rest: list[str]) -> str:
    if option.kind == OPTIONAL and (not rest or rest[0].startswith("-")):
        return ""
    if not rest:
        raise ToolError(f"Missing argument for {written}", USAGE)
    return rest.pop(0)
