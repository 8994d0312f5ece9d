"""Ours and keepalived's tell the same of the same: scripts, FIFO lines and mails, in the same order."""

from __future__ import annotations

import contextlib
import email
import os
import shutil
import signal
import socket
import stat
import subprocess
import threading
from collections.abc import Callable, Iterator
from ipaddress import ip_address, ip_interface
from pathlib import Path
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp.live.sockets import Sender
from standfast.director.vrrp.transmission import Transmission

pytestmark = [pytest.mark.live, pytest.mark.slow, pytest.mark.usefixtures("keepalived")]

Maker = Callable[..., Any]
INTERVAL_CS = 40
"""A busy machine may make an advert this late, and a story must not tell of that."""
WORDS = {"active": "master", "backup": "backup", "fault": "fault", "stop": "stop"}


class Story:
    """What the daemon under test told, by scripts into `calls` and `notify`, and by a FIFO."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._script("each", 'echo "$@" >> {folder}/calls')
        self._script("notify", 'echo "$@" >> {folder}/notify.calls')
        self._script("check", "test ! -e {folder}/down")
        os.mkfifo(folder / "fifo")
        self._fifo = os.open(folder / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        self._heard = b""

    def _script(self, name: str, text: str) -> None:
        path = self.folder / name
        path.write_text(f"#!/bin/sh\n{text.format(folder=self.folder)}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    @property
    def lines(self) -> list[str]:
        with contextlib.suppress(BlockingIOError):
            self._heard += os.read(self._fifo, 65536)
        return self._heard.decode().splitlines()

    def calls(self, name: str = "calls") -> list[str]:
        path = self.folder / name
        return path.read_text().splitlines() if path.exists() else []

    def close(self) -> None:
        os.close(self._fifo)

    def settings(self, setting: Maker, **more: Any) -> Any:
        """Return what both are told: to check, to follow a file, and to tell everything."""
        each, notify = f"{self.folder}/each", f"{self.folder}/notify"
        notifies: dict[str, Any] = {name: f"{each} {word}" for name, word in WORDS.items()}
        notifies |= {"any": notify, "priority_changes": True}
        notify_lines = [f'notify_{word} "{each} {word}"' for word in WORDS.values()]
        notify_lines += [f"notify {notify}", "notify_priority_changes yes"]
        return setting(
            interval_cs=INTERVAL_CS,
            more={"notifies": notifies, "tracked": [{"name": "script:chk"}, {"name": "file:f"}]},
            group={"notifies": notifies},
            top={
                "scripts": [{"name": "chk", "script": f"{self.folder}/check"}],
                "files": [{"name": "f", "path": f"{self.folder}/weight"}],
                "telling": {"script_security": True, "user": "root", "fifos": [{"path": f"{self.folder}/fifo"}]},
            },
            lines=[*notify_lines, "track_script {", "chk", "}", "track_file {", "f", "}"],
            group_lines=notify_lines,
            global_lines=["enable_script_security", "script_user root", f"vrrp_notify_fifo {self.folder}/fifo"],
            blocks=[
                "vrrp_script chk {", f"script {self.folder}/check", "interval 1", "}",
                "track_file f {", f"file {self.folder}/weight", "}",
            ],
            **more,
        )  # fmt: skip


@pytest.fixture
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Maker]:
    """Return a maker of stories, whose folders nobody but root can change."""
    made: list[Story] = []

    def make(name: str) -> Story:
        made.append(Story(tmp_path_factory.mktemp(name)))
        return made[-1]

    yield make
    for each in made:
        each.close()


def begin(place: Any, how: str, chosen: Any) -> None:
    """Start a daemon on a: keepalived, or ours with a file of JSON or of keepalived's language."""
    if how == "file":
        place.start_file("a", chosen.keepalived("a"), ours=True)
    else:
        place.start("a", how == "json", chosen)


def told(place: Any, what: Story) -> str:
    return f"{what.lines}\n{what.calls()}\n{place.log('a')[-3000:]}"


def lived(place: Any, what: Story, chosen: Any, wait: Maker, how: str) -> Story:
    """Let a daemon start, fail, be overtaken, lose its interface and stop, beside one that is always there."""
    place.start("b", True, place.plain)
    assert wait(lambda: place.holds("b", chosen)), told(place, what)
    begin(place, how, chosen)

    def comes(last: str) -> None:
        assert wait(lambda: last in latest(what)), f"{last}: {told(place, what)}"
        assert wait(lambda: all_ran(what)), told(place, what)

    comes("MASTER 150")
    (what.folder / "weight").write_text("-100\n")
    comes("BACKUP 50")
    (what.folder / "weight").write_text("0\n")
    comes("MASTER 150")
    (what.folder / "down").touch()
    comes("FAULT 150")
    (what.folder / "down").unlink()
    comes("MASTER 150")
    assert place.cut("a", 0)
    comes("FAULT 150")
    assert place.join("a", 0)
    comes("MASTER 150")
    place.end("a")
    comes("STOP 150")
    place.end("b")
    return what


