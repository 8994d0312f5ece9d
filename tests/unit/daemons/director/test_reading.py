"""Reading a configuration in a process of its own."""

import gc
import io
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from standfast.daemons.director.reader import answer, digest_of
from standfast.daemons.director.reading import read_at_start
from standfast.daemons.director.rereading import Reader
from standfast.daemons.director.settings import Settings
from standfast.dialects.live.machine import Loaded
from standfast.errors import ConfigError

CONF = """
virtual_server 192.0.2.1 80 {
    lvs_sched rr
    lvs_method NAT
    protocol TCP
    real_server 127.0.0.1 9 {
        weight 7
        TCP_CHECK {
        }
    }
}
"""


@pytest.fixture(params=["at the start", "beside the loop"])
def read(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], Loaded]:
    """Return what reads a text in one of the two ways."""
    settings = Settings(file=str(tmp_path / "conf"))

    def reading(text: str) -> Loaded:
        (tmp_path / "conf").write_text(text)
        return read_at_start(settings) if request.param == "at the start" else Reader(settings)()

    return reading


def test_what_is_read_comes_back_whole(read: Callable[[str], Loaded]) -> None:
    """If this failed, the director would do something else than the file says."""
    loaded = read(CONF)
    (service,) = loaded.configuration.services
    assert service.name == "[192.0.2.1]:tcp:80"
    assert [server.server.weight for server in service.servers] == [7]
    assert loaded.configuration == read(CONF).configuration


def test_faults_come_back_as_reports(read: Callable[[str], Loaded]) -> None:
    """If this failed, an operator would learn that something is wrong, but not what."""
    with pytest.raises(ConfigError) as refused:
        read("virtual_server 192.0.2.1 80 {\n    delay_loop\n}\n")
    assert any(report.place.line == 2 for report in refused.value.reports)
    assert any(str(report) != "" for report in read(CONF.replace("weight 7", "weight x")).reports)


def test_a_file_leaves_no_garbage(tmp_path: Path) -> None:
    """The collector never looks there again: a director would keep the text of its file as long as it runs."""
    path = tmp_path / "conf"

    def unreachable(services: int) -> int:
        path.write_text("".join(CONF.replace("192.0.2.1 80", f"192.0.2.1 {port}") for port in range(1, services + 1)))
        gc.collect()
        loaded = read_at_start(Settings(file=str(path)))
        assert len(loaded.configuration.services) == services
        gc.unfreeze()
        return gc.collect()

    unreachable(1)
    assert unreachable(300) <= unreachable(30)


def test_sessions_come_too(read: Callable[[str], Loaded]) -> None:
    """If this failed, bfd_instance blocks would be read and forgotten."""
    loaded = read(CONF + "bfd_instance S {\n neighbor_ip 192.0.2.2\n multiplier 3\n}\n")
    assert loaded.bfd is not None
    assert [(session.name, session.multiplier) for session in loaded.bfd.configuration.sessions] == [("S", 3)]
    assert read(CONF).bfd is None


def test_what_says_the_same_is_the_very_same(tmp_path: Path) -> None:
    """If this failed, each reload would stop a director of ten thousand services for seconds."""
    path = tmp_path / "conf"
    settings = Settings(file=str(path))
    path.write_text(CONF + CONF.replace("192.0.2.1", "192.0.2.2"))
    first = read_at_start(settings)
    reader = Reader(settings, first)
    assert reader() is first
    path.write_text("# a comment\n" + path.read_text())
    second = reader()
    assert second is not first
    services = zip(first.configuration.services, second.configuration.services, strict=True)
    assert all(one is other for one, other in services)
    path.write_text(path.read_text().replace("weight 7", "weight 8", 1))
    changed, same = reader().configuration.services
    assert changed.servers[0].server.weight == 8
    assert same is first.configuration.services[1]


def test_a_script_that_comes_is_seen_though_the_file_is_the_same(tmp_path: Path) -> None:
    """If this failed, a notify script that was installed late would never run."""
    script, path = tmp_path / "up", tmp_path / "conf"
    path.write_text(CONF.replace("weight 7", f"notify_up {script}"))
    reader = Reader(Settings(file=str(path)))
    before = reader()
    assert reader() is before
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    assert reader().configuration.services[0].servers[0].terms.notify_up is not None


def test_what_the_director_knows_is_named_and_not_told_again(read: Callable[[str], Loaded], tmp_path: Path) -> None:
    """Each reload of ten thousand services would carry all of them from one process to the other."""
    (tmp_path / "conf").write_text(CONF + CONF.replace("192.0.2.1", "192.0.2.2"))
    known, other = read_at_start(Settings(file=str(tmp_path / "conf"))).configuration.services
    stream = io.BytesIO()
    answer(stream, frozenset({digest_of(known)}), str(tmp_path / "conf"), "", "", ["CHECKER"])
    stream.seek(0)
    pickle.load(stream)
    (named, nothing), (new, data) = pickle.load(stream)
    assert (named, nothing, new) == (digest_of(known), b"", digest_of(other))
    assert pickle.loads(data) == other


def test_services_that_say_something_else_have_other_digests(read: Callable[[str], Loaded]) -> None:
    """If this failed, a reload would leave a real server checked by TCP when the file says PING."""
    texts = [
        CONF,
        *(CONF.replace("TCP_CHECK", kind) for kind in ("PING_CHECK", "SMTP_CHECK", "DNS_CHECK", "UDP_CHECK")),
        CONF.replace("192.0.2.1", "2001:db8::1").replace("127.0.0.1", "::1"),
        CONF.replace("192.0.2.1 80", "fwmark 7").replace("protocol TCP", ""),
        CONF.replace("192.0.2.1 80", "fwmark 80").replace("protocol TCP", ""),
        CONF.replace("weight 7", "weight 8"),
        CONF.replace("TCP_CHECK {", "TCP_CHECK {\n retry 9"),
    ]
    services = [read(text).configuration.services[0] for text in texts]
    assert len({digest_of(service) for service in services}) == len(texts)
    assert [digest_of(service) for service in services] == [digest_of(replace(service)) for service in services]
