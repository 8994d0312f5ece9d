"""msgspec, imported without typing_extensions: whatever is imported first takes it from here.

What msgspec wants of typing_extensions, where that is installed, `typing` has since Python 3.11. It brings `inspect`
and `ast` along: a third of the time and half of the memory that an import of msgspec takes, at each start of every
command.
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
