"""A configuration as JSON: the nouns' own names; addresses, networks and enumerations as text.

A script is its command line, or an object with `arguments`, `user`, `group` and `timeout_ms`.
"""

from __future__ import annotations

import shlex

from standfast.director import json_nouns
from standfast.director.checks import Script
from standfast.director.vrrp.configuration import Configuration, VirtualAddress
from standfast.director.vrrp.validation import reports

_SHORTHANDS: json_nouns.Shorthands = {
    VirtualAddress: lambda text: {"address": text},
    Script: lambda text: {"arguments": shlex.split(text)},
}


def read(text: str) -> Configuration:
    """Return what a text says.

    Raises: ConfigError with everything that is wrong.
    """
    return json_nouns.read(Configuration, text, "vrrp.json", reports, _SHORTHANDS)
