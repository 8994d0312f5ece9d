"""Meta-data of agents."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.agents import AgentName, digests, operation_digests, parse_metadata
from standfast.errors import ConfigError

AGENT = AgentName("ocf", "Sample", "ours")
TEXT = """<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="Sample" version="2.3">
  <version>{version}</version>
  <longdesc lang="de">lang</longdesc><longdesc lang="en">long <b>text</b></longdesc>
  <shortdesc lang="en">short</shortdesc>
  <parameters>
    <parameter name="config" unique="1" required="1"><longdesc lang="en">file</longdesc>
      <shortdesc lang="en">f</shortdesc><content type="string" default="/etc/x"/></parameter>
    <parameter name="level" reloadable="1"><content type="select" default="a"><option value="a"/><option value="b"/>
      </content></parameter>
    <parameter name="passwd"><content type="string"/></parameter>
    <parameter name="old"><deprecated><replaced-with name="config"/></deprecated><content type="string"/></parameter>
    <parameter/>
  </parameters>
  <actions>
    <action name="start" timeout="20s"/><action name="monitor" timeout="20s" interval="10s" depth="0" role="Promoted"/>
    <action name="{reload}" timeout="5"/>
  </actions>
</resource-agent>
"""


def sample(version: str = "1.1", reload: str = "reload-agent"):  # type: ignore[no-untyped-def]
    return parse_metadata(TEXT.format(version=version, reload=reload), AGENT)


def test_what_an_agent_says() -> None:
    """Forms, checks and explanations would be empty or wrong."""
    found = sample()
    assert (found.version, found.ocf_version, found.shortdesc, found.longdesc) == ("2.3", "1.1", "short", "long text")
    config, level, _, old = found.parameters
    assert (config.name, config.required, config.unique, config.default) == ("config", True, True, "/etc/x")
    assert (level.type, level.options, level.reloadable) == ("select", ("a", "b"), True)
    assert (old.deprecated, old.replaced_with) == (True, ("config",))
    monitor = found.actions[1]
    assert (monitor.name, monitor.interval, monitor.depth, monitor.role) == ("monitor", "10s", "0", "Promoted")
    assert found.advertises("start")
    assert not found.advertises("promote")


def test_noise_before_the_xml_is_skipped() -> None:
    """An agent that logs to standard output would have no meta-data."""
    assert parse_metadata("Warning: blah\n" + TEXT.format(version="1.1", reload="x"), AGENT).shortdesc == "short"


def test_reload_agent_counts_from_ocf_1_1() -> None:
    """A changed parameter would take no effect, or restart a service that could have gone on."""
    assert sample().reload_action == "reload-agent"
    assert set(sample().restart_names) == {"config", "passwd", "old"}
    assert sample(version="1.0").reload_action == ""


def test_reload_counts_before_ocf_1_1() -> None:
    """The same for older agents, where `unique` says what needs a restart."""
    old = sample(version="1.0", reload="reload")
    assert (old.reload_action, old.restart_names) == ("reload", ("config",))
    assert sample(version="1.1", reload="reload").reload_action == ""


def test_usual_secrets_are_private_unless_the_agent_says_which() -> None:
    """Passwords would be hashed into digests that are shown in sanitized reports."""
    assert sample().private_names == ("passwd",)
    text = TEXT.format(version="1.1", reload="x").replace('name="level"', 'name="level" private="1"')
    assert parse_metadata(text, AGENT).private_names == ("level",)


def test_digests_of_an_operation() -> None:
    """The next transition would restart what needs no restart."""
    parameters = {"config": "/x", "level": "a", "passwd": "s"}
    found = operation_digests(parameters, 0, 20000, sample())
    assert found["op-digest"] == digests.operation_digest(parameters)
    assert found["op-force-restart"] == " old passwd config "
    assert found["op-restart-digest"] == digests.digest({"config": "/x", "passwd": "s"})
    assert found["op-secure-params"] == " passwd "
    assert found["op-secure-digest"] == digests.digest({"config": "/x", "level": "a"})


def test_recurring_operations_have_no_restart_digest() -> None:
    """A changed interval parameter of a monitor would restart the resource."""
    found = operation_digests({"level": "a"}, 10000, 20000, sample())
    assert set(found) == {"op-digest", "op-secure-digest", "op-secure-params"}
    assert set(operation_digests({}, 0, 0, None)) == {"op-digest"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no xml",
        "<a>",
        "<other/>",
        "<resource-agents/>",
        "\0\0",
        "<resource-agent name='x'><version>",
        "<?xml version='1.0'?>",
    ],
)
def test_garbage_is_refused(text: str) -> None:
    """A broken agent would take the daemon with it."""
    with pytest.raises(ConfigError) as caught:
        parse_metadata(text, AGENT)
    assert caught.value.reports[0].code == "agents.bad-metadata"


def test_entities_are_not_expanded() -> None:
    """An agent's output could read files for its author, or fill the memory."""
    text = (
        "<?xml version='1.0' encoding='latin1'?><!DOCTYPE resource-agent [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
        "<resource-agent name='a'><shortdesc>&x;</shortdesc></resource-agent>"
    )
    with pytest.raises(ConfigError):
        parse_metadata(text, AGENT)


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Some output of an agent would raise what nobody expects."""
    found = None
    with contextlib.suppress(ConfigError):
        found = parse_metadata(f"<resource-agent>{text}", AGENT)
    assert found is None or found.agent == AGENT
