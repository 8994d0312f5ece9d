"""The lexical level as a whole: includes, conditions, definitions, sequences, braces, places."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.dialects.keepalived import Imagined, Level
from standfast.dialects.keepalived.lines import Reader, Reading


def read(text: str, config_id: str = "me", **files: str) -> Reading:
    named = {name.replace("_", "."): content for name, content in files.items()}
    return Reader(Imagined({"main.conf": text, **named}), config_id).read("main.conf")


def texts(text: str, **files: str) -> list[str]:
    return [" ".join(line.words) for line in read(text, **files).lines]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a { b }\n", ["a", "{", "b", "}"]),
        ("a{\nb\n}", ["a", "{", "b", "}"]),
        ("a\n{\nb }\n", ["a", "{", "b", "}"]),
        ("a\r\n  b c\r\n", ["a", "b c"]),
        ("@me a\n@other b\n@^other c\n@^me d\n@ e\n", ["a", "c"]),
        ("$X=1\na $X\nb ${X}c\nc $Xd\nd $Y\n", ["a 1", "b 1c", "c $Xd", "d $Y"]),
        ("a $X\n$X=1\nb $X\n", ["a $X", "b 1"]),
        ("$X=$Y\n$Y=2\na $X\n", ["a 2"]),
        ("$X =1\n", ["$X =1"]),
        ("$B=\\\nx 1 \\\ny 2\na\n$B\nb\n", ["a", "x 1", "y 2", "b"]),
        ("$I=\\\n i 1\n$B=\\\nx \\\n$I \\\ny\n$B\n", ["x", "i 1", "y"]),
        ("a ${_INSTANCE} ${_RANDOM 3 3}\n", ["a me 3"]),
        ("~SEQ(X, 3) a $X\n", ["a 1", "a 2", "a 3"]),
        ("~SEQ(X, 5, -2, 1) a $X\n", ["a 5", "a 3", "a 1"]),
        ("~SEQx(X, 9, 11) a $X\n", ["a 9", "a a", "a b"]),
        ("~SEQ(X, 1, 2) ~SEQ(Y, 1, 2) a $X $Y\n", ["a 1 1", "a 1 2", "a 2 1", "a 2 2"]),
        ("~LST(X, p, q) a $X\n", ["a p", "a q"]),
        ("~LST({X,Y}, {p, 1}, {q}) a ${X}=${Y}\n", ["a p=1", "a q="]),
    ],
)
def test_text_becomes_lines_in_keepalived_s_order(text: str, lines: list[str]) -> None:
    """If this failed, a file would say something else here than to keepalived."""
    assert texts(text) == lines


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x${_RANDOM 5 5}y", ["x5y_RANDOM", "5", "5", "}", "y"]),
        ("x${_RANDOM 5 5}yzw", ["x5y_RANDOM", "5", "5", "}", "yzw"]),
        ("x${_RANDOM 5 5 5}", ["x5"]),
        ("x${_RANDOM 32767}y", ["x32767yDOM", "32767", "}", "y"]),
        ("x${_RANDOM 18446744073709551615 18446744073709551615}", ["x-"]),
        ("x${_RANDOM 5  }", ["x$", "{", "_RANDOM", "5", "}"]),
        ("x${_RANDOM a b}", ["x$", "{", "_RANDOM", "a", "b", "}"]),
        ("$V=4\nx${V }y", ["x4", "}", "y"]),
        ("x${_PWD 5}", ["x$", "{", "_PWD", "5", "}"]),
        ("~LST(V, a}, b) x${V}y", []),
        ("~LST({V,W}, {a,b,c}) x$V", []),
        ("~LST({V,W}, {,b},{c,}) x${V}y${W}", ["xyb", "xcy"]),
        ("~LST(V, {a}, b) x${V}", ["xa", "xb"]),
        ("~LST(V, a,, b) x${V}y", ["xay", "xy", "xby"]),
        ("~LST(V a) x$V", []),
    ],
)
def test_odd_forms_are_read_as_the_real_one_reads_them(text: str, words: list[str]) -> None:
    """If this failed, a file that keepalived refuses would be taken here, or the other way round. All were tried."""
    assert [word for line in read(text + "\n").lines for word in line.words] == words


def test_a_sequence_without_end_is_given_up() -> None:
    """If this failed, a mistyped number would take all of the machine's memory."""
    around = Imagined({"main.conf": "~SEQ(V, 1, 18446744073709551615) @other $V\n"})
    reading = Reader(around, "me", lines_max=1000).read("main.conf")
    assert [note.code for notes in reading.notes.values() for note in notes] == ["too-long"]


