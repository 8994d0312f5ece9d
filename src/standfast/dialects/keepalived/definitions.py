"""`$NAME=value` definitions and their replacement in a line."""

from __future__ import annotations

import re

import msgspec

# compiled when they are first used: few configurations have definitions
_DEFINED = r"(?s)\$([A-Za-z_][A-Za-z0-9_]*)=[ \t]*(.*)"
_USED = r"\$(?:([A-Za-z_][A-Za-z0-9_]*)(?=[ \t,)]|$)|\{([A-Za-z_][A-Za-z0-9_]*)((?: [ 0-9]*)?)\})"
_LONG_MAX, _UNSIGNED_MAX = 2**63 - 1, 2**64 - 1
REPLACEMENTS_MAX = 2000


class EndlessError(ValueError):
    """A definition leads back to itself."""


class Definition(msgspec.Struct):
    """One name's value; `lines` is more than one of a multi-line definition."""

    value: str
    multiline: bool = False
    function: str = ""

    @property
    def lines(self) -> list[str]:
        """Return the lines it stands for."""
        return self.value.split("\n") if self.multiline else [self.value]


class Definitions:
    """The names defined so far. `folder` is what $_PWD stands for, `instance` what $_INSTANCE does."""

    def __init__(self, instance: str, folder: str = "", seed: int = 0) -> None:
        self.instance = instance
        self.folder = folder
        self.seed = seed
        self.names = {name: Definition("", function=name) for name in ("_PWD", "_INSTANCE", "_RANDOM")}
        self.names |= {"_HASH": Definition("#"), "_BANG": Definition("!")}

    def sow(self, seed: int) -> None:
        """Begin $_RANDOM's sequence with this number."""
        self.seed = seed

    def set(self, name: str, value: str) -> None:
        """Set a name to one line."""
        self.names[name] = Definition(value)

    def defined_by(self, line: str) -> Definition | None:
        """Return what a line defines, after defining it: the first line, if its value goes on."""
        found = re.fullmatch(_DEFINED, line) if line.startswith("$") else None
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
        if "$" not in line:
            return None
        used = re.compile(_USED)
        at = 0
        rest: list[str] = []
        count = 0
        while found := used.search(line, at):
            definition = self._named(found, at_end=found.end() == len(line))
            if definition is None:
                at = found.start() + 1
                continue
            count += 1
            if count > REPLACEMENTS_MAX:
                raise EndlessError(found.group())
            first, *more = definition.lines if not definition.function else [self._computed(definition, found)]
            line = line[: found.start()] + first + _behind(line, found, first)
            rest = more + rest if definition.multiline else rest
            at = found.start()
            if definition.value.lstrip(" \t").startswith("~"):
                break
        return (line, rest) if count else None

    def _named(self, found: re.Match[str], at_end: bool) -> Definition | None:
        definition = self.names.get(found.group(1) or found.group(2))
        numbers = found.group(3) or ""
        if definition is None or (definition.multiline and (numbers or not at_end)):
            return None
        if numbers.strip() and (numbers.endswith(" ") or definition.function != "_RANDOM"):
            return None
        return definition

    def _computed(self, definition: Definition, found: re.Match[str]) -> str:
        if definition.function == "_PWD":
            return self.folder
        if definition.function == "_INSTANCE":
            return self.instance
        low, high = 0, 32767
        numbers = [min(int(number), _UNSIGNED_MAX) for number in (found.group(3) or "").split()]
        if numbers:
            low = numbers[0]
        if len(numbers) > 1:
            high = numbers[1]
        return self._drawn(low, high)

    def _drawn(self, low: int, high: int) -> str:
        """Return the next number of $_RANDOM; it has at most as many characters as the upper limit has digits.

        Source: the linear generator of Numerical Recipes.
        """
        self.seed = (self.seed * 1664525 + 1013904223) % 2**32
        span = (high - low + 1) % 2**64 or 2**64
        number = (low + (self.seed >> 8) % span) % 2**64
        digits = len(str(_signed(high)).lstrip("-"))
        return str(_signed(number))[:digits]


def _signed(number: int) -> int:
    return number if number <= _LONG_MAX else number - 2**64


def _behind(line: str, found: re.Match[str], value: str) -> str:
    """Return what stands behind a replaced name.

    keepalived takes blanks in braces for the closing one. With numbers and a value that is shorter than the name it
    moves one character up and leaves all others where they stood.
    """
    numbers, tail = found.group(3) or "", line[found.end() :]
    if numbers and not numbers.strip():
        return line[found.end() - len(numbers) :]
    if numbers and tail and len(value) < found.end() - found.start():
        return tail[0] + line[found.start() + len(value) + 1 :]
    return tail