def states(what: Story) -> list[str]:
    return [line for line in what.lines if "PRIORITY" not in line and "RX_LOWER" not in line]


def all_ran(what: Story) -> bool:
    return len(what.calls("notify.calls")) == len(what.calls()) == len(states(what))


def test_one_router_tells_what_keepalived_tells(lan: Maker, setting: Maker, wait: Maker, story: Maker) -> None:
    """Scripts and programs that were written for keepalived would act on another story."""
    place = lan(1)
    place.plain = setting(interval_cs=INTERVAL_CS)
    stories = []
    for how in ("keepalived", "json", "file"):
        what = story(how)
        stories.append(lived(place, what, what.settings(setting), wait, how))
    assert states(stories[0])[-1] == 'INSTANCE "V0" STOP 150'
    for mine in stories[1:]:
        is_same(mine, stories[0])


def is_same(mine: Story, theirs: Story) -> None:
    assert states(mine) == states(theirs)
    assert mine.calls() == theirs.calls()
    assert mine.calls("notify.calls") == theirs.calls("notify.calls")
    # a rival is heard as often as it speaks, and that is chance; so it is left out
    assert [line for line in mine.lines if "RX_LOWER" not in line] == [
        line for line in theirs.lines if "RX_LOWER" not in line
    ]
    assert [line.replace('"', "") for line in states(mine)] == mine.calls("notify.calls")


def test_a_sync_group_tells_what_keepalived_tells(lan: Maker, setting: Maker, wait: Maker, story: Maker) -> None:
    """A group's script would run before its members are there, twice, or not at all."""
    place = lan(2)
    place.plain = setting(segments=2, interval_cs=INTERVAL_CS)
    theirs, mine = (
        lived_as_group(place, what, what.settings(setting, segments=2), wait, how)
        for what, how in ((story("keepalived"), "keepalived"), (story("ours"), "file"))
    )
    assert [line for line in mine.lines if "RX" not in line] == [line for line in theirs.lines if "RX" not in line]
    assert sorted(mine.calls()) == sorted(theirs.calls())
    assert sorted(mine.calls("notify.calls")) == sorted(theirs.calls("notify.calls"))


def latest(what: Story) -> str:
    """Return the last line but for what was heard of a rival, who may speak at any time."""
    return next((line for line in reversed(what.lines) if "RX" not in line), "")


def lived_as_group(place: Any, what: Story, chosen: Any, wait: Maker, how: str) -> Story:
    """Let a daemon's sync group start, fail, lose one interface and stop, beside one that is always there."""
    place.start("b", True, place.plain)
    assert wait(lambda: place.is_with("b", place.plain)), told(place, what)
    begin(place, how, chosen)
    for last, change in (
        ("MASTER", (what.folder / "down").touch),
        ("FAULT", (what.folder / "down").unlink),
        ("MASTER", lambda: place.cut("a", 1)),
        ("FAULT", lambda: place.join("a", 1)),
        ("MASTER", lambda: place.end("a")),
        ("STOP", lambda: place.end("b")),
    ):
        assert wait(lambda last=last: latest(what) == f'GROUP "G" {last} 0'), f"{last}: {told(place, what)}"
        change()
    assert wait(lambda: all_ran(what)), told(place, what)
    return what


def test_a_script_that_fails_from_the_start(lan: Maker, setting: Maker, wait: Maker, story: Maker) -> None:
    """Somebody would be told of a Backup Router that is none."""
    place = lan(1)
    stories = []
    for ours in (False, True):
        what = story("ours" if ours else "keepalived")
        (what.folder / "down").touch()
        place.start("a", ours, what.settings(setting))
        assert wait(lambda what=what: states(what) == ['INSTANCE "V0" FAULT 150']), told(place, what)
        (what.folder / "down").unlink()
        assert wait(lambda what=what: "MASTER" in "".join(what.lines)), told(place, what)
        place.end("a")
        stories.append(what.lines)
    assert stories[0] == stories[1]


