"""What the demonstration needs of the distribution."""

from __future__ import annotations

import os
import shutil
import subprocess

from standfast.errors import Exit, RequestError
from standfast.lab.live import programs

_NEEDED = {
    "ip": "iproute2",
    "ifconfig": "net-tools",
    "fuser": "psmisc",
    "ps": "procps",
    "modprobe": "kmod",
    "nginx": "nginx-light",
    "/usr/lib/ocf/resource.d/heartbeat/IPaddr": "resource-agents",
    "/usr/lib/ocf/resource.d/pacemaker/Stateful": "pacemaker-resource-agents",
}
_PATH = "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin"


def missing(engine: str = "local") -> list[str]:
    """Return the packages that lack, by Debian's names."""
    needed = _NEEDED | ({"corosync": "corosync"} if engine == "corosync" else {})
    return sorted({package for name, package in needed.items() if not shutil.which(name, path=_PATH)})


def provide(engine: str = "local") -> None:
    """Install what lacks, as root. Raises: RequestError with the line to type."""
    lacking = missing(engine)
    if not lacking:
        return
    script = programs.source_root().parent / "tools" / "system-packages"
    if os.geteuid() == 0 and script.is_file():
        subprocess.run(["bash", str(script), "demo-corosync" if engine == "corosync" else "demo"], check=False)
        lacking = missing(engine)
    if lacking:
        line = f"apt-get install -y --no-install-recommends {' '.join(lacking)}"
        raise RequestError(f"missing packages; type: sudo {line}", Exit.UNAVAILABLE)
