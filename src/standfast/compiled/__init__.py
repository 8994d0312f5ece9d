"""The compiled form of some modules, where there is one of these very sources; else they run as they are written.

A wheel holds it beside the modules, and nothing here is needed. In a checkout `tools/compile_modules.py` puts it under
`build/compiled`, with a stamp that names the sources it is of: what was edited since runs in its pure form.
"""

from standfast.compiled.live import bytecode
from standfast.compiled.live.finder import (
    BUILDS,
    SUFFIX,
    VARIABLE,
    deep_recursion,
    digest_of,
    form,
    install,
    library,
    lines_of,
    stamp,
    stamp_of,
)

__all__ = [
    "BUILDS",
    "SUFFIX",
    "VARIABLE",
    "bytecode",
    "deep_recursion",
    "digest_of",
    "form",
    "install",
    "library",
    "lines_of",
    "stamp",
    "stamp_of",
]
