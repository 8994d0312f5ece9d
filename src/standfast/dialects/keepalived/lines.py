"""The lexical level: files to logical lines, with everything that works on text put in.

Order for each physical line: comment and blanks taken away, `include`, `@` condition, `$NAME=` definition, `~SEQ` and
`~LST`, `$` replacement until nothing changes, split at braces, words. Every process of keepalived reads the same
lines, so they are made once.
"""

from __future__ import annotations

from standfast.dialects.keepalived.definitions import Definition, Definitions, EndlessError
from standfast.dialects.keepalived.findings import Finding, Level
from standfast.dialects.keepalived.includes import Files, Opened
from standfast.dialects.keepalived.logical_lines import Block, Lines, Source, Stretch
from standfast.dialects.keepalived.sequences import Sequence, SequenceError, sequence_of
from standfast.dialects.keepalived.surroundings import Surroundings
from standfast.dialects.keepalived.text import first_piece, uncommented, words_of
from standfast.errors import Place

_MARKS = b'!#"\\{}$~@' + bytes((*range(0x1C, 0x20), *range(0x80, 0x100)))  # the last are blanks, and letters, to str
_KEYWORDS = (b"include", b"random_seed")
_BLANK, _HEAD, _OPEN, _CLOSE, _OTHER = range(5)
_KNOWN_MAX = 512
_STRETCH_MAX = 1024
LINE_MAX = 1_000_000
"""So many logical lines at most: what sequences within sequences stand for is bounded."""


class Reading:
    """All logical lines, what was wrong in them (before which line), and the braces that stay open."""

    def __init__(
        self, lines: Lines, notes: dict[int, list[Finding]], open_braces: int, files: tuple[str, ...],
        conditions: dict[str, Place],
    ) -> None:  # fmt: skip
        self.lines = lines
        self.notes = notes
        self.open_braces = open_braces
        self.files = files
        self.conditions = conditions


class _State:
    """Where the next text comes from, besides the files."""

    def __init__(self) -> None:
        self.sequences: list[Sequence] = []
        self.sequence_depth = 0
        self.following: list[str] = []
        self.outer: list[tuple[list[str], int]] = []
        self.residue = ""
        self.growing: Definition | None = None

    @property
    def is_plain(self) -> bool:
        """Return whether the next text is simply the next line of the file."""
        return not (self.sequences or self.following or self.residue or self.growing)


