"""The notebook's own lines, loaded into a running cluster."""

import time
from collections.abc import Callable

import pytest

from standfast import cib
from standfast.errors import StandfastError
from standfast.lab.live import control, loading, node_api

pytestmark = pytest.mark.live

LINES = """
\tprimitive myip ocf:heartbeat:IPaddr params ip=172.16.100.12 cidr_netmask=16 nic=eth0 op monitor interval=20 timeout=20 on-fail=restart
\tprimitive mystore ocf:heartbeat:Filesystem params device="172.16.100.17:/mydata" directory="/mydata" fstype="nfs" op monitor interval=20 timeout=20 on-fail=restart
\tprimitive myserver lsb:mysqld op monitor interval=20 timeout=20 on-fail=restart

\tgroup myservice myip mystore myserver

\torder myip_berfore_mystore_before_myserver mandatory: (myip mystore) myserver
"""  # noqa: E501 (as it was written)


def test_the_notebook_is_understood(start: Callable[..., control.Lab]) -> None:
    """The operator whose notebook this is could not type what he has always typed."""
    lab = start(nodes=3, with_daemon=True)
    names = ["n1", "n2", "n3"]
    node_api.wait_for_status(lab, names, "all nodes online", 60, node_api.all_online(names))
    api = node_api.NodeApi(lab, "n1")
    answer = loading.load(api, LINES, "notebook")
    assert answer.version
    for name in names:
        document = _with(node_api.NodeApi(lab, name), "myservice")
        group = document.find("myservice")
        assert group is not None
        assert [child.get("id") for child in group.findall("primitive")] == ["myip", "mystore", "myserver"]
        order = document.find("myip_berfore_mystore_before_myserver")
        assert order is not None
        sets = [[ref.get("id") for ref in part] for part in order.findall("resource_set")]
        assert sets == [["myip", "mystore"], ["myserver"]]
    shown = node_api.wait_for_status(lab, ["n2"], "the resources are known", 60, lambda s: len(s.resources) == 3)
    assert {resource.id for resource in shown.resources} == {"myip", "mystore", "myserver"}


def _with(api: node_api.NodeApi, element: str) -> cib.Document:
    """Return a node's document once it has this element."""
    limit = time.monotonic() + 30
    while True:
        try:
            document = cib.Document.parse(api.document(), api.node)
            if document.find(element) is not None or time.monotonic() > limit:
                return document
        except StandfastError:
            assert time.monotonic() < limit, f"{api.node} does not answer"
        time.sleep(0.05)
