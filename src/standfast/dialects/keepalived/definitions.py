"""`$NAME=value` definitions and their replacement in a line."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_DEFINED = re.compile(r"\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*(.*)", re.DOTALL)
_USED = re.compile(r"\$(?:([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)|\{([A-Za-z_][A-Za-z0-9_]*)((?: +[0-9]+)*)\})")
REPLACEMENTS_MAX = 2000


class EndlessError(ValueError):
    """A definition leads back to itself."""


@dataclass(slots=True)
class Definition:
    """One name's value; `lines` is more than one of a multi-line definition."""

    value: str
    multiline: bool = False
    function: str = ""

    @property
    def lines(self) -> list[str]:
        """Return the lines it stands for."""
        return self.value.split("\n") if self.multiline else [self.value]


@dataclass
class Definitions:
    """The names defined so far. `folder` is what $_PWD stands for, `instance` what $_INSTANCE does."""

    instance: str
    folder: str = ""
    seed: int = 0
    names: dict[str, Definition] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("_PWD", "_INSTANCE", "_RANDOM"):
            self.names[name] = Definition("", function=name)
        self.names["_HASH"] = Definition("#")
        self.names["_BANG"] = Definition("!")

    def sow(self, seed: int) -> None:
        """Begin $_RANDOM's sequence with this number."""
        self.seed = seed

    def set(self, name: str, value: str) -> None:
        """Set a name to one line."""
        self.names[name] = Definition(value)

    def defined_by(self, line: str) -> Definition | None:
        """Return what a line defines, after defining it: the first line, if its value goes on."""
        found = _DEFINED.fullmatch(line)
        if found is None:
            return None
        name, value = found.groups()
        multiline = value.endswith("\\")
        if multiline:
            value = value[:-1].rstrip(" \t")
            value += "\n" if value else ""
        definition = Definition(value, multiline)
        self.names[name] = definition
        return definition

    def replaced(self, line: str) -> tuple[str, list[str]] | None:
        """Return a line with its definitions put in, and further lines, or None if nothing is to be replaced.

        A multi-line definition counts only at the end of a line. Raises: EndlessError.
        """
        at = 0
        rest: list[str] = []
        count = 0
        while found := _USED.search(line, at):
            definition = self._named(found, at_end=found.end() == len(line))
            if definition is None:
                at = found.start() + 1
                continue
            count += 1
            if count > REPLACEMENTS_MAX:
                raise EndlessError(found.group())
            first, *more = definition.lines if not definition.function else [self._computed(definition, found)]
            line = line[: found.start()] + first + line[found.end() :]
            rest = more + rest if definition.multiline else rest
            at = found.start()
            if definition.value.lstrip(" \t").startswith("~"):
                break
        return (line, rest) if count else None

    def _named(self, found: re.Match[str], at_end: bool) -> Definition | None:
        definition = self.names.get(found.group(1) or found.group(2))
        if definition is None or (definition.multiline and not at_end):
            return None
        if found.group(3) and definition.function != "_RANDOM":
            return None
        return definition

    def _computed(self, definition: Definition, found: re.Match[str]) -> str:
        if definition.function == "_PWD":
            return self.folder
        if definition.function == "_INSTANCE":
            return self.instance
        low, high = 0, 32767
        numbers = [int(number) for number in (found.group(3) or "").split()]
        if numbers:
            low = numbers[0]
        if len(numbers) > 1:
            high = numbers[1]
        return str(self._drawn(min(low, high), max(low, high)))

    def _drawn(self, low: int, high: int) -> int:
        """Return the next number of $_RANDOM. Source: the linear generator of Numerical Recipes."""
        self.seed = (self.seed * 1664525 + 1013904223) % 2**32
        return low + (self.seed >> 8) % (high - low + 1)
