"""The number in a tracked file, as strtol(3) reads it."""

from __future__ import annotations

import pytest

from standfast.director.vrrp.file_values import number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5\n", 5), ("-20", -20), ("  +7 rest", 7), ("0x10", 16), ("010", 8), ("", 0), ("up", 0), ("-", 0),
        ("12.5", 12), ("2147483648", 2**31), ("2147483649", None), ("-99999999999", None),
    ],
)  # fmt: skip
def test_numbers(text: str, value: int | None) -> None:
    """A router's priority would be another than what an operator wrote."""
    assert number(text) == value