def rival(place: Any, inside: Maker) -> Callable[[], object]:
    """Return what sends one advert of priority 50 from the other node."""
    addresses = (vrrp.VirtualAddress(ip_interface("10.70.0.100/24")),)
    router = vrrp.VirtualRouter("V0", 51, "eth0", addresses, version=3, advertisement_interval_cs=INTERVAL_CS)
    transmission = Transmission(router)
    transmission.source = ip_address("10.70.0.2").packed
    destination, packet = transmission.packets(50)[0]
    source = transmission.source
    sender = inside(place.names["b"], lambda: Sender("eth0", socket.if_nametoindex("eth0"), 4, source, 255))
    return lambda: sender.send(destination, packet)


def test_a_rival_of_lower_priority_is_told(
    lan: Maker, setting: Maker, wait: Maker, inside: Maker, story: Maker
) -> None:
    """What a rival's script took in a cloud, while the wire was cut, would not be taken back."""
    place = lan(1)
    speak = rival(place, inside)
    for how in ("keepalived", "json", "file"):
        what = story(how)
        chosen = what.settings(setting)
        chosen.more["notifies"] = chosen.more["notifies"] | {"lower": f"{what.folder}/each lower"}
        chosen.lines.append(f'notify_master_rx_lower_pri "{what.folder}/each lower"')
        begin(place, how, chosen)
        assert wait(lambda what=what: 'INSTANCE "V0" MASTER 150' in what.lines), told(place, what)
        speak()
        assert wait(lambda what=what: what.lines[-1] == 'INSTANCE "V0" MASTER_RX_LOWER_PRI 150'), told(place, what)
        assert wait(lambda what=what: what.calls()[-1:] == ["lower"]), told(place, what)
        place.end("a")


@pytest.mark.parametrize(
    ("weights", "priorities"),
    [(("10", "-20"), (160, 150, 130, 140, 160)), (("10 reverse", "-20 reverse"), (140, 150, 170, 160, 140))],
)
def test_weights_of_scripts_and_interfaces(
    lan: Maker, setting: Maker, wait: Maker, story: Maker, weights: tuple[str, str], priorities: tuple[int, ...]
) -> None:
    """Beside a keepalived the wrong router would be the better one."""
    tracked = [
        {"name": name, "weight": int(text.split()[0]), "reverse": "reverse" in text}
        for name, text in zip(("script:chk", "interface:eth1"), weights, strict=True)
    ]
    place = lan(2)
    for how in ("keepalived", "json", "file"):
        what = story(how)
        chosen = what.settings(setting)
        chosen.more["tracked"] = tracked
        track = [
            "track_script {",
            f"chk weight {weights[0]}",
            "}",
            "track_interface {",
            f"eth1 weight {weights[1]}",
            "}",
        ]
        chosen.lines[chosen.lines.index("track_script {") :] = track
        begin(place, how, chosen)
        assert wait(lambda what=what: any("MASTER" in line for line in what.lines)), told(place, what)
        changes = (
            lambda: None,
            (what.folder / "down").touch,
            lambda: place.cut("a", 1),
            (what.folder / "down").unlink,
            lambda: place.join("a", 1),
        )
        for change, priority in zip(changes, priorities, strict=True):
            change()
            word = f" {priority}"
            assert wait(lambda what=what, word=word: what.lines[-1].endswith(word)), f"{word} {told(place, what)}"
        place.end("a")


