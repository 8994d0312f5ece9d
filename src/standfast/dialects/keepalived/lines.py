"""The lexical level: files to logical lines, with everything that works on text put in.

Order for each physical line: comment and blanks taken away, `include`, `@` condition, `$NAME=` definition, `~SEQ` and
`~LST`, `$` replacement until nothing changes, split at braces, words. Every process of keepalived reads the same
lines, so they are made once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from standfast.dialects.keepalived.definitions import Definition, Definitions, EndlessError
from standfast.dialects.keepalived.findings import Finding, Level
from standfast.dialects.keepalived.includes import Files, Physical
from standfast.dialects.keepalived.sequences import Sequence, SequenceError, sequence_of
from standfast.dialects.keepalived.surroundings import Surroundings
from standfast.dialects.keepalived.text import first_piece, uncommented, words_of
from standfast.errors import Place

_SPECIAL = re.compile(r'[!#"\\{}$~@]|^include')
LINE_MAX = 1_000_000
"""So many logical lines at most: what sequences within sequences stand for is bounded."""


@dataclass(slots=True)
class Line:
    """A logical line. `words` is not empty; `close` of a line that is `{` is the index of its `}`, if there is one."""

    words: list[str]
    text: str
    origin: Physical
    close: int = -1


@dataclass(frozen=True, slots=True)
class Reading:
    """All logical lines, what was wrong in them (before which line), and the braces that stay open."""

    lines: list[Line]
    notes: dict[int, list[Finding]]
    open_braces: int
    files: tuple[str, ...]
    conditions: dict[str, Place]


@dataclass
class _State:
    """Where the next text comes from, besides the files."""

    sequences: list[Sequence] = field(default_factory=list)
    sequence_depth: int = 0
    following: list[str] = field(default_factory=list)
    outer: list[tuple[list[str], int]] = field(default_factory=list)
    residue: str = ""
    growing: Definition | None = None


class Reader:
    """Reads one configuration. `config_id` is what `@ID` lines are compared with."""

    def __init__(self, around: Surroundings, config_id: str, all_included: bool = False) -> None:
        self._around = around
        self._id = config_id
        self._definitions = Definitions(config_id, seed=around.seed)
        self._state = _State()
        self._files = Files(around, self._say)
        if all_included:
            self._files.check([])
        self._lines: list[Line] = []
        self._notes: dict[int, list[Finding]] = {}
        self._here = Physical("", 0, "")
        self._conditions: dict[str, Place] = {}

    def read(self, path: str) -> Reading:
        """Return the logical lines of a file."""
        self._files.open_main(path)
        opened: list[int] = []
        depth = 0
        for text in self._texts():
            words, matched = words_of(text)
            if not matched:
                self._say("quote", "a double quote stays open", Level.FAULT)
            if not words:
                continue
            index = len(self._lines)
            line = Line(words, text, self._here)
            if text == "{":
                depth += 1
            elif text == "}":
                depth -= 1
                if depth < 0:
                    self._say("extra-brace", "a } too many", Level.FAULT)
                    depth = 0
            self._pair(words, index, opened)
            self._lines.append(line)
            if words[0] == "include_check":
                self._files.check(words[1:])
            elif words[0] == "random_seed" and len(words) > 1 and words[1].isdigit():
                self._definitions.sow(int(words[1]))
            if index > LINE_MAX:
                self._say("too-long", f"more than {LINE_MAX} lines", Level.FATAL)
                break
        return Reading(self._lines, self._notes, depth, tuple(self._files.names), self._conditions)

    def _pair(self, words: list[str], index: int, opened: list[int]) -> None:
        """Note of each line `{` where it is closed, as skipping an unwanted block counts braces."""
        if words[0] not in ("{", "}"):
            if not any(word in ("{", "}") for word in words):
                return
            for word in words:
                self._count(word, index, opened)
            return
        self._count(words[0], index, opened)

    def _count(self, word: str, index: int, opened: list[int]) -> None:
        if word == "{":
            opened.append(index)
        elif word == "}" and opened:
            start = opened.pop()
            if start < len(self._lines):
                self._lines[start].close = index

    def _say(self, code: str, message: str, level: Level) -> None:
        here = self._files.here if self._files.here.number else self._here
        self._notes.setdefault(len(self._lines), []).append(
            Finding(code, message, Place(here.file, here.number), level)
        )

    def _texts(self) -> Iterator[str]:
        """Yield the lines of text, split at braces."""
        state = self._state
        while True:
            if state.residue:
                text, state.residue = state.residue, ""
            else:
                found = self._next_text()
                if found is None:
                    return
                text = found
                if not text:
                    continue
            if _SPECIAL.search(text) is None:
                yield text
                continue
            prepared = self._prepared(text)
            if not prepared or self._files.include(prepared):
                continue
            piece, state.residue = first_piece(prepared)
            yield piece

    def _next_text(self) -> str | None:
        """Return the next text without comment: of a sequence, a multi-line definition, or a file. None: the end."""
        state = self._state
        if len(state.sequences) > state.sequence_depth:
            sequence = state.sequences[-1]
            text = sequence.next(self._definitions)
            if sequence.ended:
                state.sequences.pop()
            return text
        if state.following:
            text = state.following.pop(0)
            if not state.following:
                state.following, state.sequence_depth = state.outer.pop() if state.outer else ([], 0)
            return text
        return self._next_of_file()

    def _next_of_file(self) -> str | None:
        physical = self._files.next()
        if physical is None:
            return None
        self._here = physical
        self._definitions.folder = self._files.folder
        text = physical.text
        if not text:
            self._state.growing = None
            return ""
        if self._state.growing is None and _SPECIAL.search(text) is None:
            return text.strip(" \t")
        text, quoted = uncommented(text)
        if quoted:
            self._say("quote", "a double quote stays open", Level.FAULT)
        if self._state.growing is not None:
            self._grow(self._state.growing, text)
            return ""
        return text

    def _grow(self, definition: Definition, text: str) -> None:
        """Add a line to a multi-line definition; without a backslash at its end it is the last."""
        if text.endswith("\\"):
            text = text[:-1].rstrip(" \t")
            definition.value += f"{text}\n" if text else ""
            return
        self._state.growing = None
        definition.value += text
        if not definition.value:
            definition.multiline = False

    def _prepared(self, text: str) -> str:
        """Return a text after conditions, definitions, sequences and replacements; empty if nothing is left."""
        while True:
            if text.startswith("@"):
                text = self._conditional(text)
            if not text:
                return ""
            if text.startswith("$") and (definition := self._definitions.defined_by(text)) is not None:
                self._state.growing = definition if definition.multiline else None
                return ""
            if text.startswith(("~SEQ", "~LST")):
                self._begin(text)
                return ""
            if "$" not in text or text.startswith("~"):
                return text
            replaced = self._replaced(text)
            if replaced is None:
                return text
            text = replaced
            if not text.startswith("@") and "$" not in text:
                return text

    def _replaced(self, text: str) -> str | None:
        state = self._state
        try:
            replaced = self._definitions.replaced(text)
        except EndlessError as name:
            self._say("endless-definition", f"{name} leads back to itself", Level.FAULT)
            return None
        if replaced is None:
            return None
        text, rest = replaced
        if rest:
            if state.following:
                state.outer.append((state.following, state.sequence_depth))
            state.following, state.sequence_depth = rest, len(state.sequences)
        text, quoted = uncommented(text)
        if quoted:
            self._say("quote", "a double quote stays open", Level.FAULT)
        return text

    def _conditional(self, text: str) -> str:
        """Return what a line says after `@ID` or `@^ID` if that is true here, else nothing."""
        other = text.startswith("@^")
        name, _, rest = text[2 if other else 1 :].replace("\t", " ", 1 if " " not in text else 0).partition(" ")
        self._conditions.setdefault(name, Place(self._here.file, self._here.number, 1))
        if not rest or (name == self._id) == other:
            return ""
        return rest.lstrip(" \t")

    def _begin(self, text: str) -> None:
        try:
            self._state.sequences.append(sequence_of(text, self._definitions))
        except SequenceError as wrong:
            self._say("sequence", f"{wrong}: {text}", Level.FAULT)
