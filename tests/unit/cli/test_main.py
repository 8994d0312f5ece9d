"""Which program a call means."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from standfast.cli import main, personalities
from standfast.errors import Exit


def test_version_is_printed(run) -> None:
    """If this failed, nobody could say which version they run."""
    assert run("version") == (Exit.OK, "standfast 0.1.0\n", "")


@pytest.mark.parametrize("words", [[], ["bogus"], ["status", "--bogus"], ["explain"], ["resource", "jump", "a"]])
def test_wrong_use_ends_with_64(run, words: list[str]) -> None:
    """If this failed, scripts could not tell a typing mistake from a failed cluster."""
    assert run(*words)[0] == Exit.USAGE


def test_help_is_no_mistake(run) -> None:
    """If this failed, `--help` in a script would look like a failure."""
    status, out, _ = run("--help")
    assert status == Exit.OK
    assert "simulate" in out


def test_the_name_of_the_link_decides(daemon, run) -> None:
    """If this failed, a link named `crm` would not be the crm shell."""
    assert run("status", name="/usr/sbin/crm") == (Exit.OK, "Cluster Summary:\n", "")
    assert run("crm", "status") == (Exit.OK, "Cluster Summary:\n", "")


def test_configure_is_the_crm_shells(daemon, run) -> None:
    """If this failed, `standfast configure` would be unknown."""
    status, out, _ = run("configure", "show", "vip")
    assert (status, out) == (Exit.OK, "primitive vip IPaddr2 \\\n\tparams ip=10.0.0.1\n")


def test_light_commands_import_neither_typer_nor_each_other() -> None:
    """If this failed, agents that call commands in every monitor would slow the node down."""
    code = (
        "import sys\nfrom standfast.cli import main\n"
        "main.main(['standfast', 'crm', '--socket', '/nowhere', 'status'])\n"
        "print(sorted(m for m in ('typer', 'rich', 'starlette', 'lark', 'lxml', 'asyncio') if m in sys.modules))"
    )
    environment = {"PYTHONPATH": str(Path(main.__file__).parents[2])}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert done.stdout == "[]\n"


def test_a_closed_pipe_is_no_error() -> None:
    """If this failed, `standfast --help | head -1` would print a traceback."""
    environment = {"PYTHONPATH": str(Path(main.__file__).parents[2])}
    command = f"{sys.executable} -m standfast.cli.main --help | head -c 1"
    done = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, env=environment, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("U", "")


def test_every_personality_is_a_module_or_is_to_come() -> None:
    """If this failed, a name in the table would point nowhere."""
    assert set(personalities.PERSONALITIES) & personalities.TOOLS == set()
    assert all(module.startswith("standfast.") for module in personalities.PERSONALITIES.values())
