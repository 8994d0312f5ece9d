"""The demonstration's web server, as its LSB script starts and stops it."""

import shutil
import time
from collections.abc import Callable

import pytest

from standfast.lab.live import control, page_client

pytestmark = pytest.mark.live

Start = Callable[..., control.Lab]
SCRIPT = "/etc/init.d/webserver"


@pytest.fixture
def lab(start: Start) -> control.Lab:
    """Return a lab of one node with the storage's folder."""
    if not shutil.which("nginx", path="/usr/sbin:/usr/bin"):
        pytest.skip("needs nginx")
    lab = start(nodes=1)
    assert lab.output("n1", "mkdir", "/run/mydata")[0] == 0
    return lab


def call(lab: control.Lab, action: str) -> int:
    return lab.output("n1", SCRIPT, action)[0]


def expect_dead(lab: control.Lab) -> None:
    """Wait until the kill has taken effect, and is told from a stop."""
    limit = time.monotonic() + 20
    while call(lab, "status") != 1:
        assert time.monotonic() < limit, "the server is still there"
        time.sleep(0.01)


def page(lab: control.Lab) -> str:
    return page_client.fetch(lab, "172.16.0.1")


def test_lsb_words(lab: control.Lab) -> None:
    """The cluster would take a stopped server for a failed one, or the reverse. Source: LSB 5.0, iniscrptact."""
    assert call(lab, "status") == 3
    assert call(lab, "stop") == 0
    assert call(lab, "start") == 0
    assert call(lab, "start") == 0
    assert call(lab, "status") == 0
    assert call(lab, "stop") == 0
    assert call(lab, "status") == 3
    assert call(lab, "bogus") == 2


def test_the_page_names_the_node(lab: control.Lab) -> None:
    """Nobody would see which node serves."""
    call(lab, "start")
    assert page(lab).startswith("served by n1\n")


def test_it_comes_back_after_a_kill(lab: control.Lab) -> None:
    """What a killed server left would keep the next from starting."""
    for _ in range(3):
        assert call(lab, "start") == 0
        assert lab.output("n1", "pkill", "-KILL", "-x", "nginx")[0] == 0
        expect_dead(lab)
    call(lab, "start")
    master = lab.output("n1", "cat", "/run/webserver/nginx.pid")[1].strip()
    assert lab.output("n1", "kill", "-KILL", master)[0] == 0
    expect_dead(lab)
    assert call(lab, "start") == 0
    assert page(lab).startswith("served by n1\n")
    assert call(lab, "stop") == 0
    assert lab.output("n1", "pgrep", "-x", "nginx")[0] == 1


def test_without_storage_it_does_not_start(lab: control.Lab) -> None:
    """A server without its storage would serve an empty page."""
    lab.output("n1", "rmdir", "/run/mydata")
    assert call(lab, "start") == 5
