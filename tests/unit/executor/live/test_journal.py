"""What an executor leaves to its successor."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast.agents import AgentName, ExecutionStatus
from standfast.errors import LiveError
from standfast.executor import Operation, Result
from standfast.executor.live import Journal, Left, RunningAgent

OPERATION = Operation(
    "ip", AgentName("ocf", "IPaddr", "heartbeat"), "start", 0, 20000, "1:2:0:u", parameters={"ip": "10.0.0.1"}
)
RESULT = Result(OPERATION, 7, 0, ExecutionStatus.DONE, digests={"op-digest": "x"}, last_run_wall_s=5)
AGENT = RunningAgent(4711, 99, "ip", "start")
OTHER = RunningAgent(4712, 100, "fs", "stop")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """A new daemon would begin with nothing, and the DC would probe and move what runs well."""
    journal = Journal(str(tmp_path / "run"), boot="b")
    journal.remember([RESULT])
    journal.begun(AGENT)
    journal.begun(OTHER)
    assert Journal(str(tmp_path / "run"), boot="b").load() == (Left((RESULT,), (AGENT, OTHER)), ())


def test_an_agent_that_ended_is_not_told(tmp_path: Path) -> None:
    """A successor would end a process of another program that has got the number since."""
    journal = Journal(str(tmp_path), boot="b")
    journal.begun(AGENT)
    journal.begun(OTHER)
    journal.ended(AGENT)
    journal.ended(AGENT)
    assert journal.load()[0].agents == (OTHER,)


def test_only_root_reads_it(tmp_path: Path) -> None:
    """Passwords of resources would lie open."""
    Journal(str(tmp_path), boot="b").remember([RESULT])
    assert (tmp_path / "executor.json").stat().st_mode & 0o777 == 0o600


def test_nothing_was_left(tmp_path: Path) -> None:
    """The first start of a daemon would fail."""
    assert Journal(str(tmp_path), boot="b").load() == (Left(), ())


def test_another_boot_is_not_looked_at(tmp_path: Path) -> None:
    """What ran before a reboot would count as running."""
    Journal(str(tmp_path), boot="a").remember([RESULT])
    left, refused = Journal(str(tmp_path), boot="b").load()
    assert left == Left()
    assert "another boot" in refused[0]


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"\xff\0", b'{"format":1,"boot":"b","results":[{}]}', b"[" * 9999]
)
def test_a_torn_file_is_refused(tmp_path: Path, content: bytes) -> None:
    """A broken file would keep the daemon from starting."""
    (tmp_path / "executor.json").write_bytes(content)
    left, refused = Journal(str(tmp_path), boot="b").load()
    assert left == Left()
    assert "executor.json" in refused[0]


def test_a_torn_agents_file_hides_no_other(tmp_path: Path) -> None:
    """Two agents of one resource would run at once after a crash in the middle of a write."""
    journal = Journal(str(tmp_path), boot="b")
    journal.begun(AGENT)
    (tmp_path / "executor-agents" / "99").write_bytes(b"{")
    left, refused = journal.load()
    assert left.agents == (AGENT,)
    assert "executor-agents/99" in refused[0]


def test_a_disk_that_refuses(tmp_path: Path) -> None:
    """The daemon would end with an error that nobody expects."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LiveError):
        Journal(str(tmp_path / "file" / "x"), boot="b").remember([RESULT])
