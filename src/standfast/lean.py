"""msgspec, imported without what nothing of ours needs of it: whatever is imported first takes it from here.

That is half of the memory that an import of msgspec takes, and more of the time, at each start of a command.

- What it wants of typing_extensions, where that is installed, `typing` has since Python 3.11. It brings `inspect` and
  `ast` along.
- `datetime` runs its form in Python before it takes the compiled one, which msgspec is given at once: the types are
  the same.
- UUIDs and decimal numbers are in nothing that we encode or decode. msgspec knows other types in their place, and
  refuses the real ones as it does all that it does not know. `uuid` brings `platform` along.
- `msgspec.inspect`, `toml`, `yaml` and the schemas of `msgspec.json` are left out. Whoever imports one of these three
  by its name has it.

Afterwards the modules that were withheld are there for everybody who imports them.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

_UNWANTED = ("inspect", "toml", "yaml")
_SCHEMAS = ("schema", "schema_components")


class _UUID:
    """In the place of `uuid.UUID`."""


class _SafeUUID:
    """In the place of `uuid.SafeUUID`."""

    unknown = None


class _Decimal:
    """In the place of `decimal.Decimal`."""


def _module(name: str, **content: object) -> ModuleType:
    made = ModuleType(name)
    made.__dict__.update(content)
    return made


def _stand_ins() -> dict[str, ModuleType | None]:
    """Return what stands in the place of modules while msgspec is imported."""
    return {
        "typing_extensions": None,
        "datetime": importlib.import_module("_datetime"),
        "uuid": _module("uuid", UUID=_UUID, SafeUUID=_SafeUUID),
        "decimal": _module("decimal", Decimal=_Decimal),
        "msgspec._json_schema": _module("msgspec._json_schema", **dict.fromkeys(_SCHEMAS)),
        **{f"msgspec.{name}": _module(f"msgspec.{name}") for name in _UNWANTED},
    }


@contextmanager
def _withheld() -> Iterator[None]:
    """Have stand-ins in the place of those modules that are not there already."""
    found = {name: module for name, module in _stand_ins().items() if name not in sys.modules}
    sys.modules.update(found)  # type: ignore[arg-type]  # an import of None fails
    try:
        yield
    finally:
        for name in found:
            del sys.modules[name]


if "msgspec" in sys.modules:
    import msgspec
else:
    with _withheld():
        import msgspec
    for name in _UNWANTED:
        delattr(msgspec, name)
    for name in _SCHEMAS:
        delattr(msgspec.json, name)

__all__ = ["msgspec"]
