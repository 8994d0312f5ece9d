"""How long a daemon with an empty disk needs until it takes part, with a small configuration and with a large one.

    .venv/bin/python bench/joiner_snapshot.py [--mib 10] [--runs 5] [--token 1000] [--engine corosync]

Three nodes. The daemon of n3 is killed, its state deleted, and it is started again: the time from its start until its
own API says that all are online, and has the others' configuration. The difference of the two is what the document
costs. Ends with 1 if the large one takes longer than 3 s at the median.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

from standfast.errors import LiveError, RequestError
from standfast.lab import demo
from standfast.lab.live import control, launch, node_api, packages, setup
from standfast.web import schema

TARGET_S = 3.0
LIMIT_S = 60.0
JOINER = "n3"
PART_BYTES = 25 << 10


def configuration(size_bytes: int) -> str:
    """Return a configuration of this size: primitives that are not to be started, with long descriptions."""
    words = "a description as long as those that generators write; " * (PART_BYTES // 54)
    resources = "".join(
        f'<primitive id="r{n}" class="ocf" provider="heartbeat" type="Dummy" description="{words}"/>'
        for n in range(size_bytes // PART_BYTES)
    )
    return f"""<configuration><crm_config><cluster_property_set id="cib-bootstrap-options">
        <nvpair id="o1" name="stonith-enabled" value="false"/>
        <nvpair id="o2" name="enable-startup-probes" value="false"/>
        </cluster_property_set></crm_config><nodes/><resources>{resources}</resources><constraints/>
        <rsc_defaults><meta_attributes id="d"><nvpair id="d1" name="target-role" value="Stopped"/></meta_attributes>
        </rsc_defaults></configuration>"""


def numbers(version: str) -> list[int]:
    """Return a configuration's version so that versions compare."""
    return [int(number) for number in version.split(".")]


def join(lab: control.Lab, names: list[str]) -> float:
    """Let the joiner begin with an empty disk; return how long it takes to take part, in seconds."""
    lab.output(JOINER, "pkill", "-KILL", "-f", "standfast.daemons")
    lab.output(JOINER, "sh", "-c", "rm -rf /var/lib/standfast/*")
    others = [name for name in names if name != JOINER]
    gone = lambda status: JOINER not in {n.name for n in status.nodes if n.state == "online"}  # noqa: E731
    node_api.wait_for_status(lab, others, "the joiner is gone", LIMIT_S, gone)
    before = numbers(node_api.NodeApi(lab, others[0]).status().version)
    begun = time.monotonic()
    lab.start_daemon(JOINER)

    def takes_part(status: schema.Status) -> bool:
        return node_api.all_online(names)(status) and numbers(status.version) >= before

    node_api.wait_for_status(lab, [JOINER], "the joiner takes part", LIMIT_S, takes_part)
    return time.monotonic() - begun


def main() -> int:
    """Do what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mib", type=float, default=10)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--token", type=int, default=1000)
    parser.add_argument("--engine", default="corosync", choices=("corosync", "local"))
    options = parser.parse_args()
    packages.provide()
    settings = setup.settings("snapshot", demo.NODES, engine=options.engine, token_ms=options.token)
    lease, lab = launch.up(settings), control.Lab(Path(settings.folder))
    names = [f"n{n}" for n in range(1, demo.NODES + 1)]
    medians = []
    try:
        node_api.wait_for_status(lab, names[:1], "all nodes online", LIMIT_S, node_api.all_online(names))
        for size_bytes in (1 << 16, int(options.mib * (1 << 20))):
            edit = schema.Edit("replace", configuration(size_bytes), "configuration")
            node_api.NodeApi(lab, "n1", LIMIT_S).change(edit)
            times = [join(lab, names) for _ in range(options.runs)]
            medians.append(statistics.median(times))
            length = len(node_api.NodeApi(lab, "n1", LIMIT_S).document())
            print(f"{length / (1 << 20):6.2f} MiB: " + " ".join(f"{t:.2f}" for t in times), flush=True)
    finally:
        lease.end(lab.folder)
    print(f"medians {medians[0]:.2f} s and {medians[1]:.2f} s (target {TARGET_S:g} s); the document costs "
          f"{medians[1] - medians[0]:.2f} s")  # fmt: skip
    return 1 if medians[1] > TARGET_S else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (LiveError, RequestError) as error:
        sys.exit(f"joiner_snapshot: {error}")
