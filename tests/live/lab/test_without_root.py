"""A lab of a user who is not root."""

import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.lab.live import packages, programs

pytestmark = pytest.mark.live

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="the other tests of this folder show it")

USER = 65534
CODE = """
import os, sys
from pathlib import Path
from standfast.errors import StandfastError
from standfast.lab.live import control, launch, programs, setup
settings = setup.settings("t", 2, with_daemon=False)
assert not settings.rootful
try:
    lease = launch.up(settings)
except StandfastError as error:
    sys.exit(f"up: {error}")
lab = control.Lab(Path(settings.folder))
print(lab.output("n1", "id", "-u"))
print(lab.output("n1", "ping", "-c1", "-W1", "-q", "n2")[0])
print(lab.output("n1", "sh", "-c", "touch /var/lib/standfast/x /etc/standfast/x && hostname"))
lab.off("n1")
print(lab.status()["nodes"][0]["state"])
lab.down()
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder of that user."""
    with tempfile.TemporaryDirectory() as name:
        os.chown(name, USER, USER)
        yield Path(name)


def _python(folder: Path) -> str:
    """Return an interpreter of our version that the user may execute."""
    for name in (sys.executable, f"/usr/bin/python{sys.version_info.major}.{sys.version_info.minor}"):
        command = [
            *_as_user(),
            name,
            "-c",
            "import os, sys; print(sys.version_info[:2], os.access(sys.executable, os.X_OK))",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        if done.stdout.strip() == f"{sys.version_info[:2]} True":
            return name
    pytest.skip("no interpreter of this version that others may execute")


def _as_user() -> list[str]:
    return ["setpriv", "--reuid", str(USER), "--regid", str(USER), "--clear-groups", "--inh-caps=-all"]


def as_user(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run our Python with these arguments as that user, with labs in his folder."""
    if not shutil.which("setpriv"):
        pytest.skip("needs setpriv")
    environment = os.environ | {
        "PYTHONPATH": f"{programs.source_root()}:{sysconfig.get_path('purelib')}",
        "STANDFAST_LAB_DIR": str(folder / "labs"),
    }
    readable = subprocess.run([*_as_user(), "test", "-r", f"{programs.source_root()}/standfast"], check=False, cwd="/")
    if readable.returncode != 0:
        pytest.skip("the sources are where others may not read them")
    command = [*_as_user(), _python(folder), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/", env=environment, timeout=300)
    if "no namespaces" in done.stderr:
        pytest.skip(done.stderr.strip())
    return done


@needs_root
def test_a_user_has_a_lab_of_his_own(folder: Path) -> None:
    """Who is not root could not try standfast, although the kernel would let him."""
    done = as_user(folder, "-c", CODE)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["(0, '0\\n')", "0", "(0, 'n1\\n')", "off"]
    assert not (folder / "labs" / "t").exists()


@needs_root
@pytest.mark.slow
def test_a_user_sees_the_demonstration(folder: Path) -> None:
    """Who is not root could not see the demonstration, although the kernel would let him."""
    if packages.missing():
        pytest.skip(f"needs {', '.join(packages.missing())}")
    done = as_user(folder, "-m", "standfast.cli.main", "demo")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "node death" in done.stdout
    assert not (folder / "labs" / "lab").exists()
