"""What people can type is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from standfast.cli import app, documents, personalities
from standfast.cli.crm import shell
from standfast.dialects import crm
from standfast.errors import Exit

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "commands.md").read_text()


def commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Return every command of an application with its path."""
    below = getattr(command, "commands", None)
    if below:
        for name, child in below.items():
            yield from commands(child, f"{path} {name}")
    else:
        yield path, command


ALL = dict(commands(typer.main.get_command(app.build()), "standfast"))


def section(path: str) -> str:
    """Return what the page says of a command."""
    found = re.search(rf"^### `{re.escape(path)}( [^`]*)?`\n(.*?)(?=^##)", TEXT, re.MULTILINE | re.DOTALL)
    return found[2] if found else ""


@pytest.mark.parametrize("path", sorted(ALL))
def test_every_option_of_every_command_is_documented(path: str) -> None:
    """If this failed, people would have to read the source to use a command."""
    text = section(path)
    assert text, f"docs/commands.md has no section for {path}"
    options = {o for p in ALL[path].params for o in (*p.opts, *p.secondary_opts) if o.startswith("-")}
    missing = sorted(o for o in options - {"--help", "-h"} if f"`{o}" not in text)
    assert missing == []


def test_no_section_is_about_a_command_that_is_gone() -> None:
    """If this failed, the page would describe what does not exist."""
    named = re.findall(r"^### `(standfast [^`]*)`", TEXT, re.MULTILINE)
    assert [n for n in named if not any(n == path or n.startswith(path + " ") for path in ALL)] == []


@pytest.mark.parametrize("name", sorted({*personalities.PERSONALITIES, *personalities.TOOLS, "configure"}))
def test_every_personality_is_named(name: str) -> None:
    """If this failed, nobody would know that a tool's name is spoken."""
    assert re.search(rf"\b{re.escape(name)}\b", TEXT)


def test_every_command_of_the_crm_shell_is_named() -> None:
    """If this failed, a command of the crm shell could only be found by trying."""
    import importlib

    words = {w for module in shell.LEVELS.values() for w in importlib.import_module(module).COMMANDS}
    hidden = {"get-property", *importlib.import_module("standfast.cli.crm.documents").COMMANDS}
    missing = [w for w in sorted(words - hidden | set(crm.COMMANDS)) if not re.search(rf"\b{re.escape(w)}\b", TEXT)]
    assert [w for w in missing if w not in ("collocation", "master", "fencing-topology")] == []


def test_options_of_the_document_commands_are_named() -> None:
    """If this failed, `cib` would have secret options."""
    text = TEXT.split("## `standfast cib`")[1].split("\n## ")[0]
    actions = [a for p in (documents.parser(), *_subparsers(documents.parser())) for a in p._actions]
    options = {o for a in actions for o in a.option_strings} - {"-h", "--help"}
    assert sorted(o for o in options if o not in text) == []


def _subparsers(parser: Any) -> list[Any]:
    return [
        p for a in parser._actions if hasattr(a, "choices") and isinstance(a.choices, dict) for p in a.choices.values()
    ]


def test_every_report_of_our_languages_is_explained() -> None:
    """If this failed, a code in a message could not be looked up."""
    sources = [*(ROOT / "src/standfast/dialects").rglob("*.py"), *(ROOT / "src/standfast/cli").rglob("*.py")]
    codes = {c for path in sources for c in re.findall(r'"((?:crm|cli)\.[a-z-]+)"', path.read_text())}
    assert sorted(c for c in codes if f"`{c}`" not in TEXT) == []
    assert len(codes) > 30


def test_every_finding_of_the_doctor_is_explained() -> None:
    """If this failed, a code of the director's doctor could not be looked up."""
    text = (ROOT / "docs" / "director-setup.md").read_text()
    sources = list((ROOT / "src/standfast/director/setup").rglob("*.py"))
    found = {c for p in sources for c in re.findall(r'(?:error|warning)\(\s*"([a-z-]+)"', p.read_text())}
    found |= {c for p in sources for c in re.findall(r'Report\(\s*"director\.([a-z-]+)"', p.read_text())}
    assert sorted(c for c in found if f"`director.{c}`" not in text) == []
    assert len(found) > 30


def test_exit_statuses_are_explained() -> None:
    """If this failed, scripts would have to guess what a status means."""
    table = TEXT.split("## Exit statuses")[1].split("\n## ")[0]
    unused = {Exit.NO_HOST, Exit.UNAVAILABLE, Exit.SOFTWARE, Exit.TRY_AGAIN}
    assert [e.name for e in Exit if e not in unused and f"| {e.value} |" not in table] == []
