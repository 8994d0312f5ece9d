"""The status as text."""

from __future__ import annotations

from standfast.cli import render_status
from standfast.cli.style import PLAIN, Style
from standfast.web import schema

WEB = [("group", "web")]
STATUS = schema.Status(
    node="n1",
    cluster="lab",
    dc="n2",
    version="0.12.3",
    term=5,
    quorum=schema.QuorumRecord(False, 1, 2, 2, two_node=True, wait_for_all=True),
    nodes=[
        schema.NodeRecord("n1", 1, True, "online", daemon=False),
        schema.NodeRecord("n2", 2, True, "standby", dc=True, standby=True),
        schema.NodeRecord("far", 0, True, "online", kind="remote"),
    ],
    resources=[
        schema.ResourceRecord("vip", "ocf:heartbeat:IPaddr2", "Started", ["n1"], parents=WEB),
        schema.ResourceRecord("app", "lsb:app", "Started", ["n1", "n2"], failed=True, parents=WEB),
        schema.ResourceRecord("s", "ocf:x:s", "Promoted", ["n1"], parents=[("clone", "c"), ("group", "g:0")]),
        schema.ResourceRecord("off", "lsb:off", "Stopped", managed=False, target_role="Started", pending="Starting"),
        schema.ResourceRecord("old", "lsb:old", "Started", ["n1"], orphaned=True, blocked=True,
                              fail_counts={"n1": 1000000, "n2": 0}),
    ],
    failures=[schema.FailureRecord("app_monitor_10000", "n1", 7, "complete", "gone", 3, 1700000000)],
    transition="running",
    engine="local",
    maintenance=True,
)  # fmt: skip
TEXT = """\
Cluster lab, seen from n1
  DC n2; NO QUORUM (1 of 2 votes, 2 needed; two nodes; wait for all)
  configuration 0.12.3, term 5; transition running; engine local
  maintenance mode: resources are not managed

Nodes
  n1   online   no daemon
  n2   standby  DC
  far  online   remote

Resources
  web (group)
    vip  ocf:heartbeat:IPaddr2  Started   n1
    app  lsb:app                Started   n1, n2 FAILED
  c (clone)
    g:0 (group)
      s  ocf:x:s                Promoted  n1
  off    lsb:off                Stopped   unmanaged (Starting) target-role Started
  old    lsb:old                Started   n1 blocked ORPHANED failures n1: INFINITY

Failures
  app_monitor_10000 on n1: 7 (not running), complete, 'gone', 2023-11-14 22:13:20"""


def test_everything_is_on_one_screen() -> None:
    """If this failed, something that an operator must know would not be shown."""
    assert render_status.whole(STATUS, PLAIN) == TEXT


def test_colours_change_no_word() -> None:
    """If this failed, a coloured status would say something else."""
    coloured = render_status.whole(STATUS, Style(colour=True))
    assert "\x1b[31;1mNO QUORUM\x1b[0m" in coloured
    plain = "".join(part.partition("m")[2] if n else part for n, part in enumerate(coloured.split("\x1b[")))
    assert plain == TEXT


def test_only_what_is_asked_for() -> None:
    """If this failed, the status of one group would be lost among all others."""
    text = render_status.resources(STATUS, {"web"}, PLAIN)
    assert "vip" in text
    assert "old" not in text
    assert render_status.resources(STATUS, {"nothing"}, PLAIN) == "Resources\n  none"
