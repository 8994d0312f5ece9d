"""crm_mon: the daemon's rendering, in every form."""

from __future__ import annotations

import os
import subprocess
import time

import standfast.cli.tools


def test_text_and_xml(sh, daemon) -> None:
    """redis, pgsql and galera look for themselves in crm_mon's XML."""
    assert sh("crm_mon -1").out.startswith("Cluster Summary:\n  * Current DC: n1\n")
    for line in ("crm_mon -1 --output-as=xml", "crm_mon -X", "crm_mon -1X", "crm_mon -r --as-xml", "crm_mon -1 -rfA"):
        ran = sh(line)
        assert ran.code == 0
        assert ran.out.startswith("<pacemaker-result" if "xml" in line or "X" in line else "Cluster Summary")
    assert "inactive=1" in daemon.asked[-1]
    assert "show_node_attributes=1" in daemon.asked[-1]


def test_without_validation_as_agents_ask(sh) -> None:
    """ocf-shellfuncs hands the CIB of cibadmin through a pipe: the agent would get nothing."""
    script = (
        'CIB_file=<("$HA_SBIN_DIR"/cibadmin -Q | sed s/validate-with=\\"[^\\"]*\\"/validate-with=\\"none\\"/) '
        '"$HA_SBIN_DIR"/crm_mon -1 --output-as=xml'
    )
    environment = {"PATH": "/usr/bin:/bin", "HA_SBIN_DIR": str(sh.folder), "STANDFAST_SOCKET": sh.daemon.path}
    done = subprocess.run(["bash", "-c", script], env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("<pacemaker-result")


def test_simple_status(sh, daemon) -> None:
    """Nagios would not hear of a lost node."""
    assert tuple(sh("crm_mon -s")) == (1, "CLUSTER WARN: offline node: n3\n")
    daemon.status["nodes"][2]["online"] = True
    assert tuple(sh("crm_mon -s")) == (0, "CLUSTER OK: 3 nodes online, 6 resource instances configured\n")
    daemon.status["dc"] = ""
    assert sh("crm_mon -s").code == 2


def test_page_and_background(sh, tmp_path) -> None:
    """ocf:heartbeat:ClusterMon would write no page, or leave no process to stop."""
    page, pid = tmp_path / "page.html", tmp_path / "pid"
    line = f"crm_mon -p {pid} -d -i 1 -n --output-as=html --output-to={page}"
    assert sh(line).code == 0
    deadline = time.monotonic() + 60
    while not (page.exists() and pid.exists() and pid.read_text().strip()) and time.monotonic() < deadline:
        time.sleep(0.05)
    number = int(pid.read_text())
    os.kill(number, 15)
    assert "<pre>Cluster Summary:" in page.read_text()


def test_what_is_not_offered(sh) -> None:
    """A mistyped format would print something else."""
    assert sh("crm_mon --output-as=foo").code == 64
    assert sh("crm_mon -E /bin/true").code == 3
    assert sh("crm_mon -1", STANDFAST_SOCKET="/nowhere").code == 102


def test_names_are_modules() -> None:
    """A launcher would start a tool that is not there."""
    folder = os.path.dirname(standfast.cli.tools.__file__)
    assert all(os.path.exists(os.path.join(folder, f"{name}.py")) for name in standfast.cli.tools.NAMES)
