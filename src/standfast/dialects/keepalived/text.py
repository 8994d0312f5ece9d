"""One line of text: comments taken away, split into words, split at braces."""

from __future__ import annotations

import re

BLANKS = " \t\f\n\r\v"
_MARKS = re.compile(r'[!#"\\]')
_BRACES = re.compile(r'[{}"]')


def uncommented(line: str) -> tuple[str, bool]:
    """Return a line without comment and outer blanks, and whether a quote stays open.

    `!` and `#` begin a comment anywhere but between double quotes; `\\#` and `\\!` stand for themselves. A backslash
    at the end stays the last character, whatever the comment before it.
    """
    line = line.lstrip(" \t")
    if not _MARKS.search(line):
        return line.rstrip(" \t"), False
    kept, end, quoted, continued = _scan(line)
    text = kept[:end].rstrip(" \t")
    return (text + "\\" if continued else text), quoted


def _scan(line: str) -> tuple[str, int, bool, bool]:
    """Return the line with `\\#` undone, where its comment begins, and whether it ends in a quote or a backslash."""
    quoted = continued = False
    comment = -1
    at = 0
    while found := _MARKS.search(line, at):
        at = found.start()
        mark = line[at]
        if mark == "\\":
            if at + 1 == len(line):
                line, continued = line[:at], True
                break
            if not quoted and line[at + 1] in "#!":
                line = line[:at] + line[at + 1 :]
                at += 1
            else:
                at += 2
            continue
        if mark == '"':
            quoted ^= comment < 0
        elif not quoted and comment < 0:
            comment = at
        at += 1
    return line, len(line) if comment < 0 else comment, quoted, continued


def words_of(text: str) -> tuple[list[str], bool]:
    """Return the words of a line, double quotes taken away, and whether the quotes match."""
    if '"' not in text:
        return text.split() if text.isascii() else [word for word in re.split(f"[{BLANKS}]+", text) if word], True
    words: list[str] = []
    at = 0
    while True:
        while at < len(text) and text[at] in BLANKS:
            at += 1
        if at == len(text):
            return words, True
        if text[at] == '"':
            end = text.find('"', at + 1)
            if end < 0:
                return words, False
            words.append(text[at + 1 : end])
            at = end + 1
            continue
        start = at
        while at < len(text) and text[at] not in BLANKS and text[at] != '"':
            at += 1
        words.append(text[start:at])


def first_piece(text: str) -> tuple[str, str]:
    """Return what of a line stands before its first brace (or the brace itself) and the rest."""
    at = 0
    if text[:1] not in ("{", "}"):
        while found := _BRACES.search(text, at):
            at = found.start()
            if text[at] != '"':
                break
            at = text.find('"', at + 1) + 1
            if not at:
                return text.rstrip(" \t"), ""
        else:
            return text.rstrip(" \t"), ""
        return text[:at].rstrip(" \t"), text[at:].rstrip(" \t")
    return text[0], text[1:].strip(" \t")


_ESCAPES = {"a": "\a", "b": "\b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
# compiled when they are first used, by a command
_ESCAPE = r"(?s)x([0-9a-fA-F]+)|c(.)|([0-7]{1,3})|(.)"
_STOPS = {"": r"[ \t\f\n\r\v'\"\\]", '"': r'["\\]', "'": r"['\\]"}


class QuoteError(ValueError):
    """A quote stays open, or a backslash escapes nothing."""


def command_words(text: str) -> list[str]:
    """Return the words of a line that holds a command: both quotes, also inside a word, and escapes.

    Raises: QuoteError.
    """
    words: list[str] = []
    at = 0
    while True:
        while at < len(text) and text[at] in BLANKS:
            at += 1
        if at == len(text):
            return words
        word, at = _command_word(text, at)
        words.append(word)


def _command_word(text: str, at: int) -> tuple[str, int]:
    pieces: list[str] = []
    quote = ""
    while at < len(text):
        stop = re.compile(_STOPS[quote]).search(text, at)
        if stop is None:
            if quote:
                raise QuoteError(f"the quote {quote} stays open")
            return "".join(pieces) + text[at:], len(text)
        pieces.append(text[at : stop.start()])
        at, mark = stop.start(), stop.group()
        if mark == "\\":
            piece, at = _escaped(text, at + 1)
            pieces.append(piece)
        elif quote:
            quote, at = "", at + 1
        elif mark in "'\"":
            quote, at = mark, at + 1
        else:
            break
    return "".join(pieces), at


def _escaped(text: str, at: int) -> tuple[str, int]:
    found = re.compile(_ESCAPE).match(text, at)
    if found is None:
        raise QuoteError("a backslash at the end escapes nothing")
    number, control, octal, other = found.groups()
    if number:
        return chr(int(number, 16) & 0xFF), found.end()
    if control:
        return chr(ord(control) & 0x1F), found.end()
    if octal:
        return chr(int(octal, 8) & 0xFF), found.end()
    return _ESCAPES.get(other, other), found.end()
