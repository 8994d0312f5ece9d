"""Bundles."""

from __future__ import annotations

from typing import Any


def create_actions(*args: Any) -> Any:
    raise AssertionError


create_probe = internal_constraints = action_flags = create_actions
