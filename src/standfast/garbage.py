"""The collector of garbage, held back where hardly anything that is made is garbage."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def held_back(*, stays: bool = False) -> Iterator[None]:
    """Look for garbage once, afterwards; if what is made `stays`, never in that, nor in what was there before."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if stays:
            gc.freeze()
        elif collects:
            gc.collect(0)  # all of it is young: the rest of the process need not be looked at
        if collects:
            gc.enable()
