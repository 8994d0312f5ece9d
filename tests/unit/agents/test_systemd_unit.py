"""Systemd's words."""

from __future__ import annotations

import pytest

from standfast.agents import ExecutionStatus, Ocf
from standfast.agents import systemd_unit as unit


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("nginx", "nginx.service"),
        ("nginx.service", "nginx.service"),
        ("data.mount", "data.mount"),
        ("a.b", "a.b.service"),
        ("vpn@", "vpn@standfast.service"),
        ("vpn@x", "vpn@x.service"),
    ],
)
def test_unit_names(name: str, full: str) -> None:
    """A resource would start another unit than the configured one."""
    assert unit.unit_name(name) == full


@pytest.mark.parametrize(
    ("state", "code"), [("active", 0), ("reloading", 0), ("inactive", 7), ("failed", 7), ("maintenance", 7)]
)
def test_states(state: str, code: int) -> None:
    """A dead unit would count as running."""
    outcome = unit.state_outcome(state)
    assert outcome is not None
    assert outcome.exit_code == code


def test_a_unit_on_its_way_is_not_decided() -> None:
    """A probe would take a unit for stopped that is just starting."""
    assert unit.state_outcome("activating") is None
    assert unit.state_outcome("deactivating") is None


def test_jobs() -> None:
    """A start that systemd gave up would count as success."""
    assert unit.job_outcome("start", "x.service", "done").exit_code == Ocf.OK
    assert unit.job_outcome("start", "x.service", "timeout").status == ExecutionStatus.TIMEOUT
    assert unit.job_outcome("start", "x.service", "dependency").exit_code == Ocf.UNKNOWN_ERROR


def test_a_unit_that_does_not_exist_is_stopped() -> None:
    """A package's removal would end in fencing: its stop would fail for ever."""
    missing = "org.freedesktop.systemd1.NoSuchUnit"
    assert unit.error_outcome("stop", "x.service", missing, "").exit_code == Ocf.OK
    assert unit.error_outcome("start", "x.service", missing, "").exit_code == Ocf.NOT_INSTALLED
    assert unit.error_outcome("stop", "x.service", "org.x.Failed", "m").status == ExecutionStatus.ERROR


def test_drop_in() -> None:
    """At a shutdown units would stop before the cluster moved them, or systemd would restart them behind its back."""
    assert "Before=standfastd.service" in unit.drop_in("x.service")
    assert "Restart=no" in unit.drop_in("x.service")
    assert "[Service]" not in unit.drop_in("x.mount")
