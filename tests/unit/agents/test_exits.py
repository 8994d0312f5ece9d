"""Exit codes."""

from __future__ import annotations

import errno

import pytest

from standfast.agents import AgentName, ExecutionStatus, Invocation, Ocf
from standfast.agents.exits import exit_reason, from_heartbeat, from_lsb, from_ocf, refusal, to_ocf


@pytest.mark.parametrize(("code", "meaning"), [(0, 0), (1, 7), (2, 7), (3, 7), (4, 1), (5, 1), (99, 1), (255, 1)])
def test_lsb_status(code: int, meaning: int) -> None:
    """A stopped service would count as failed (or a failed one as stopped) at its first probe."""
    assert from_lsb("monitor", code) == meaning == from_lsb("status", code)


@pytest.mark.parametrize(("code", "meaning"), [(0, 0), (1, 1), (2, 2), (5, 5), (6, 6), (7, 7), (8, 1), (150, 1)])
def test_lsb_actions(code: int, meaning: int) -> None:
    """A start that fails for good (not installed) would be tried again and again."""
    assert from_lsb("start", code) == meaning


@pytest.mark.parametrize(("code", "meaning"), [(0, 0), (8, 8), (9, 9), (10, 1), (127, 1), (190, 190), (191, 191)])
def test_ocf(code: int, meaning: int) -> None:
    """A shell's 127 would be a code that the scheduler does not know."""
    assert from_ocf(code) == meaning


@pytest.mark.parametrize(
    ("said", "meaning"),
    [
        ("running", Ocf.OK),
        ("OK\n", Ocf.OK),
        ("eth0 is Running", Ocf.OK),
        ("stopped", Ocf.NOT_RUNNING),
        ("it is NOT\nrunning", Ocf.NOT_RUNNING),
        ("", Ocf.NOT_RUNNING),
        ("garbage", Ocf.NOT_RUNNING),
    ],
)
def test_heartbeat_status_is_a_word(said: str, meaning: Ocf) -> None:
    """Heartbeat's own agents end with 0 when they are stopped: all would seem to run."""
    assert from_heartbeat("monitor", 0, said) == meaning


def test_class_decides() -> None:
    """The code of one class would be read as another's."""
    assert to_ocf(Invocation(AgentName("lsb", "x"), "monitor", 1), 3) == Ocf.NOT_RUNNING
    assert to_ocf(Invocation(AgentName("ocf", "x", "y"), "monitor", 1), 3) == Ocf.UNIMPLEMENT_FEATURE
    assert to_ocf(Invocation(AgentName("heartbeat", "x"), "monitor", 1), 0, "running") == Ocf.OK
    assert to_ocf(Invocation(AgentName("stonith", "x"), "status", 1), 2) == 2


def test_the_last_exit_reason_counts() -> None:
    """Operators would read no reason, or one of an earlier try."""
    assert exit_reason("x\nocf-exit-reason:first\nocf-exit-reason:second one\nmore\n") == "second one"
    assert exit_reason("WARN: ocf-exit-reason:inline") == "inline"
    assert exit_reason("ocf-exit-reason:\nx") == ""
    assert exit_reason("nothing") == ""


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (errno.ENOENT, Ocf.NOT_INSTALLED, ExecutionStatus.NOT_INSTALLED),
        (errno.ENOEXEC, Ocf.NOT_INSTALLED, ExecutionStatus.NOT_INSTALLED),
        (errno.EACCES, Ocf.INSUFFICIENT_PRIV, ExecutionStatus.ERROR),
        (errno.ENOMEM, Ocf.UNKNOWN_ERROR, ExecutionStatus.ERROR),
    ],
)
def test_what_the_kernel_refuses(error: int, code: Ocf, status: ExecutionStatus) -> None:
    """A node without the agent would be tried again instead of avoided."""
    assert refusal(error) == (code, status)
