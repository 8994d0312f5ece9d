"""The stack of files: the main one and what `include` names, with what is checked of it."""

from __future__ import annotations

import enum
from collections.abc import Callable

from standfast.dialects.keepalived.findings import Level
from standfast.dialects.keepalived.logical_lines import Source
from standfast.dialects.keepalived.surroundings import Matches, Surroundings

DEPTH_MAX = 64


class Must(enum.IntFlag):
    """What of an include must be so, else nothing starts."""

    NOTHING = 0
    READ = 1
    MATCH = 2
    WILDCARD_MATCH = 4
    BRACE_MATCH = 8


ALL = Must.READ | Must.MATCH | Must.WILDCARD_MATCH | Must.BRACE_MATCH
WORDS = {
    "include": Must.NOTHING,
    "includer": Must.READ,
    "includem": Must.READ | Must.MATCH,
    "includew": Must.READ | Must.MATCH | Must.WILDCARD_MATCH,
    "includeb": Must.READ | Must.BRACE_MATCH,
    "includea": ALL,
}
OPTIONS = {
    "read": Must.READ,
    "match": Must.MATCH,
    "wildcard_match": Must.WILDCARD_MATCH,
    "brace_match": Must.BRACE_MATCH,
}
Say = Callable[[str, str, Level], None]


class Opened:
    """A pattern's files, and the open one. The line last taken begins at `place`, the next one at `at`."""

    def __init__(self, paths: list[str], folder: str, must: Must, checked: Must) -> None:
        self.waiting = paths
        self.must = must
        self.checked = checked
        self.outer_folder = folder
        self.folder = folder
        self.source = Source("", b"")
        self.place = self.at = 0


class Files:
    """The physical lines of a configuration, one after another. Whoever asks for more is told what is wrong, by `say`;
    it is not kept, or all lines would stay in a cycle."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._stack: list[Opened] = []
        self._checked = Must.NOTHING
        self.names: list[str] = []

    @property
    def top(self) -> Opened | None:
        """Return the open file, or None at the end."""
        return self._stack[-1] if self._stack else None

    @property
    def folder(self) -> str:
        """Return the folder that names are relative to: that of the open file."""
        return self._stack[-1].folder if self._stack else ""

    def check(self, words: list[str]) -> None:
        """Take what `include_check` says; its faults are told where the keyword is read."""
        if not words:
            self._checked = ALL
        for number, word in enumerate(words):
            option = OPTIONS.get(word.lstrip("+-"), Must.NOTHING)
            if word[:1] == "+":
                self._checked |= option
            elif word[:1] == "-":
                self._checked &= ~option
            elif number == 0:
                self._checked = Must.READ | option if option else Must.NOTHING

    def open_main(self, path: str, say: Say) -> None:
        """Open the main file."""
        self._open(path, Must.NOTHING, say)

    def include(self, text: str, say: Say) -> bool:
        """Return whether a line was an include; then its files come next."""
        if not text.startswith("include"):
            return False
        word, _, rest = text.replace("\t", " ").partition(" ")
        if word not in WORDS or not text[len(word) :]:
            return False
        if len(self._stack) >= DEPTH_MAX:
            say("include-depth", f"files include each other more than {DEPTH_MAX} deep", Level.FATAL)
        else:
            self._open(rest.lstrip(" "), WORDS[word], say)
        return True

    def next(self, say: Say) -> str | None:
        """Return the next physical line, or None at the end of all."""
        while self._stack:
            opened = self._stack[-1]
            if opened.at < len(opened.source.data):
                opened.place = opened.at
                opened.at = opened.source.end(opened.place) + 1
                return opened.source.text(opened.place).rstrip("\r")
            self._checked = opened.checked
            if not self._open_next(opened, say):
                self._stack.pop()
        return None

    def _open(self, pattern: str, must: Must, say: Say) -> None:
        matches = self._around.matches(pattern, self.folder)
        strict = must | self._checked
        if not matches.paths:
            _complain_of_none(pattern, matches, strict, say)
            return
        if matches.missing:
            say("include", f"of {pattern} some files are missing", _level(Must.BRACE_MATCH, strict))
            if Must.BRACE_MATCH in strict:
                return
        opened = Opened(list(matches.paths), self.folder, strict, self._checked)
        if self._open_next(opened, say):
            self._stack.append(opened)

    def _open_next(self, opened: Opened, say: Say) -> bool:
        """Open the pattern's next file that can be read; return whether there was one."""
        while opened.waiting:
            path = opened.waiting.pop(0)
            state = self._around.state(path, opened.outer_folder)
            if path.endswith("/") or not state.regular or state.executable:
                message = f"{path} is no plain file, or may be executed: it is skipped"
                say("include", message, _level(Must.READ, opened.must))
                continue
            full = path if path.startswith("/") or not opened.outer_folder else f"{opened.outer_folder}/{path}"
            data = self._around.content(full)
            if data is None:
                say("include", f"{path} cannot be read", _level(Must.READ, opened.must))
                continue
            opened.source, opened.place, opened.at = Source(path, data), 0, 0
            opened.folder = full.rpartition("/")[0] if "/" in path else opened.outer_folder
            self.names.append(full)
            return True
        return False


def _complain_of_none(pattern: str, matches: Matches, strict: Must, say: Say) -> None:
    if matches.missing:
        kind = Must.BRACE_MATCH if "{" in pattern else Must.MATCH
        say("include", f"there is no file {pattern}", _level(kind, strict))
    elif matches.wildcard and Must.WILDCARD_MATCH in strict:
        say("include", f"no file matches {pattern}", _level(Must.WILDCARD_MATCH, strict))


def _level(kind: Must, strict: Must) -> Level:
    return Level.CHECKED_INCLUDE if kind in strict else Level.NOTICE
