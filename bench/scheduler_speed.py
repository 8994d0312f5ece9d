"""Measure the scheduler: processor time of the command beside Pacemaker's crm_simulate, and of the resident worker.

PYTHONPATH=src python bench/scheduler_speed.py [NODES RESOURCES]

A command's time is all of it, start and reading included. The resident figure is what one failed monitor costs in a
cluster at rest until the new transition is there: the daemon's loop, which renders the document and reads the answer,
and its worker.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import statistics
import sys
import tempfile
import time
from pathlib import Path

from standfast import cib, compiled, scheduler
from standfast.daemons.resident import Resident
from standfast.dialects import crm_simulate

NOW_S = 1_700_000_000
SIZES = ((3, 10), (16, 500), (32, 1000))
STATES = ("stopped", "running", "lost")
ROUNDS = 3
OURS = [sys.executable, "-m", "standfast.cli.main", "crm_simulate"]


def document(nodes: int, resources: int, state: str) -> str:
    """Return a cluster of groups, a clone and a fence device: all stopped, all running, or with a node lost."""
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
    known = [] if state == "stopped" else primitives
    states = "".join(_state(n, name, known, nodes, up=state != "lost" or n > 1) for n, name in enumerate(names, 1))
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


def _state(number: int, name: str, primitives: list[str], nodes: int, *, up: bool) -> str:
    histories = "".join(_history(one, n // 5 % nodes + 1 == number) for n, one in enumerate(primitives))
    in_ccm, crmd = ("true", "online") if up else ("false", "offline")
    return (
        f'<node_state id="{number}" uname="{name}" in_ccm="{in_ccm}" crmd="{crmd}" join="member" expected="member">'
        f'<lrm id="{number}"><lrm_resources>{histories}</lrm_resources></lrm></node_state>'
    )


def _history(primitive: str, active: bool) -> str:
    rc, operation = (0, "start") if active else (7, "monitor")
    return (
        f'<lrm_resource id="{primitive}" class="ocf" provider="pacemaker" type="Dummy"><lrm_rsc_op '
        f'id="{primitive}_last_0" operation="{operation}" operation_key="{primitive}_{operation}_0" interval="0" '
        f'transition-key="1:0:{rc}:x" transition-magic="0:{rc};1:0:{rc}:x" call-id="1" rc-code="{rc}" op-status="0"/>'
        "</lrm_resource>"
    )


def command_s(command: list[str], path: Path, *options: str) -> float:
    """Return the processor time of a command over a document, the median of some runs. Raises: SystemExit if one
    fails."""
    return statistics.median(_once_s([*command, *options, "-x", str(path)]) for _ in range(ROUNDS))


def _once_s(argv: list[str]) -> float:
    nowhere = [(os.POSIX_SPAWN_OPEN, fd, os.devnull, os.O_RDWR, 0) for fd in (0, 1, 2)]
    pid = os.posix_spawn(argv[0], argv, os.environ | {"CIB_shadow_dir": tempfile.gettempdir()}, file_actions=nowhere)
    _, status, used = os.wait4(pid, 0)
    if status:
        sys.exit(f"{' '.join(argv)} ended with {os.waitstatus_to_exitcode(status)}: no measurement")
    return used.ru_utime + used.ru_stime


def compare(nodes: int, resources: int, state: str, path: Path) -> None:
    """Print one line: our seconds, theirs, and the ratio."""
    path.write_text(document(nodes, resources, state).replace(cib.SCHEMA, "pacemaker-3.7"))
    ours = command_s(OURS, path, "-R")
    line = f"{nodes:3} nodes {resources:5} resources {state:8} -R: {ours:7.3f} s"
    peer = shutil.which("crm_simulate")
    if peer is not None:
        theirs = command_s([peer], path, "-R")
        line += f", crm_simulate {theirs:7.3f} s: {ours / theirs:5.2f} times as long"
    print(line, flush=True)


def _cpu_s(pid: int) -> float:
    """Return a process's time on processors. Source: Linux, Documentation/scheduler/sched-stats.rst."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def at_rest(nodes: int, resources: int) -> cib.Document:
    """Return a cluster in which everything runs and is watched, and nothing is left to do."""
    held = cib.Document.parse(document(nodes, resources, "stopped"))
    while True:
        simulated = crm_simulate.run(crm_simulate.parse(["-S", "-Q", "--save-output", "-"]), held, NOW_S)
        held = cib.Document.parse(simulated.files["save_output"])
        if not scheduler.schedule(held, NOW_S).graph.synapses:
            return held


async def reschedule_s(nodes: int, resources: int) -> list[tuple[float, float]]:
    """Return the loop's and the worker's processor time for each of some monitors that fail, the first left out."""
    held = at_rest(nodes, resources)
    worker, found = Resident(), []
    await worker.start()
    monitors = [op for op in held.root.iter("lrm_rsc_op") if op.get("interval") == "10000"]
    for number, operation in enumerate(monitors[: 2 * ROUNDS + 2]):
        operation.set("rc-code", "7")
        operation.set("transition-magic", operation.get("transition-magic", "").replace("0:0;", "0:7;", 1))
        operation.set("last-rc-change", str(NOW_S + number))
        before = time.process_time(), _cpu_s(worker.pid)
        await worker.schedule(held.render(), NOW_S + number)
        loop_s = time.process_time() - before[0]
        found.append((loop_s, await _settled_s(worker.pid) - before[1]))
    await worker.stop()
    return found[1:]


async def _settled_s(pid: int) -> float:
    """Return a process's time on processors once it rests: what it tidies up after an answer counts too."""
    last_s = 0.0
    while (now_s := _cpu_s(pid)) != last_s:
        last_s = now_s
        await asyncio.sleep(0.05)
    return now_s


def resident(nodes: int, resources: int) -> None:
    """Print what one changed operation costs the daemon and its worker."""
    loop, worker = (
        statistics.median(times) for times in zip(*asyncio.run(reschedule_s(nodes, resources)), strict=True)
    )
    print(
        f"{nodes:3} nodes {resources:5} resources at rest, one monitor fails: {(loop + worker) * 1000:.0f} ms "
        f"(loop {loop * 1000:.0f}, worker {worker * 1000:.0f})"
    )


def main() -> int:
    """Measure the sizes given, else small to large."""
    given = [int(word) for word in sys.argv[1:3]]
    print(
        f"the scheduler's {compiled.form('scheduler')} form; load {os.getloadavg()[0]:.1f}, {os.cpu_count()} processors"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cib.xml")
        for nodes, resources in [(given[0], given[1])] if len(given) == 2 else SIZES:
            for state in STATES:
                compare(nodes, resources, state, path)
        path.write_text(document(16, 500, "stopped").replace(cib.SCHEMA, "pacemaker-3.7"))
        print(
            f" 16 nodes   500 resources stopped  -S: {command_s(OURS, path, '-S'):7.3f} s (crm_simulate 2.1.5: 343 s)"
        )
    resident(16, 500)
    return 0


if __name__ == "__main__":
    sys.exit(main())
