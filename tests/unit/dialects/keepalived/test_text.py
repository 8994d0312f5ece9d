"""Comments, words and braces of one line."""

from __future__ import annotations

import pytest

from standfast.dialects.keepalived.text import QuoteError, command_words, first_piece, uncommented, words_of


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("  a b # c", "a b"),
        ("a!b", "a"),
        ("#", ""),
        ('a "b # c" # d', 'a "b # c"'),
        (r"a \# b", "a # b"),
        (r"a \! b # c", "a ! b"),
        ("a // b ; c", "a // b ; c"),
        ("a  \\", "a\\"),
        ("a # b \\", "a\\"),
        (r"a \\ b", r"a \\ b"),
    ],
)
def test_a_comment_ends_the_line_but_not_between_quotes(line: str, text: str) -> None:
    """If this failed, a password with a # would be cut, or a comment read as configuration."""
    assert uncommented(line) == (text, False)


def test_a_quote_that_stays_open_is_told() -> None:
    """If this failed, the rest of a line would vanish into a word without a word."""
    assert uncommented('a "b # c') == ('a "b # c', True)
    assert words_of('a "b c') == (["a"], False)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a  b\tc", ["a", "b", "c"]),
        ('a "b c" d', ["a", "b c", "d"]),
        ('a"b c"d', ["a", "b c", "d"]),
        ("a 'b c'", ["a", "'b", "c'"]),
        ('""', [""]),
        ("a\u00a0b", ["a\u00a0b"]),
    ],
)
def test_words_are_split_at_blanks_and_double_quotes(text: str, words: list[str]) -> None:
    """If this failed, arguments would be counted otherwise than keepalived counts them."""
    assert words_of(text) == (words, True)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (r"notify '/bin/x a\'b' root", ["notify", "/bin/x a'b", "root"]),
        (r'script "a \"b\" c"', ["script", 'a "b" c']),
        (r"script a\ b\x41\102\cAc", ["script", "a bAB\x01c"]),
        ("script /bin/'a b'c", ["script", "/bin/a bc"]),
        (r"script \n\t", ["script", "\n\t"]),
    ],
)
def test_a_command_has_both_quotes_and_escapes(text: str, words: list[str]) -> None:
    """If this failed, a notify script would be started with other arguments."""
    assert command_words(text) == words


@pytest.mark.parametrize("text", ["notify '/bin/true", "notify \"a'", "notify a\\"])
def test_a_command_whose_quote_stays_open_is_refused(text: str) -> None:
    """If this failed, half a command would run."""
    with pytest.raises(QuoteError):
        command_words(text)


@pytest.mark.parametrize(
    ("text", "piece", "rest"),
    [
        ("a b", "a b", ""),
        ("a b {", "a b", "{"),
        ("a 80{ b", "a 80", "{ b"),
        ("{ b }", "{", "b }"),
        ("} c", "}", "c"),
        ('a "{" {', 'a "{"', "{"),
        ('a "{', 'a "{', ""),
    ],
)
def test_braces_stand_alone_whatever_they_are_glued_to(text: str, piece: str, rest: str) -> None:
    """If this failed, one-line blocks and glued braces, which real files have, would not be read."""
    assert first_piece(text) == (piece, rest)
