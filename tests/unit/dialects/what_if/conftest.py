"""Two small clusters: a service that moves, and a database that is promoted on n1."""

from __future__ import annotations

import pytest

from standfast import cib, scheduler
from standfast.dialects import what_if

NOW_S = 1_700_000_000
NODES = ("n1", "n2", "n3")


def operation(resource: str, task: str, rc: int, node: str, call: int, more: str = "") -> str:
    target = 7 if (task, rc) == ("monitor", 7) else 8 if (task, rc) == ("monitor", 8) else 0
    return (
        f'<lrm_rsc_op id="{resource}_last_0" operation="{task}" operation_key="{resource}_{task}_0" interval="0" '
        f'call-id="{call}" rc-code="{rc}" op-status="0" transition-key="{call}:1:{target}:x" '
        f'transition-magic="0:{rc};{call}:1:{target}:x" on_node="{node}" last-rc-change="1699999000" '
        f'op-digest="{scheduler.digest({})}" {more}/>'
    )


def history(resource: str, *operations: str) -> str:
    kind = (
        'class="ocf" provider="pacemaker" type="Stateful"'
        if resource == "db"
        else ('class="ocf" provider="pacemaker" type="Dummy"')
    )
    return f'<lrm_resource id="{resource}" {kind}>{"".join(operations)}</lrm_resource>'


def state(number: int, scores: str, *histories: str) -> str:
    return (
        f'<node_state id="{number}" uname="n{number}" in_ccm="true" crmd="online" join="member" expected="member">'
        f'<transient_attributes id="{number}"><instance_attributes id="s{number}">{scores}</instance_attributes>'
        f'</transient_attributes><lrm id="{number}"><lrm_resources>{"".join(histories)}</lrm_resources></lrm>'
        "</node_state>"
    )


def score(node: int, value: int) -> str:
    return f'<nvpair id="m{node}" name="master-db" value="{value}"/>'


RESOURCES = (
    '<primitive id="web" class="ocf" provider="pacemaker" type="Dummy"/>'
    '<clone id="data"><meta_attributes id="dm"><nvpair id="dp" name="promotable" value="true"/></meta_attributes>'
    '<primitive id="db" class="ocf" provider="pacemaker" type="Stateful"/></clone>'
    '<primitive id="fencing" class="stonith" type="fence_lab"/>'
)
STATUS = (
    state(1, score(1, 30), history("web", operation("web", "start", 0, "n1", 1, 'exec-time="400" queue-time="100"')),
          history("db", operation("db", "monitor", 8, "n1", 2)))
    + state(2, score(2, 20), history("web", operation("web", "stop", 0, "n2", 1, 'exec-time="300"')),
            history("db", operation("db", "start", 0, "n2", 2)))
    + state(3, score(3, 10), history("web", operation("web", "monitor", 7, "n3", 1)),
            history("db", operation("db", "start", 0, "n3", 2)))
)  # fmt: skip


@pytest.fixture
def document() -> cib.Document:
    nodes = "".join(f'<node id="{n}" uname="n{n}"/>' for n in (1, 2, 3))
    return cib.Document.parse(
        f'<cib crm_feature_set="{cib.FEATURE_SET}" validate-with="{cib.SCHEMA}" epoch="1" num_updates="0" '
        f'admin_epoch="0" have-quorum="1" dc-uuid="1"><configuration><crm_config/><nodes>{nodes}</nodes><resources>'
        f"{RESOURCES}</resources><constraints/></configuration><status>{STATUS}</status></cib>"
    )


@pytest.fixture
def play(document):
    """Return what rehearses events in words, with floors."""

    def run(*events: str, at_least: tuple[str, ...] = ()) -> what_if.Rehearsal:
        happens = what_if.parse(events, document, NOW_S)
        return what_if.rehearse(document, happens, what_if.floors(at_least, document), NOW_S)

    return run
