"""`net_namespace` in a keepalived.conf: the director reads interfaces, works and has its files for that namespace."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.live
ROOT = Path(__file__).resolve().parents[3]
SEARCH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PATIENCE_S = 60.0
CONF = """net_namespace blue
vrrp_instance V {
    interface vx9
    virtual_router_id 51
    advert_int 0.1
    version 3
    virtual_ipaddress {
        10.9.0.100/24
    }
}
"""
SETUP = """set -e
mount -t tmpfs none /run
ip netns add blue
ip link add vx0 type veth peer name vx1
ip -n blue link add vx8 type veth peer name vx9
ip -n blue addr add 10.9.0.1/24 dev vx9
ip -n blue link set vx8 up
ip -n blue link set vx9 up
exec "$@"
"""


def environment() -> dict[str, str]:
    """Return the environment of our commands."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PATH": SEARCH}


class Machine:
    """A command in network and mount namespaces of its own, in which there is a network namespace `blue`."""

    def __init__(self, *words: str) -> None:
        self.process = subprocess.Popen(
            ["unshare", "-nm", "sh", "-c", SETUP, "sh", *words], env=environment(),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def inside(self, *words: str) -> str:
        """Return what a command prints in there; nothing if it fails, as before all is set up."""
        target = ["nsenter", "-t", str(self.process.pid), "-m"]
        return subprocess.run([*target, *words], env=environment(), capture_output=True, text=True, check=False).stdout

    def addresses(self) -> set[str]:
        """Return the IPv4 addresses in `blue`."""
        links = json.loads(self.inside("ip", "-n", "blue", "-j", "-4", "addr") or "[]")
        return {info["local"] for link in links for info in link.get("addr_info", ())}

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until something holds."""
        end = time.monotonic() + PATIENCE_S
        while not holds():
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end, f"{self.addresses()}"
            time.sleep(0.05)


@pytest.fixture(autouse=True)
def needs() -> None:
    """Skip where it cannot be."""
    missing = [name for name in ("ip", "unshare", "nsenter") if shutil.which(name, path=SEARCH) is None]
    if os.geteuid() != 0 or missing:
        pytest.skip(f"namespaces need root and {missing or 'nothing else'}")
    tried = subprocess.run(["unshare", "-nm", "sh", "-c", SETUP, "sh", "true"], capture_output=True, check=False)
    if tried.returncode:
        pytest.skip(f"no namespaces here: {tried.stderr.decode()}")


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """Return a configuration's file."""
    path = tmp_path / "conf"
    path.write_text(CONF)
    return path


@pytest.fixture
def daemon(conf: Path) -> Iterator[Machine]:
    """Run `keepalived` with the configuration."""
    made = Machine(sys.executable, "-m", "standfast.cli.main", "keepalived", "-n", "-l", "-D", "-f", str(conf))
    yield made
    made.process.kill()
    made.process.communicate()


@pytest.mark.slow
def test_routers_are_in_the_namespace_and_reload_there(daemon: Machine, conf: Path) -> None:
    """If this failed, the address would appear in the wrong network, or the director would miss its interfaces."""
    daemon.until(lambda: "10.9.0.100" in daemon.addresses())
    files = daemon.inside("ls", "/run").split()
    assert "keepalived-blue.pid" in files, "several daemons, one in each namespace, would meet"
    assert "keepalived.pid" not in files
    conf.write_text(CONF.replace("10.9.0.100/24", "10.9.0.100/24\n10.9.0.101/24"))
    daemon.process.send_signal(signal.SIGHUP)
    daemon.until(lambda: daemon.addresses() >= {"10.9.0.100", "10.9.0.101"})
    daemon.process.terminate()
    output, _ = daemon.process.communicate(timeout=PATIENCE_S)
    assert daemon.process.returncode == 0, output


@pytest.mark.parametrize(
    ("old", "new", "options"),
    [
        ("", "", []),
        ("vx9", "vx0", []),
        ("vx9", "nosuch", []),
        ("blue", "nosuch", []),
        ("net_namespace blue", "", []),
        ("net_namespace blue", "", ["-s", "blue"]),
        ("blue", "nosuch", ["-s", "blue"]),
        ("", "", ["-s", "nosuch"]),
    ],
)
def test_t_looks_where_keepalived_looks(conf: Path, old: str, new: str, options: list[str]) -> None:
    """If this failed, a deployment would be told of missing interfaces that are there."""
    if shutil.which("keepalived", path=SEARCH) is None:
        pytest.skip("not installed: keepalived")
    if old:
        conf.write_text(CONF.replace(old, new))
    statuses = []
    for program in (["keepalived"], [sys.executable, "-m", "standfast.cli.main", "keepalived"]):
        tried = Machine(*program, "-t", "-f", str(conf), *options)
        tried.process.communicate(timeout=PATIENCE_S)
        statuses.append(tried.process.returncode)
    assert statuses[1] == statuses[0]
