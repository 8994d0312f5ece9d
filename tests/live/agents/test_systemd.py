"""Units over D-Bus: a real bus, and a systemd that does what a test needs."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from standfast.agents import AgentName, ExecutionStatus, Invocation, Ocf, Outcome, Site
from standfast.agents.live import Caller, Systemd

pytestmark = pytest.mark.live
BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><listen>unix:path={folder}/bus</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_destination="*"/><allow receive_sender="*"/></policy></busconfig>
"""


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Systemd]:
    """Give the client of a systemd of its own, on a bus of its own."""
    if not shutil.which("dbus-daemon"):
        pytest.skip("needs dbus-daemon")
    (tmp_path / "bus.conf").write_text(BUS.format(folder=tmp_path))
    bus = subprocess.Popen(
        ["dbus-daemon", f"--config-file={tmp_path}/bus.conf", "--nofork", "--print-address"], stdout=subprocess.PIPE
    )
    fake = None
    try:
        assert bus.stdout is not None
        assert bus.stdout.readline()
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/bus")
        script = Path(__file__).with_name("fake_systemd.py")
        fake = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, env=dict(os.environ))
        assert fake.stdout is not None
        assert fake.stdout.readline() == b"ready\n"
        yield Systemd(str(tmp_path / "run"), look_s=30)
    finally:
        for child in (fake, bus):
            if child is not None:
                child.kill()
                child.wait()
                assert child.stdout is not None
                child.stdout.close()


def order(unit: str, action: str, timeout_ms: int = 30_000) -> Invocation:
    return Invocation(AgentName("systemd", unit), action, timeout_ms, "r")


def run(systemd: Systemd, *orders: Invocation) -> list[Outcome]:
    async def story() -> list[Outcome]:
        return [await systemd.run(o) for o in orders]

    return asyncio.run(story())


def test_start_monitor_stop(systemd: Systemd, tmp_path: Path) -> None:
    """No unit could be run; or a start would count as done while it is only ordered."""
    orders = [order("good", a) for a in ("monitor", "start", "monitor", "stop", "monitor")]
    outcomes = run(systemd, *orders)
    assert [o.exit_code for o in outcomes] == [7, 0, 0, 0, 7]
    assert all(o.status == ExecutionStatus.DONE for o in outcomes)
    assert outcomes[1].duration_ms >= 250
    assert list(tmp_path.glob("run/**/*.conf")) == [], "a stopped unit is systemd's own again"


def test_the_cluster_overrides_a_unit_that_it_runs(systemd: Systemd, tmp_path: Path) -> None:
    """Systemd would restart a failed unit behind the cluster's back."""
    run(systemd, order("good", "start"))
    assert "Restart=no" in (tmp_path / "run/good.service.d/50-standfast.conf").read_text()


def test_failures(systemd: Systemd) -> None:
    """A failed start would count as success; a unit that is not there would fail to stop."""
    broken, missing, gone, unknown = run(
        systemd, order("broken", "start"), order("none", "start"), order("none", "stop"), order("good", "promote")
    )
    assert (broken.exit_code, broken.status) == (Ocf.UNKNOWN_ERROR, ExecutionStatus.ERROR)
    assert "'failed'" in broken.exit_reason
    assert (missing.exit_code, missing.status) == (Ocf.NOT_INSTALLED, ExecutionStatus.NOT_INSTALLED)
    assert gone.exit_code == Ocf.OK
    assert unknown.exit_code == Ocf.UNIMPLEMENT_FEATURE


def test_a_job_that_does_not_end(systemd: Systemd) -> None:
    """A hanging unit would hold the resource for ever, and nobody would know in which state."""
    started, monitored = run(systemd, order("slow", "start", 2000), order("slow", "monitor", 2000))
    assert started.status == monitored.status == ExecutionStatus.TIMEOUT
    assert started.doing == "slow.service is activating/start"


def test_a_monitor_waits_for_a_unit_on_its_way(systemd: Systemd) -> None:
    """A probe of a unit that is just starting would find it stopped, and the cluster would start it elsewhere."""

    async def story() -> tuple[Outcome, Outcome]:
        await systemd.run(order("good", "monitor"))
        start = asyncio.create_task(systemd.run(order("good", "start")))
        while await systemd._property("/org/freedesktop/systemd1/unit/good", "ActiveState") == "inactive":
            await asyncio.sleep(0.01)
        return await systemd.run(order("good", "monitor")), await start

    monitor, start = asyncio.run(story())
    assert (monitor.exit_code, start.exit_code) == (Ocf.OK, Ocf.OK)


def test_cancel(systemd: Systemd) -> None:
    """A cancelled monitor would have no end, and the stop behind it would wait."""

    async def story() -> Outcome:
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        call = systemd.start(order("slow", "start"), outcome.set_result)
        call.kill()
        return await asyncio.wait_for(outcome, 30)

    assert asyncio.run(story()).status == ExecutionStatus.CANCELLED


def test_without_a_bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The daemon would end on a machine without systemd."""
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"unix:path={tmp_path}/none")
    (outcome,) = run(Systemd(), order("nginx", "start"))
    assert (outcome.exit_code, outcome.status) == (Ocf.NOT_INSTALLED, ExecutionStatus.NOT_INSTALLED)
    assert "no systemd" in outcome.exit_reason


def test_a_service_is_a_script_or_a_unit(systemd: Systemd, tmp_path: Path) -> None:
    """`service:nginx` would not start where only one of the two exists."""
    caller = Caller(Site(init_directory=str(tmp_path)), systemd=systemd)
    (tmp_path / "web").write_text("")
    assert caller.resolve(AgentName("service", "web")) == AgentName("lsb", "web")
    assert caller.resolve(AgentName("service", "good")) == AgentName("systemd", "good")

    async def story() -> Outcome:
        outcome: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        caller.start(Invocation(AgentName("service", "good"), "start", 30_000), outcome.set_result)
        return await asyncio.wait_for(outcome, 60)

    assert asyncio.run(story()).exit_code == Ocf.OK


def test_the_real_systemd() -> None:
    """The real one would answer otherwise than the tests' own."""
    if not Path("/run/systemd/system").exists():
        pytest.skip("this machine was not booted by systemd")
    (outcome,) = run(Systemd(), order("systemd-journald", "monitor"))
    assert outcome.exit_code == Ocf.OK
