"""How many instances must run."""

from __future__ import annotations

import pytest

from standfast.dialects import what_if
from standfast.errors import ConfigError


def test_floors_in_words(document) -> None:
    """A floor would watch another resource, or another role."""
    found = what_if.floors(["2 data", "1 promoted data", "1 web"], document)
    assert [(f.number, f.resource, f.members, f.promoted) for f in found] == [
        (2, "data", ("db",), False), (1, "data", ("db",), True), (1, "web", ("web",), False),
    ]  # fmt: skip
    assert [str(f) for f in found] == ["2 data", "1 promoted data", "1 web"]


def test_a_promotable_clone_keeps_one(document) -> None:
    """A patch would end the database, and nobody asked for it to be watched."""
    assert [str(f) for f in what_if.implied(document)] == ["1 promoted data"]


@pytest.mark.parametrize("text", ["web", "many web", "1 started web", "1 nobody", ""])
def test_mistakes_are_told(document, text: str) -> None:
    """A floor that is none would never be broken."""
    with pytest.raises(ConfigError):
        what_if.floors([text], document)
