"""What agents a machine has, and their meta-data."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.agents import AgentName, Metadata, Site
from standfast.agents.live import Catalogue, Runner, list_agents, providers
from standfast.errors import LiveError

pytestmark = pytest.mark.live
MakeAgent = Callable[..., None]
SAMPLE = AgentName("ocf", "a", "ours")
PRINT = "echo x >>{log}; echo '<resource-agent name=\"a\"><shortdesc>{word}</shortdesc></resource-agent>'"


def needs(path: str) -> None:
    if not Path(path).exists():
        pytest.skip(f"{path} is not installed")


def fetch(site: Site, agent: AgentName) -> Metadata:
    return asyncio.run(Catalogue(Runner(site)).metadata(agent))


def test_fetched_once_for_each_version_of_the_file(site: Site, make_agent: MakeAgent, tmp_path: Path) -> None:
    """Every start would call the agent twice; or an upgraded agent would be judged by its old meta-data."""
    log = tmp_path / "log"
    make_agent("ocf/ours/a", PRINT.format(log=log, word="old"))

    async def story() -> list[str]:
        catalogue = Catalogue(Runner(site))
        words = [m.shortdesc for m in await asyncio.gather(*(catalogue.metadata(SAMPLE) for _ in range(5)))]
        assert catalogue.cached(SAMPLE) is not None
        words.append((await catalogue.metadata(SAMPLE)).shortdesc)
        make_agent("ocf/ours/a", PRINT.format(log=log, word="new"))
        os.utime(tmp_path / "ocf/ours/a", (1, 1))
        words.append((await catalogue.metadata(SAMPLE)).shortdesc)
        return words

    assert asyncio.run(story()) == ["old"] * 6 + ["new"]
    assert log.read_text() == "x\nx\n"


@pytest.mark.parametrize("script", ["echo garbage", "exit 1", "echo '<resource-agent'"])
def test_an_agent_that_prints_garbage(site: Site, make_agent: MakeAgent, script: str) -> None:
    """A broken agent would end the daemon."""
    make_agent("ocf/ours/a", script)
    with pytest.raises(LiveError, match="ocf:ours:a"):
        fetch(site, SAMPLE)


def test_missing(site: Site) -> None:
    """The operator would be told that the agent is broken, when it is not there."""
    for agent in (SAMPLE, AgentName("lsb", "none"), AgentName("stonith", "fence_none")):
        with pytest.raises(LiveError, match="not installed"):
            fetch(site, agent)


def test_init_script(site: Site, make_agent: MakeAgent) -> None:
    """Init scripts could not be explained."""
    make_agent("init.d/web", "### BEGIN INIT INFO\n# Short-Description: serves\n### END INIT INFO\nexit 1\n")
    assert fetch(site, AgentName("lsb", "web")).shortdesc == "serves"
    assert fetch(site, AgentName("service", "web")).shortdesc == "serves"


def test_listing(site: Site, make_agent: MakeAgent) -> None:
    """Consoles would offer nothing, or files that are no agents."""
    make_agent("ocf/ours/a", "")
    make_agent("ocf/ours/.hidden", "")
    make_agent("ocf/ours/readme", "", mode=0o644)
    make_agent("fence/fence_a", "")
    make_agent("fence/other", "")
    make_agent("init.d/web", "")
    assert [str(a) for a in list_agents(site, "ocf", "ours")] == ["ocf:ours:a"]
    assert "ours" in providers(site)
    assert AgentName("stonith", "fence_a") in list_agents(site, "stonith")
    assert AgentName("stonith", "other") not in list_agents(site, "stonith")
    assert {"lsb:web", "service:web"} <= {str(a) for a in list_agents(site)}
    assert list_agents(site, "none") == []


def test_real_fence_agent() -> None:
    """No fencing device could be configured from what its agent says."""
    needs("/usr/sbin/fence_dummy")
    found = fetch(Site(), AgentName("stonith", "fence_dummy"))
    assert found.parameter("status_file") is not None
    assert found.advertises("reboot")
    assert found.advertises("monitor")


def test_all_installed_ocf_agents_are_understood() -> None:
    """Some agent of the distribution could not be used."""
    needs("/usr/lib/ocf/resource.d/heartbeat/Dummy")
    agents = list_agents(Site(), "ocf")

    async def story() -> dict[str, str]:
        catalogue, gate = Catalogue(Runner(Site())), asyncio.Semaphore(2)

        async def trouble(agent: AgentName) -> str:
            async with gate:
                return (await catalogue.look_up(agent)).trouble

        return dict(zip(map(str, agents), await asyncio.gather(*map(trouble, agents)), strict=True))

    told = asyncio.run(story())
    broken = {name: why for name, why in told.items() if why}
    assert len(agents) > 50
    assert len(broken) <= len(agents) // 10, broken
