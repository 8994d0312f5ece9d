"""Compare the tables that a director sets with those that keepalived sets, as `uml_keepalived.py` recorded both.

  keepalived_tables.py EXPECTED RECORDED

Both are its JSON documents of `--what tables,down`. Of `tables` the start tables are compared, of `down` the first
table that is not empty and the last, and all in their order if `--all` is given. Prints each difference, and how many
are equal.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Table = list[str]
Case = tuple[str, list[Table], list[Table]]


def started(expected: dict[str, Any], found: dict[str, Any]) -> Iterator[Case]:
    """Yield the start tables of each configuration that both have, by its name; a label before it does not count."""
    ours = {name.rpartition("/")[2]: case for name, case in found.items()}
    for label, case in expected.items():
        name = label.rpartition("/")[2]
        if name in ours:
            yield name, [sorted(case["table"])], [sorted(ours[name]["table"])]


def gone(expected: dict[str, Any], found: dict[str, Any], whole: bool) -> Iterator[Case]:
    """Yield the tables of each configuration with dead real servers."""
    for name, case in expected.items():
        yield f"down {name}", seen(case, whole), seen(found.get(name, {"seen": []}), whole)


def seen(case: dict[str, Any], whole: bool) -> list[Table]:
    """Return the first and the last table, or all, without what was empty before the start."""
    tables = [sorted(table) for _, table in case["seen"]]
    while tables and not tables[0]:
        tables.pop(0)
    return tables if whole else tables[:1] + tables[-1:]


def main() -> int:
    """Compare; return 1 if something differs."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("expected", type=Path)
    options.add_argument("recorded", type=Path)
    options.add_argument("--all", action="store_true", help="of `down` all tables in their order")
    words = options.parse_args()
    expected, found = json.loads(words.expected.read_text()), json.loads(words.recorded.read_text())
    cases = list(started(expected.get("tables", {}), found.get("tables", {})))
    if "down" in found:
        cases += gone(expected.get("down", {}), found["down"], words.all)
    equal = 0
    for name, wanted, got in cases:
        if wanted == got:
            equal += 1
        else:
            print(f"{name}\n  keepalived {json.dumps(wanted)}\n  recorded   {json.dumps(got)}")
    print(f"{equal} of {len(cases)} equal")
    return equal != len(cases)


if __name__ == "__main__":
    raise SystemExit(main())