class Reader:
    """Reads one configuration. `config_id` is what `@ID` lines are compared with.

    More than `lines_max` lines are given up, and more turns of sequences.
    """

    def __init__(
        self, around: Surroundings, config_id: str, all_included: bool = False, lines_max: int = LINE_MAX
    ) -> None:
        self._lines_max = lines_max
        self._turns = 0
        self._around = around
        self._id = config_id
        self._definitions = Definitions(config_id, seed=around.seed)
        self._state = _State()
        self._files = Files(around)
        if all_included:
            self._files.check([])
        self._lines = Lines()
        self._notes: dict[int, list[Finding]] = {}
        self._conditions: dict[str, Place] = {}
        self._source = Source("", b"")
        self._place = -1
        self._opened: list[int] = []
        self._depth = 0
        self._kinds: dict[bytes, int] = {}
        self._blocks: dict[bytes, Block] = {}

    def read(self, path: str) -> Reading:
        """Return the logical lines of a file."""
        self._files.open_main(path, self._say)
        while max(len(self._lines), self._turns) < self._lines_max:
            if self._state.is_plain and (top := self._files.top) is not None:
                self._plain_lines(top)
            text = self._next_piece()
            if text is None:
                break
            words, matched = words_of(text)
            if not matched:
                self._say("quote", "a double quote stays open", Level.FAULT)
            if words:
                self._add(words, text)
        else:
            self._say("too-long", f"more than {self._lines_max} lines", Level.FATAL)
        return Reading(self._lines, self._notes, self._depth, tuple(self._files.names), self._conditions)

    def _add(self, words: list[str], text: str) -> None:
        """Add a logical line that was read in any way."""
        index = len(self._lines)
        if text in ("{", "}"):
            self._depth += 1 if text == "{" else -1
            if self._depth < 0:
                self._say("extra-brace", "a } too many", Level.FAULT)
                self._depth = 0
        self._lines.add_words(words, text, self._source, self._place)
        for word in words:
            if word == "{":
                self._opened.append(index)
            elif word == "}" and self._opened:
                self._lines.closes[self._opened.pop()] = index
        if words[0] == "include_check":
            self._files.check(words[1:])
        elif words[0] == "random_seed" and len(words) > 1 and words[1].isdigit():
            self._definitions.sow(int(words[1]))

    def _plain_lines(self, top: Opened) -> None:
        """Add the lines of a file up to one in which text is put in: the way that nearly all lines go."""
        self._source = source = top.source
        data, lines, opened, blocks = source.data, self._lines, self._opened, self._blocks
        stretch = Stretch(len(lines), data, opened)
        at, last = top.at, data.rfind(b"\n")
        while at <= last:
            if len(stretch.places) > _STRETCH_MAX:
                lines.extend(stretch, source)
                stretch = Stretch(len(lines), data, opened)
            end = data.find(b"\n", at)
            kind = self._kind(data[at:end])
            if kind == _OTHER or (kind == _CLOSE and not (opened and self._depth)):
                break
            begin, at = at, end + 1
            if kind == _HEAD:
                stretch.add(begin)
            elif kind == _OPEN:
                stretch.add(begin)
                brace = data.rfind(b"{", begin, end)
                block = blocks.get(data[at : source.end(at)])
                if block is not None and data.startswith(block.data, at):
                    stretch.add_block(brace, block, at)
                    at += len(block.data)
                else:
                    stretch.open(brace, at)
                    self._depth += 1
            elif kind == _CLOSE:
                self._depth -= 1
                block = stretch.close(data.find(b"}", begin), at, lines)
                if block is not None and len(blocks) < _KNOWN_MAX:
                    blocks[block.data[: block.data.find(b"\n")]] = block
        top.at = at
        lines.extend(stretch, source)

    def _kind(self, text: bytes) -> int:
        """Return what a line is, most of which are like others in a big configuration."""
        kind = self._kinds.get(text)
        if kind is None:
            kind = _kind(text)
            if kind != _OPEN and len(self._kinds) < _KNOWN_MAX:
                self._kinds[text] = kind
        return kind

    def _say(self, code: str, message: str, level: Level) -> None:
        top, source, place = self._files.top, self._source, self._place
        if top is not None and top.at and source is not top.source:
            source, place = top.source, top.place
        where = Place(source.name, source.number(place))
        self._notes.setdefault(len(self._lines), []).append(Finding(code, message, where, level))

    def _next_piece(self) -> str | None:
        """Return the next logical line, None at the end of all."""
        state = self._state
        if state.residue:
            text, state.residue = state.residue, ""
            prepared = self._prepared(text)
        else:
            found = self._next_text()
            if found is None:
                return None
            prepared = self._prepared(found) if found else ""
        if not prepared or self._files.include(prepared, self._say):
            return ""
        piece, state.residue = first_piece(prepared)
        return piece

    def _next_text(self) -> str | None:
        """Return the next text without comment: of a sequence, a multi-line definition, or a file. None: the end."""
        state = self._state
        if len(state.sequences) > state.sequence_depth:
            sequence = state.sequences[-1]
            text = sequence.next(self._definitions)
            self._turns += 1
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
        text = self._files.next(self._say)
        top = self._files.top
        if text is None or top is None:
            return None
        self._source, self._place = top.source, top.place
        self._definitions.folder = self._files.folder
        if not text:
            self._state.growing = None
            return ""
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
        self._conditions.setdefault(name, Place(self._source.name, self._source.number(self._place), 1))
        if not rest or (name == self._id) == other:
            return ""
        return rest.lstrip(" \t")

    def _begin(self, text: str) -> None:
        try:
            self._state.sequences.append(sequence_of(text, self._definitions))
        except SequenceError as wrong:
            self._say("sequence", f"{wrong}: {text}", Level.FAULT)


def _kind(text: bytes) -> int:
    """Return whether a line is a blank one, plain, or with a { at its end, or only a }, or text may be put in."""
    begun = text.lstrip(b" \t")
    if begun.startswith(_KEYWORDS):
        return _OTHER
    marks = len(begun) - len(begun.translate(None, _MARKS))
    if not marks:
        return _HEAD if begun.strip() else _BLANK
    if marks == 1 and begun.rstrip(b" \t\r").endswith(b"{") and not begun.startswith(b"{"):
        return _OPEN
    return _CLOSE if begun.strip() == b"}" else _OTHER
