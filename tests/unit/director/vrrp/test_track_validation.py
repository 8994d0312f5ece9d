"""What is tracked must be there, once, and within its range."""

from __future__ import annotations

import json
from typing import Any

import pytest

from standfast.director import vrrp
from standfast.director.vrrp import json_configuration
from standfast.errors import ConfigError

ROUTER: dict[str, Any] = {"name": "V", "vrid": 51, "interface": "eth0", "addresses": ["10.0.0.1/24"]}
CHECK = {"name": "chk", "script": "/usr/bin/test -e '/run/a b'"}


def read(**more: Any) -> vrrp.Configuration:
    return json_configuration.read(json.dumps({"routers": [ROUTER | more.pop("router", {})], **more}))


def test_scripts_files_and_processes_are_read() -> None:
    """A setting would be read as another, or not at all."""
    found = read(
        scripts=[CHECK | {"interval_ms": 2000, "fall": 3, "weight": -20}],
        files=[{"name": "f", "path": "/run/weight", "init_value": 5}],
        processes=[{"name": "p", "process": "nginx", "match": "PARTIAL", "arguments": ["-g"]}],
        router={
            "tracked": [{"name": "script:chk"}, {"name": "file:f", "weight": 2}, {"name": "process:p"}],
            "notifies": {"active": "/usr/local/bin/notify.sh active", "any": {"arguments": ["/n"], "user": "nobody"}},
        },
        telling={"fifos": [{"path": "/run/fifo"}], "script_security": True},
    )
    assert found.scripts[0].script.arguments == ("/usr/bin/test", "-e", "/run/a b")
    assert (found.scripts[0].limit_ms, found.scripts[0].fall) == (2000, 3)
    assert found.processes[0].match is vrrp.Parameters.PARTIAL
    assert found.processes[0].by_command_line
    notifies = found.routers[0].notifies
    assert notifies
    assert notifies.active is not None
    assert notifies.active.arguments == ("/usr/local/bin/notify.sh", "active")
    assert notifies.any is not None
    assert notifies.any.user == "nobody"
    assert not vrrp.Notifies()
    assert found.telling.script_security


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"router": {"tracked": [{"name": "script:chk"}]}}, "not defined"),
        ({"router": {"tracked": [{"name": "eth1"}]}}, "interface:"),
        ({"router": {"tracked": [{"name": "interface:eth1", "weight": 254}]}}, "-253..253"),
        ({"scripts": [CHECK, CHECK]}, "2 times"),
        ({"scripts": [CHECK | {"rise": 0}]}, "rise"),
        ({"scripts": [CHECK | {"script": ""}]}, "no command"),
        ({"files": [{"name": "f", "path": "weight"}]}, "from the root"),
        ({"processes": [{"name": "p", "process": "nginx", "arguments": ["-g"]}]}, "not compared"),
        ({"processes": [{"name": "p", "process": "nginx", "quorum": 70000}]}, "0..65535"),
        ({"groups": [{"name": "G", "tracked": [{"name": "file:f"}]}]}, "G tracks file:f"),
    ],
)
def test_what_cannot_be_tracked_is_refused(more: dict[str, Any], words: str) -> None:
    """A router would wait for ever for a script that nobody runs."""
    with pytest.raises(ConfigError) as caught:
        read(**more)
    assert len(caught.value.reports) == 1
    assert words in str(caught.value)