def test_included_files_come_in_place_and_names_are_relative_to_them() -> None:
    """If this failed, /etc/keepalived/conf.d would be read from elsewhere, or not at all."""
    around = Imagined({"main.conf": "a\ninclude d/x.inc\nb\n", "d/x.inc": "c\ninclude y.inc\n", "d/y.inc": "d\n"})
    reading = Reader(around, "me").read("main.conf")
    assert [line.words[0] for line in reading.lines] == ["a", "c", "d", "b"]
    assert [(line.spot.origin.name, line.spot.number) for line in reading.lines] == [
        ("main.conf", 1), ("d/x.inc", 1), ("y.inc", 1), ("main.conf", 3),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("include nosuch\n", Level.NOTICE),
        ("includem nosuch\n", Level.CHECKED_INCLUDE),
        ("includer nosuch\n", Level.NOTICE),
        ("include_check match\ninclude nosuch\n", Level.CHECKED_INCLUDE),
        ("include_check\ninclude nosuch\n", Level.CHECKED_INCLUDE),
        ("include_check match -match\ninclude nosuch\n", Level.NOTICE),
    ],
)
def test_how_bad_a_missing_include_is_depends_on_what_is_checked(text: str, level: Level) -> None:
    """If this failed, a missing part would pass unnoticed, or an optional one stop everything."""
    notes = [note for notes in read(text).notes.values() for note in notes]
    assert [note.level for note in notes] == [level]


@pytest.mark.parametrize(
    "text",
    [
        "~SEQ(X, 14, 1, 10) a\n", "~SEQ(X) a\n", "~SEQ(X, y) a\n", "~SEQ X a\n", "~SEQx(X, -3) a\n", "~LST(X) a\n",
        "~LST({X,Y}, {1,2,3}) a\n", "~LST({X, {1}) a\n", "$A=$A\na $A\n", "}\n", 'a "b\n',
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_told_and_reading_goes_on(text: str) -> None:
    """If this failed, one bad line would hide all that follows, or reading never end."""
    reading = read(text + "after it\n")
    assert [note.place.line for notes in reading.notes.values() for note in notes][:1] == [text.count("\n")]
    assert reading.lines[-1].words == ["after", "it"]


def test_files_that_include_each_other_come_to_an_end() -> None:
    """If this failed, a file that includes itself would fill the memory of the machine."""
    reading = read("a\ninclude main.conf\n")
    assert len(reading.lines) < 100
    assert any(note.level is Level.FATAL for notes in reading.notes.values() for note in notes)


PARTS = st.lists(
    st.sampled_from([["x"], ["y"], ["c {", "x", "}"], ["c {", "x", "y", "}"], ["{"], ["}"], [""]]), max_size=3
)
BLOCKS = PARTS.map(lambda parts: ["b {", *(line for part in parts for line in part), "}"])


@given(st.lists(BLOCKS, min_size=1, max_size=4), st.lists(st.integers(0, 3), min_size=2, max_size=8), st.booleans())
def test_what_stands_again_is_read_as_what_is_new(blocks: list[list[str]], order: list[int], ends: bool) -> None:
    """A real server that is like another would lose a line, or its block end in another one."""
    chosen = [line for number in order for line in blocks[number % len(blocks)]]
    plain, commented = (read("\n".join(line + end for line in chosen) + "\n" * ends) for end in ("", "  # a remark"))
    assert [line.words for line in plain.lines] == [line.words for line in commented.lines]
    spots = [[(line.spot.number, line.spot.unended) for line in each.lines] for each in (plain, commented)]
    assert spots[0] == spots[1]
    assert plain.lines.closes == commented.lines.closes
    assert plain.open_braces == commented.open_braces
    assert plain.notes.keys() == commented.notes.keys()


def test_each_brace_knows_its_partner_and_open_ones_are_counted() -> None:
    """If this failed, skipping an unwanted block would end in the wrong place."""
    reading = read("a {\n b { c\n }\n}\nd {\n")
    opening = [n for n, line in enumerate(reading.lines) if line.words == ["{"]]
    assert [(n, reading.lines.closes[n]) for n in opening] == [(1, 6), (3, 5), (8, -1)]
    assert reading.open_braces == 1
