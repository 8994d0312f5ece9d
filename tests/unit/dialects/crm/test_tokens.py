"""Words and their places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.dialects.crm import tokens
from standfast.errors import Report


def words(text: str) -> list[list[str]]:
    reports: list[Report] = []
    found = [[t.text for t in s.tokens] for s in tokens.split(text, "f", reports)]
    assert reports == []
    return found


def codes(text: str) -> list[tuple[str, int, int]]:
    reports: list[Report] = []
    tokens.split(text, "f", reports)
    return [(r.code, r.place.line, r.place.column) for r in reports]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("primitive a Dummy\n\n  group g a\n", [["primitive", "a", "Dummy"], ["group", "g", "a"]]),
        ('params ip="1.2.3.4" text="a \\"b\\" \\\\ c"', [["params", "ip=1.2.3.4", 'text=a "b" \\ c']]),
        ("params a='b \\ c' x=a\\ b", [["params", "a=b \\ c", "x=a b"]]),
        ("primitive a \\\n\tDummy \\\n\top monitor", [["primitive", "a", "Dummy", "op", "monitor"]]),
        ("a b\\  \n  c\\\nd", [["a", "b", "cd"]]),
        ('a "b \\\nc"', [["a", "b c"]]),
        ("# comment\nprimitive a Dummy # is a word", [["primitive", "a", "Dummy", "#", "is", "a", "word"]]),
        ("location l a rule \\\n #uname eq n1", [["location", "l", "a", "rule", "#uname", "eq", "n1"]]),
        ("a b\r\nc d\r\n", [["a", "b"], ["c", "d"]]),
        ("\ufeffa b", [["a", "b"]]),
        ("a \\", [["a"]]),
        ("", []),
        ("crm configure property a=b", [["property", "a=b"]]),
        ("crm(live)configure# property a=b", [["property", "a=b"]]),
        ("crm(live/n1)configure# commit", [["commit"]]),
        ('a ""', [["a", ""]]),
    ],
)
def test_text_is_split_as_a_shell_splits_it(text: str, expected: list[list[str]]) -> None:
    """If this failed, values with blanks or quotes would be configured wrongly."""
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('a b\nprimitive x Dummy params a="b c\nd', [("crm.quote-open", 2, 28)]),
        ("params a=\u201cb\u201d", [("crm.typographic", 1, 10), ("crm.typographic", 1, 12)]),
        ("a\nb \x01c", [("crm.character", 2, 3)]),
        ('text="\u201cquoted\u201d"', []),
    ],
)
def test_bad_words_are_reported_with_their_places(text: str, expected: list[tuple[str, int, int]]) -> None:
    """If this failed, a quote forgotten in a long file could not be found."""
    assert codes(text) == expected


def test_places_point_into_joined_lines() -> None:
    """If this failed, reports on long statements would point to the wrong line."""
    (statement,) = tokens.split("primitive a \\\n\tDummy \\\n  params  x=y", "f", [])
    assert [(t.text, t.line, t.column) for t in statement.tokens[2:]] == [
        ("Dummy", 2, 2),
        ("params", 3, 3),
        ("x=y", 3, 11),
    ]
    assert str(statement.place(statement.tokens[-1])) == "f:3:11"
    assert str(statement.place()) == "f:3:14"


def test_comments_belong_to_the_statement_after_them() -> None:
    """If this failed, people's comments would be lost when a file is loaded."""
    first, second = tokens.split("# one\n# two\nprimitive a Dummy\nprimitive b Dummy", "f", [])
    assert first.comments == ("# one", "# two")
    assert second.comments == ()


def test_xml_is_kept_as_written() -> None:
    """If this failed, XML with quotes in it could not be loaded."""
    (statement,) = tokens.split("xml <a b='c d'> \\\n  <e/> \\\n</a>\n", "f", [])
    assert statement.raw == "<a b='c d'> \n  <e/> \n</a>"


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=80))
def test_any_text_can_be_split(text: str) -> None:
    """If this failed, a broken file would crash the reader instead of being reported."""
    reports: list[Report] = []
    for statement in tokens.split(text, "f", reports):
        for token in statement.tokens:
            assert token.line >= 1
            assert token.column >= 1
