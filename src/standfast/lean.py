"""msgspec, imported without typing_extensions: whatever is imported first takes it from here.

What msgspec wants of typing_extensions, where that is installed, `typing` has since Python 3.11. It brings `inspect`
and `ast` along: a quarter of the time that an import of msgspec takes, and half of the memory, at each start of a
command that needs neither.
"""

from __future__ import annotations

import sys

_UNWANTED = "typing_extensions"

if _UNWANTED in sys.modules:
    import msgspec
else:
    sys.modules[_UNWANTED] = None  # type: ignore[assignment]  # so an import of it fails
    try:
        import msgspec
    finally:
        del sys.modules[_UNWANTED]

__all__ = ["msgspec"]
