"""The examples of docs/howto do what they say."""

from __future__ import annotations

import contextlib
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.live, pytest.mark.slow]

Maker = Callable[..., Any]
HOWTO = Path(__file__).resolve().parents[4] / "docs" / "howto"
ADDRESS = "172.16.100.100"


class Example:
    """One of the examples on a network of two nodes, its files where only root can change them."""

    def __init__(self, place: Any, name: str, folder: Path) -> None:
        self.place, self.folder = place, folder
        shutil.copytree(HOWTO / name, folder, dirs_exist_ok=True)
        folder.chmod(0o700)

    def text(self, name: str = "keepalived.conf", *changes: tuple[str, str]) -> str:
        """Return a file with its paths in our folder."""
        text = (self.folder / name).read_text().replace("/etc/keepalived/", f"{self.folder}/")
        for old, new in (("/run/keepalived.fifo", f"{self.folder}/fifo"), *changes):
            text = text.replace(old, new)
        return text

    def start(self, node: str, text: str, ours: bool = True) -> None:
        self.place.start_file(node, text, ours=ours)

    def holds(self, node: str, address: str = ADDRESS) -> bool:
        words = ["ip", "-n", self.place.names[node], "addr"]
        shown = subprocess.run(words, check=True, capture_output=True, text=True, timeout=20).stdout
        return f"{address}/" in shown

    def is_with(self, node: str, address: str = ADDRESS) -> bool:
        other = "b" if node == "a" else "a"
        return self.holds(node, address) and not self.holds(other, address)

    def told(self) -> str:
        return "".join(f"\n--- {node}\n{self.place.log(node)[-3000:]}" for node in self.place.daemons)


@pytest.fixture
def example(lan: Maker, tmp_path_factory: pytest.TempPathFactory) -> Maker:
    """Return a maker of examples."""
    return lambda name: Example(lan(1), name, tmp_path_factory.mktemp(name))


@pytest.fixture
def web(example: Maker) -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Return a starter of web servers on nodes."""
    with contextlib.ExitStack() as stack:

        def start(namespace: str) -> subprocess.Popen[bytes]:
            words = ["ip", "netns", "exec", namespace, sys.executable, "-m", "http.server", "80"]
            server = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=HOWTO)
            stack.callback(server.wait, 20)
            stack.callback(server.kill)
            return server

        yield start


SECOND = ("priority 150", "priority 100")


@pytest.mark.usefixtures("keepalived")
@pytest.mark.parametrize("name", ["notify", "service", "two-masters"])
def test_keepalived_takes_it_too(example: Maker, name: str) -> None:
    """An example would teach what only we understand."""
    made = example(name)
    path = made.folder / "tried.conf"
    path.write_text(made.text())
    words = ["ip", "netns", "exec", made.place.names["a"], "keepalived", "-t", "-f", str(path)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_somebody_is_told(example: Maker, wait: Maker) -> None:
    """A takeover would pass in silence."""
    made = example("notify")
    mail = made.folder / "mail"
    mail.write_text(f'#!/bin/sh\n(echo "$@"; cat) >> {made.folder}/mails\n')
    mail.chmod(0o755)
    script = made.folder / "notify.sh"
    script.write_text(script.read_text().replace("mail -s", f"{mail} -s"))
    mails = made.folder / "mails"

    def has(*words: str) -> bool:
        return mails.exists() and all(word in mails.read_text() for word in words)

    made.start("a", made.text())
    assert wait(lambda: has("VI_1 is MASTER root@localhost", "INSTANCE VI_1 is MASTER with priority 150")), made.told()
    made.place.end("a")
    assert wait(lambda: has("VI_1 is STOP")), mails.read_text()


def test_the_address_goes_where_the_service_works(example: Maker, web: Maker, wait: Maker) -> None:
    """Clients would be sent to a machine whose service is down."""
    if not shutil.which("curl"):
        pytest.skip("needs curl")
    made = example("service")
    first = web(made.place.names["a"])
    web(made.place.names["b"])
    made.start("a", made.text())
    made.start("b", made.text("keepalived.conf", SECOND, (f"{made.folder}/down", f"{made.folder}/down-b")))
    assert wait(lambda: made.is_with("a")), made.told()
    first.kill()
    assert wait(lambda: made.is_with("b")), made.told()
    web(made.place.names["a"])
    assert wait(lambda: made.is_with("a")), made.told()
    (made.folder / "down").touch()
    assert wait(lambda: made.is_with("b")), made.told()
    (made.folder / "down").unlink()
    assert wait(lambda: made.is_with("a")), made.told()


def test_both_work(example: Maker, wait: Maker) -> None:
    """One of two machines would be idle, or both down with one."""
    made = example("two-masters")
    second = "172.16.100.101"
    made.start("a", made.text())
    made.start("b", made.text("other.conf"))
    assert wait(lambda: made.is_with("a") and made.is_with("b", second)), made.told()
    made.place.end("b", signal.SIGKILL)
    assert wait(lambda: made.holds("a") and made.holds("a", second)), made.told()
    made.start("b", made.text("other.conf"))
    assert wait(lambda: made.is_with("a") and made.is_with("b", second)), made.told()


def test_load_balancing_stands_beside_it(run_in_uml: Callable[[str], Any]) -> None:
    """The address would be here and nobody behind it."""
    result = run_in_uml(
        f"sh {shlex.quote(str(Path(__file__).with_name('howto_ipvs.sh')))} {shlex.quote(sys.executable)}"
    )
    assert result.status == 0, result.output[-6000:]
    assert "all done" in result.output, result.output[-6000:]
