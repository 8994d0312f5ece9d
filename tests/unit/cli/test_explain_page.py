"""docs/explain.md shows what the commands print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = (ROOT / "docs" / "explain.md").read_text()
EXAMPLES = re.findall(r"^```\n\$ standfast ([^\n]*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
FILES = dict(re.findall(r"`(\w+\.xml)` is `([\w-]+)`", PAGE))


def test_there_are_examples() -> None:
    """The page would be words alone, and the test below would test nothing."""
    assert len(EXAMPLES) >= 4
    assert set(FILES) == {"cluster.xml", "lost.xml", "db.xml"}


@pytest.mark.parametrize(("words", "expected"), EXAMPLES, ids=[words for words, _ in EXAMPLES])
def test_the_examples_are_what_is_printed(words: str, expected: str, run) -> None:
    """People would look for what the page shows, and not find it."""
    golden = ROOT / "tests" / "golden" / "scheduler"
    arguments = [str(golden / FILES[word] / "input.xml") if word in FILES else word for word in shlex.split(words)]
    _, out, err = run(*arguments)
    assert (out, err) == (expected, "")
