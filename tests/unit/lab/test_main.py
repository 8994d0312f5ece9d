"""The lab's command line."""

import argparse
import re
from pathlib import Path

import pytest

from standfast.lab import demo, main

TEXT = (Path(__file__).resolve().parents[3] / "docs" / "lab.md").read_text()


def subcommands(parser: argparse.ArgumentParser) -> dict[str, argparse.ArgumentParser]:
    (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def options(parser: argparse.ArgumentParser) -> set[str]:
    return {option for action in parser._actions for option in action.option_strings} - {"-h", "--help"}


@pytest.mark.parametrize("name", sorted(subcommands(main.parser())))
def test_every_command_is_documented_with_its_options(name: str) -> None:
    """People would have to read the source to use a lab."""
    assert re.search(rf"^\| `{name}\b", TEXT, re.MULTILINE)
    assert sorted(o for o in options(subcommands(main.parser())[name]) if o not in TEXT) == []


def test_every_option_of_the_demonstration_is_documented() -> None:
    """People would have to read the source to use the demonstration."""
    assert sorted(o for o in options(demo.parser()) if f"`{o}" not in TEXT) == []


@pytest.mark.parametrize("words", [[], ["explode"], ["kill"], ["up", "--nodes", "many"], ["cut"]])
def test_wrong_words_end_with_the_usage(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A slip would end with a traceback, or do something."""
    assert main.main(words) == 64
    assert "usage:" in capsys.readouterr().err


def test_a_name_is_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A name could reach outside the folder of all labs."""
    assert main.main(["status", "--name", "../x"]) == 64
    assert "no name for a lab" in capsys.readouterr().err
