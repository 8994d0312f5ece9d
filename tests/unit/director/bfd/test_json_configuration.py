"""A configuration as JSON."""

from __future__ import annotations

from ipaddress import ip_address

import pytest

from standfast.director import bfd
from standfast.director.bfd import json_configuration
from standfast.errors import ConfigError


def test_what_is_said_is_read() -> None:
    """A session would run with another's numbers."""
    text = '{"sessions": [{"name": "B", "neighbor": "fe80::2", "min_rx_us": 15000, "multiplier": 3, "passive": true}]}'
    session = bfd.SessionConfiguration("B", ip_address("fe80::2"), min_rx_us=15_000, multiplier=3, passive=True)
    assert json_configuration.read(text) == bfd.Configuration((session,))


def test_everything_wrong_is_told_at_once() -> None:
    """An operator would mend one fault at a time."""
    with pytest.raises(ConfigError) as refused:
        json_configuration.read('{"sessions": [{"name": "B", "neighbor": "10.0.0.300", "mult": 3}, {"name": "C"}]}')
    assert len(refused.value.reports) == 3
    with pytest.raises(ConfigError, match="multiplier 0"):
        json_configuration.read('{"sessions": [{"name": "B", "neighbor": "10.0.0.3", "multiplier": 0}]}')
