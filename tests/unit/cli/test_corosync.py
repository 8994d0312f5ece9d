"""`corosync` and `cluster` on files, where no Corosync runs."""

import json
from pathlib import Path

import pytest

from standfast.enrolment import tokens
from standfast.enrolment.live import programs
from standfast.errors import Exit

SAMPLES = Path(__file__).parents[1] / "dialects" / "corosync" / "samples"
VARIABLE = "COROSYNC_MAIN_CONFIG_FILE"


@pytest.fixture
def conf(tmp_path: Path, environ):
    """Return the machine's corosync.conf: a copy of a good one."""
    if programs.answers():
        pytest.skip("a Corosync runs on this machine")
    file = tmp_path / "corosync.conf"
    file.write_text((SAMPLES / "third.conf").read_text())
    with environ(**{VARIABLE: str(file)}):
        yield file


def test_check_says_all_and_ends_with_78(run) -> None:
    """An operator would meet the mistakes one by one."""
    status, out, _ = run("corosync", "check", str(SAMPLES / "ten-mistakes.conf"))
    assert status == Exit.CONFIG
    assert len(out.splitlines()) == 10
    assert "ten-mistakes.conf:7:11: error: totem.join is '5s' (expected a number from 0" in out
    assert "refused by corosync -t" in out
    records = json.loads(run("corosync", "check", "--json", str(SAMPLES / "ten-mistakes.conf"))[1])
    assert [r["line"] for r in records][:3] == [2, 5, 6]
    assert run("corosync", "check", str(SAMPLES / "third.conf"))[:2] == (Exit.OK, "")


def test_show_says_what_timeouts_mean(run) -> None:
    """An operator would not know how long a failover takes."""
    status, out, err = run("corosync", "show", "--file", str(SAMPLES / "third.conf"))
    assert (status, err) == (Exit.OK, "")
    assert "token                   2650 ms  a node that is silent for this long is lost" in out
    record = json.loads(run("corosync", "show", "--json", "--file", str(SAMPLES / "first.conf"))[1])
    assert (record["generation"], record["nodes"][0]["addresses"]) == (1, {"0": "192.168.7.1"})


def test_set_changes_the_file_or_nothing(run, conf: Path) -> None:
    """A refused value would stand in the file."""
    before = conf.read_text()
    status, out, _ = run("corosync", "set", "--dry-run", "totem.token=1000")
    assert status == Exit.OK
    assert "-    token: 2000" in out
    assert conf.read_text() == before
    for words, code in (
        (["totem.token=x"], 78),
        (["totem.tkn=1"], 78),
        (["token"], 64),
        (["nodelist.node.n9.name=a"], 105),
    ):
        status, _, err = run("corosync", "set", *words)
        assert (status, conf.read_text()) == (code, before), err
    status, out, _ = run("corosync", "set", "totem.token=1000", "system.sched_rr=no")
    assert status == Exit.OK
    assert "on this machine only (standfast cluster copy" in out
    assert "system.sched_rr: when Corosync is started again" in out
    assert "token: 1000" in conf.read_text()
    assert "config_version: 5" in conf.read_text()


def test_status_without_corosync_shows_the_file(run, conf: Path) -> None:
    """An operator of a stopped cluster would see nothing."""
    status, out, err = run("cluster", "status")
    assert status == Exit.DISCONNECTED
    assert "n2  10.7.0.2, 10.8.0.2" in out
    assert "standfast cluster start" in err
    assert json.loads(run("cluster", "status", "--json")[1])["runs"] is False


@pytest.mark.skipif(not programs.corosync_version().startswith("3."), reason="needs Corosync 3")
def test_a_machine_of_a_cluster_does_not_found_or_join_another(run, conf: Path) -> None:
    """A typing mistake would take a node out of its cluster."""
    before = conf.read_text()
    token = str(tokens.Token(bytes(16), bytes(32)))
    for words in (("init", "--address", "10.0.0.1"), ("join", "127.0.0.1", "--token", token)):
        status, _, err = run("cluster", *words)
        assert status == Exit.EXISTS
        assert "belongs to the cluster shop" in err
        assert "standfast cluster leave" in err
    assert (conf.read_text(), [p.name for p in conf.parent.iterdir()]) == (before, ["corosync.conf"])


@pytest.mark.skipif(not programs.corosync_version().startswith("3."), reason="needs Corosync 3")
def test_init_writes_a_file_and_a_key_or_nothing(run, conf: Path) -> None:
    """A cluster would be founded on half of its files."""
    conf.write_text("nodelist {\n node {\n  name: debian\n  nodeid: 1\n  ring0_addr: 127.0.0.1\n }\n}\n")
    before = conf.read_text()
    status, _, err = run("cluster", "init", "--no-start", "--address", "10.0.0.300")
    assert (status, conf.read_text()) == (Exit.CONFIG, before), err
    status, out, err = run(
        "cluster", "init", "--no-start", "--name", "web", "--node", "n1", "--address", "10.0.0.1", "--address",
        "10.1.0.1", "--set", "totem.token=1000",
    )  # fmt: skip
    assert status == Exit.OK, err
    assert "cluster web: knet, aes256, sha256, version 1" in out
    assert run("corosync", "check", str(conf))[0] == Exit.OK
    key = conf.parent / "authkey"
    assert (len(key.read_bytes()), key.stat().st_mode & 0o777) == (256, 0o400)


def test_without_an_agent_the_cure_is_said(run, conf: Path) -> None:
    """An operator would be told of a socket."""
    for words in (("invite",), ("health",), ("diff",), ("run", "true")):
        status, _, err = run("cluster", *words)
        assert status == Exit.DISCONNECTED
        assert "standfast cluster start" in err
