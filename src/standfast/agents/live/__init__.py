"""How agents are found, started, watched and ended on this machine."""

from standfast.agents.live.caller import Call, Caller
from standfast.agents.live.catalogue import Catalogue, list_agents, providers
from standfast.agents.live.folders import make_rsctmp
from standfast.agents.live.runner import Patience, Runner
from standfast.agents.live.systemd import Systemd

__all__ = ["Call", "Caller", "Catalogue", "Patience", "Runner", "Systemd", "list_agents", "make_rsctmp", "providers"]
