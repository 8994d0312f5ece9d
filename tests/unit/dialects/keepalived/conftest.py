"""Configurations as text, read on a machine that is made up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from standfast.dialects.keepalived import Imagined, Source, read_source

Read = Callable[..., Source]


@pytest.fixture
def read() -> Read:
    """Return what reads a text as `main.conf`, with other files and changes of the machine."""

    def reading(text: str, config_id: str = "", files: dict[str, str] | None = None, **machine: object) -> Source:
        around = Imagined({"main.conf": text, **(files or {})}, **machine)  # type: ignore[arg-type]
        return read_source("main.conf", around, config_id)

    return reading
