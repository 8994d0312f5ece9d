"""How cuts are written."""

import pytest

from standfast.errors import RequestError
from standfast.lab import cut

NAMES = ["n1", "n2", "n3"]


@pytest.mark.parametrize(
    ("words", "components"),
    [
        (["n1", "n2|n3"], (("n1", "n2"), ("n3",))),
        (["n1 n2|n3"], (("n1", "n2"), ("n3",))),
        (["n1", "|", "n2", "n3"], (("n1",), ("n2", "n3"))),
        (["n1|n2|n3"], (("n1",), ("n2",), ("n3",))),
        (["n3"], (("n1", "n2"), ("n3",))),
        (["n1", "n2", "n3"], (("n1", "n2", "n3"),)),
    ],
)
def test_components(words: list[str], components: tuple[tuple[str, ...], ...]) -> None:
    """The wrong nodes would be cut from each other."""
    assert cut.parse(words, NAMES) == components


@pytest.mark.parametrize("words", [[], ["n1|"], ["|n1 n2"], ["n4"], ["n1 n1|n2 n3"], ["n1|n2"], ["n1|n2|n1 n3"]])
def test_refused(words: list[str]) -> None:
    """A slip of the operator would cut something else than was meant."""
    with pytest.raises(RequestError):
        cut.parse(words, NAMES)
