"""The command `standfast`, and the names it is also installed under (`crm`, `crm_mon`, `crm_attribute`, …).

What is imported first says where the rest is to come from.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from standfast import compiled


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the words say; return the exit status. `argv` begins with the name of the program."""
    if argv is None:
        compiled.bytecode.use()
    from standfast.cli import personalities

    return personalities.run(sys.argv if argv is None else argv)


if __name__ == "__main__":
    sys.exit(main())
