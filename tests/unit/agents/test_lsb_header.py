"""Comment blocks of init scripts."""

from __future__ import annotations

from standfast.agents import AgentName, parse_metadata
from standfast.agents.lsb_header import header, metadata

SCRIPT = """#!/bin/sh
### BEGIN INIT INFO
# Provides:          web <x>
# Required-Start:    $network $remote_fs
# Default-Start:     2 3
# Short-Description: a web server
# Description:       it serves
#                    pages & more
### END INIT INFO
# Description: not this one
exit 0
"""


def test_block() -> None:
    """Init scripts would be listed without a word about them."""
    found = header(SCRIPT)
    assert (found.provides, found.required_start, found.default_start) == ("web <x>", "$network $remote_fs", "2 3")
    assert (found.short_description, found.description) == ("a web server", "it serves\npages & more")


def test_a_script_without_a_block() -> None:
    """An old script could not be used at all."""
    found = metadata("#!/bin/sh\nexit 0\n", AgentName("lsb", "old"))
    assert (found.shortdesc, found.parameters) == ("old", ())


def test_its_xml_is_meta_data() -> None:
    """Tools that show an agent's XML would get something that is none."""
    agent = AgentName("lsb", "web")
    found = parse_metadata(metadata(SCRIPT, agent).xml, agent)
    assert found.shortdesc == "a web server"
    assert found.advertises("status")
    assert found.reload_action == ""
