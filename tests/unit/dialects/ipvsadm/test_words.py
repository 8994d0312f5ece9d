"""A command line, read as popt reads it."""

import pytest

from standfast.dialects.ipvsadm.words import BadOptionError, Words


def read(line: str) -> tuple[list[tuple[str, str | None]], list[str]]:
    words = Words(line.split())
    return [(option.name, option.value) for option in words], words.arguments


def test_short_options_may_be_glued() -> None:
    """If this failed, `-Ln` and `-w9` would be refused."""
    assert read("-Ln -w9 -s=rr") == ([("list", None), ("numeric", None), ("weight", "9"), ("scheduler", "rr")], [])


def test_the_persistence_timeout_may_be_missing() -> None:
    """If this failed, `-p -M MASK` would take the option for a number of seconds."""
    assert read("-p -M 1 -p 5 -p")[0] == [
        ("persistent", None),
        ("netmask", "1"),
        ("persistent", "5"),
        ("persistent", None),
    ]


def test_a_needed_value_may_look_like_an_option() -> None:
    """If this failed, `-w -1` would be an unknown option instead of a bad weight."""
    assert read("-w -1")[0] == [("weight", "-1")]


def test_what_is_no_option_is_kept() -> None:
    """If this failed, extra words would be lost."""
    assert read("--set 1 2 -- -3") == ([("set", None)], ["1", "2", "-3"])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--nosuch", "--nosuch: unknown option"),
        ("-nQ", "-nQ: unknown option"),
        ("-t", "-t: missing argument"),
        ("--numeric=3", "--numeric=3: option does not take an argument"),
    ],
)
def test_bad_options_are_told_in_popts_words(line: str, message: str) -> None:
    """If this failed, messages would differ from the real ipvsadm's."""
    with pytest.raises(BadOptionError) as wrong:
        read(line)
    assert str(wrong.value) == message
