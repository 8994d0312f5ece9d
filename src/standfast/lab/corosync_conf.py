"""The corosync.conf of a lab: one text for all of its nodes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from standfast.lab.topology import LabNode

TOKEN_MS = 1000
FILE = "corosync.conf"


def text(cluster: str, members: Sequence[LabNode], token_ms: int = TOKEN_MS, quorum: Mapping[str, str] | None = None,
         votes: Mapping[int, int] | None = None) -> str:  # fmt: skip
    """Return it. `quorum` has further options of votequorum; `votes` by node id, one each unless said.

    `token_ms` is the token timeout of a ring of any size: the lab's coefficient is 0.
    """
    options = {"provider": "corosync_votequorum", **(quorum or {})}
    nodes = "".join(
        f"  node {{\n    nodeid: {member.id}\n    name: {member.name}\n    ring0_addr: {member.address}\n"
        f"    quorum_votes: {(votes or {}).get(member.id, 1)}\n  }}\n"
        for member in members
    )
    return (
        f"totem {{\n  version: 2\n  cluster_name: {cluster}\n  transport: knet\n  crypto_cipher: none\n"
        f"  crypto_hash: none\n  token: {token_ms}\n  token_coefficient: 0\n}}\n"
        # A realtime priority would let eight Corosyncs on one machine starve the rest of it; the best of the ordinary
        # ones keeps a busy machine from costing tokens. Where it is refused, Corosync says so and goes on.
        "system {\n  sched_rr: no\n  priority: max\n  state_dir: /var/lib/standfast/corosync\n}\n"
        "quorum {\n" + "".join(f"  {key}: {value}\n" for key, value in options.items()) + "}\n"
        "logging {\n  to_logfile: no\n  to_syslog: no\n  to_stderr: yes\n  timestamp: hires\n}\n"
        f"nodelist {{\n{nodes}}}\n"
    )
