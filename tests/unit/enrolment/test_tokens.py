"""Tokens."""

import pytest

from standfast.enrolment import tokens
from standfast.errors import Exit, RequestError


def test_a_token_is_read_as_it_was_printed() -> None:
    """Nobody could join."""
    token = tokens.Token(bytes(range(16)), bytes(range(32)))
    assert tokens.parse(f" {token}\n") == token
    assert len(str(token)) == 81


@pytest.mark.parametrize(
    "text", ["", "sf1-abc", "sf1-" + "1" * 77, "x" * 81, str(tokens.Token(b"a" * 16, b"b" * 32))[4:]]
)
def test_what_is_no_token_is_refused(text: str) -> None:
    """A typing mistake would end in an error of a library."""
    with pytest.raises(RequestError, match="standfast cluster invite") as refused:
        tokens.parse(text)
    assert refused.value.exit_status == Exit.USAGE
