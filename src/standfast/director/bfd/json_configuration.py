"""A configuration as JSON: the nouns' own names; addresses as text."""

from __future__ import annotations

from standfast.director import json_nouns
from standfast.director.bfd.configuration import Configuration, reports


def read(text: str) -> Configuration:
    """Return what a text says.

    Raises: ConfigError with everything that is wrong.
    """
    return json_nouns.read(Configuration, text, "bfd.json", reports, {})
