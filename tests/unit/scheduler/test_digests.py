"""Digests of parameters."""

from __future__ import annotations

import pytest

from standfast.scheduler import digests


def test_no_parameters() -> None:
    """Each resource without parameters would be restarted after an upgrade from Pacemaker."""
    assert digests.digest({}) == "f2317cad3d54cec5d7d7aa7d0bf35cf8"


def test_the_order_of_parameters_does_not_matter() -> None:
    """A resource would be restarted because somebody sorted its parameters."""
    assert digests.digest({"a": "1", "b": "2"}) == digests.digest({"b": "2", "a": "1"})
    assert digests.digest({"a": "1"}) != digests.digest({"a": "2"})


@pytest.mark.parametrize("name", ["CRM_meta_name", "crm_feature_set", "on_node", "CRM_meta_timeout"])
def test_what_is_no_parameter_does_not_count(name: str) -> None:
    """A longer timeout for the start would restart the resource."""
    assert digests.digest({name: "x"}) == digests.digest({})


def test_the_timeout_of_a_monitor_counts() -> None:
    """A monitor would keep its old timeout."""
    every = {"CRM_meta_interval": "10000"}
    assert digests.digest({**every, "CRM_meta_timeout": "1"}) != digests.digest({**every, "CRM_meta_timeout": "2"})