class Mailbox:
    """Takes mails on port 25 of a node; keeps subject and body."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self.mails: list[tuple[str, str]] = []
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                taken, _ = self._listener.accept()
            except OSError:
                return
            with contextlib.suppress(OSError), taken, taken.makefile("rwb") as talk:
                self._talk(talk)

    def _talk(self, talk: Any) -> None:
        def say(text: str) -> None:
            talk.write(text.encode() + b"\r\n")
            talk.flush()

        say("220 here")
        for line in talk:
            word = line.split()[0].upper() if line.split() else b""
            if word == b"DATA":
                say("354 go on")
                message = email.message_from_bytes(b"".join(iter(talk.readline, b".\r\n")))
                self.mails.append((str(message["Subject"]), str(message.get_payload()).strip()))
            say("221 bye" if word == b"QUIT" else "250 well")

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


def test_mails_are_keepalived_s(lan: Maker, setting: Maker, wait: Maker, inside: Maker, story: Maker) -> None:
    """A mail that is filtered by its subject would go elsewhere; or none would come."""
    place = lan(1)
    found = []
    for how in ("keepalived", "json", "file"):
        what = story(how)
        chosen = what.settings(setting)
        chosen.more["notifies"] = chosen.more["notifies"] | {"smtp_alert": True}
        mail = {"recipients": ["root@localhost"], "sender": "k@localhost", "router_id": "one"}
        chosen.top["telling"] = chosen.top["telling"] | {"mail": mail}
        chosen.lines.append("smtp_alert")
        chosen.global_lines += [
            "router_id one", "smtp_server 127.0.0.1", "notification_email_from k@localhost",
            "notification_email {", "root@localhost", "}",
        ]  # fmt: skip
        box = Mailbox(inside(place.names["a"], lambda: socket.create_server(("127.0.0.1", 25))))
        begin(place, how, chosen)
        for count, change in ((2, (what.folder / "down").touch), (3, (what.folder / "down").unlink), (5, None)):
            assert wait(lambda box=box, count=count: len(box.mails) == count), f"{box.mails} {told(place, what)}"
            if change:
                change()
        place.end("a")
        box.close()
        found.append(box.mails[:5])
    assert found[1] == found[2] == found[0]
    assert found[0][1][0] == "[one] VRRP Instance V0 - Entering MASTER state"


def test_a_reload_tells_of_what_it_takes_away(lan: Maker, setting: Maker, wait: Maker, story: Maker) -> None:
    """What a script set up for a router would stay when the router is gone."""
    place = lan(1)
    found = []
    for ours in (False, True):
        what = story("ours" if ours else "keepalived")
        chosen = what.settings(setting)
        gone = chosen.keepalived("a")
        stays = [line for line in gone.replace("V0", "W0").split("\n") if not line.startswith("notify")]
        stays = "\n".join(stays[stays.index("vrrp_instance W0 {") :]).replace("router_id 51", "router_id 61")
        stays = stays.replace("70.0.100", "70.0.111")
        place.start_file("a", gone + stays, ours=ours)
        assert wait(lambda what=what: "INSTANCE V0 MASTER 150" in what.calls("notify.calls")), told(place, what)
        place.write_file("a", gone[: gone.index("vrrp_instance V0")] + stays)
        os.kill(place.pid("a", "main"), signal.SIGHUP)
        assert wait(lambda what=what: "INSTANCE V0 FAULT 150" in what.calls("notify.calls")), told(place, what)
        place.end("a")
        found.append(what.calls("notify.calls"))
    assert found[0] == found[1]


def commands() -> str:
    """Return the command lines of all processes."""
    return subprocess.run(["ps", "-eo", "args"], check=True, capture_output=True, text=True, timeout=20).stdout


def test_a_script_that_hangs_is_a_failure_and_ended(lan: Maker, setting: Maker, wait: Maker, story: Maker) -> None:
    """A check that hangs would keep the addresses here, and its processes would pile up."""
    place = lan(1)
    what = story("ours")
    chosen = what.settings(setting)
    seconds = f"100.{os.getpid()}"
    hangs = {"name": "chk", "script": f"/bin/sh -c 'test ! -e {what.folder}/down || sleep {seconds} & wait'"}
    chosen.top["scripts"] = [hangs | {"interval_ms": 300, "fall": 2}]
    place.start("a", True, chosen)
    assert wait(lambda: "MASTER" in "".join(what.lines)), told(place, what)
    (what.folder / "down").touch()
    assert wait(lambda: "FAULT" in what.lines[-1]), told(place, what)
    assert "timed out after 300 ms" in place.log("a")
    (what.folder / "down").unlink()
    assert wait(lambda: "MASTER" in what.lines[-1]), told(place, what)
    assert wait(lambda: f"sleep {seconds}" not in commands()), commands()
    place.end("a")


def test_a_process_is_tracked(lan: Maker, setting: Maker, wait: Maker, story: Maker) -> None:
    """A machine without its service would keep the addresses."""
    place = lan(1)
    what = story("ours")
    chosen = what.settings(setting)
    chosen.more["tracked"] = [{"name": "process:p"}]
    service = what.folder / "sfv-service"
    shutil.copy(shutil.which("sleep") or "/bin/sleep", service)
    chosen.top["processes"] = [{"name": "p", "process": "sfv-service", "weight": 30}]
    place.start("a", True, chosen)
    assert wait(lambda: "MASTER 150" in "".join(what.lines)), told(place, what)
    with subprocess.Popen([str(service), "60"]) as running:
        assert wait(lambda: what.lines[-1] == 'INSTANCE "V0" MASTER_PRIORITY 180'), told(place, what)
        running.kill()
        assert wait(lambda: what.lines[-1] == 'INSTANCE "V0" MASTER_PRIORITY 150'), told(place, what)
    place.end("a")
