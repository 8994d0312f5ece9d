"""How cuts are written."""

import pytest

from standfast.errors import RequestError
from standfast.lab import partition

NAMES = ["n1", "n2", "n3"]


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (["n1", "n2|n3"], (("n1", "n2"), ("n3",))),
        (["n1 n2|n3"], (("n1", "n2"), ("n3",))),
        (["n1", "|", "n2", "n3"], (("n1",), ("n2", "n3"))),
        (["n1|n2|n3"], (("n1",), ("n2",), ("n3",))),
        (["n3"], (("n1", "n2"), ("n3",))),
        (["n1", "n2", "n3"], (("n1", "n2", "n3"),)),
    ],
)
def test_parts(words: list[str], parts: tuple[tuple[str, ...], ...]) -> None:
    """The wrong nodes would be cut from each other."""
    assert partition.parse(words, NAMES) == parts


@pytest.mark.parametrize("words", [[], ["n1|"], ["|n1 n2"], ["n4"], ["n1 n1|n2 n3"], ["n1|n2"], ["n1|n2|n1 n3"]])
def test_refused(words: list[str]) -> None:
    """A slip of the operator would cut something else than was meant."""
    with pytest.raises(RequestError):
        partition.parse(words, NAMES)
