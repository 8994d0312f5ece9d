"""Measure the scheduler: seconds of processor time for small and large clusters; beside crm_simulate, if installed.

PYTHONPATH=src python bench/scheduler_speed.py [NODES RESOURCES]
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from standfast import cib, scheduler

NOW_S = 1_700_000_000
SIZES = ((3, 10), (8, 100), (16, 500))
ROUNDS = 5


def document(nodes: int, resources: int, *, running: bool) -> str:
    """Return a cluster of groups and clones of a fence device, all stopped or all running."""
    names = [f"node{n}" for n in range(1, nodes + 1)]
    primitives = [f"rsc{n}" for n in range(resources)]
    fence = '<primitive id="fencing" class="stonith" type="fence_dummy"/>'
    groups = "".join(_group(n, primitives[n : n + 5]) for n in range(0, resources, 5))
    clone = f'<clone id="everywhere">{_primitive("local")}</clone>'
    locations = "".join(
        f'<rsc_location id="loc{n}" rsc="group{n}" node="{names[n % nodes]}" score="100"/>'
        for n in range(0, resources, 5)
    )
    order = "".join(f'<rsc_order id="order{n}" first="everywhere" then="group{n}"/>' for n in range(0, resources, 5))
    states = "".join(_state(n, name, primitives if running else [], nodes) for n, name in enumerate(names, 1))
    members = "".join(f'<node id="{n}" uname="{name}"/>' for n, name in enumerate(names, 1))
    return (
        f'<cib epoch="1" num_updates="0" admin_epoch="0" have-quorum="1" dc-uuid="1" validate-with="{cib.SCHEMA}">'
        "<configuration><crm_config/>"
        f"<nodes>{members}</nodes><resources>{fence}{groups}{clone}</resources>"
        f"<constraints>{locations}{order}</constraints></configuration><status>{states}</status></cib>"
    )


def _primitive(name: str) -> str:
    return (
        f'<primitive id="{name}" class="ocf" provider="pacemaker" type="Dummy"><operations>'
        f'<op id="{name}-monitor" name="monitor" interval="10s" timeout="20s"/></operations></primitive>'
    )


def _group(number: int, members: list[str]) -> str:
    return f'<group id="group{number}">{"".join(map(_primitive, members))}</group>'


def _state(number: int, name: str, primitives: list[str], nodes: int) -> str:
    histories = "".join(_history(one, n // 5 % nodes + 1 == number) for n, one in enumerate(primitives))
    return (
        f'<node_state id="{number}" uname="{name}" in_ccm="true" crmd="online" join="member" expected="member">'
        f'<lrm id="{number}"><lrm_resources>{histories}</lrm_resources></lrm></node_state>'
    )


def _history(primitive: str, active: bool) -> str:
    rc, operation = (0, "start") if active else (7, "monitor")
    return (
        f'<lrm_resource id="{primitive}" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op '
        f'id="{primitive}_last_0" operation="{operation}" operation_key="{primitive}_{operation}_0" interval="0" '
        f'transition-magic="0:{rc};1:0:{rc}:x" call-id="1" rc-code="{rc}" op-status="0"/></lrm_resource>'
    )


def spent_s(call: Callable[[], object]) -> float:
    """Return the least processor time of some calls, children's included."""
    return min(_one(call) for _ in range(ROUNDS))


def _one(call: Callable[[], object]) -> float:
    begin = _clock_s()
    call()
    return _clock_s() - begin


def _clock_s() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


def measure(nodes: int, resources: int, *, running: bool) -> None:
    """Print one line: ours, theirs, and the ratio."""
    text = document(nodes, resources, running=running)
    parsed = cib.Document.parse(text)
    ours = spent_s(lambda: scheduler.schedule(parsed, NOW_S))
    line = f"{nodes:3} nodes, {resources:4} resources {'running' if running else 'stopped'}: {ours * 1000:8.1f} ms"
    peer = shutil.which("crm_simulate")
    if peer is not None:
        theirs = _peer_s(peer, text)
        line += f", crm_simulate {theirs * 1000:8.1f} ms (start and reading included), ratio {ours / theirs:.1f}"
    print(line)


def _peer_s(peer: str, text: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cib.xml")
        path.write_text(text.replace(cib.SCHEMA, "pacemaker-3.7"))
        command = [peer, "--run", "--quiet", "--xml-file", str(path)]
        environment = os.environ | {"CIB_shadow_dir": folder}
        return spent_s(lambda: subprocess.run(command, check=True, capture_output=True, env=environment))


def main() -> int:
    """Measure the sizes given, else small to large."""
    given = [int(word) for word in sys.argv[1:3]]
    for nodes, resources in [(given[0], given[1])] if len(given) == 2 else SIZES:
        for running in (False, True):
            measure(nodes, resources, running=running)
    return 0


if __name__ == "__main__":
    sys.exit(main())
