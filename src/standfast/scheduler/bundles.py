"""Bundles."""

from __future__ import annotations

from typing import Any


def unpack(bundle: Any, unpack_resource: Any) -> bool:
    return False
