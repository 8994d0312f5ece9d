"""What msgspec is imported without, and what it does all the same."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

SOURCES = Path(__file__).parents[2] / "src" / "standfast"
UNNEEDED = {"uuid", "platform", "decimal", "datetime", "textwrap", "typing_extensions", "inspect", "msgspec.inspect"}
USERS = {"dialects/keepalived/route_words.py", "daemons/node.py"}
"""Count with decimal numbers, and make a text of a UUID at once."""


def printed(script: str) -> str:
    """Return what a script prints in a process of its own, where nothing is imported yet."""
    begin = f"import sys; sys.path[:] = {sys.path!r}\nfrom standfast.lean import msgspec\n"
    return subprocess.run([sys.executable, "-c", begin + script], capture_output=True, text=True, check=True).stdout


def test_msgspec_comes_alone() -> None:
    """Each start of each command would take tens of milliseconds longer where memory is dear, unnoticed."""
    there = set(printed("print(*sys.modules)").split())
    assert {"msgspec", "msgspec.json", "msgspec.msgpack", "msgspec.structs"} <= there
    assert not UNNEEDED & there


def test_times_are_what_they_are_for_everybody() -> None:
    """A time that msgspec read would be none for the code that asks for its year."""
    script = """
from datetime import datetime
text = msgspec.json.encode(datetime(2024, 2, 29))
found = msgspec.json.decode(text, type=datetime)
print(type(found) is datetime, found.year, text)
"""
    assert printed(script) == "True 2024 b'\"2024-02-29T00:00:00\"'\n"


def test_what_was_withheld_is_there_for_who_imports_it() -> None:
    """A library in the same process would find a module without its content."""
    script = """
import decimal, uuid, msgspec.inspect, msgspec.yaml
print(decimal.Decimal("1.5") * 2, uuid.UUID(int=1).int)
print(msgspec.inspect.type_info(uuid.UUID) == msgspec.inspect.UUIDType(), callable(msgspec.yaml.decode))
"""
    assert printed(script).split() == ["3.0", "1", "True", "True"]


def test_what_msgspec_does_not_know_is_refused() -> None:
    """A number or name would be written as something that nobody reads again."""
    script = """
import decimal, uuid
for value in (decimal.Decimal(1), uuid.UUID(int=1)):
    try:
        print(msgspec.json.encode(value))
    except TypeError:
        print("refused")
"""
    assert printed(script).split() == ["refused", "refused"]


def test_nothing_that_we_encode_holds_what_msgspec_does_not_know() -> None:
    """A message would be refused when it is sent: only a test that sends it would tell."""
    imports = re.compile(r"^\s*(?:import|from) (?:uuid|decimal)\b", re.MULTILINE)
    found = {str(path.relative_to(SOURCES)) for path in SOURCES.rglob("*.py") if imports.search(path.read_text())}
    assert found == USERS
