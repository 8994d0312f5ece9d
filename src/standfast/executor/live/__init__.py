"""The executor on this machine: its binding to agents, timers and a journal."""

from standfast.executor.live.binding import Executor
from standfast.executor.live.journal import Journal, Left, RunningAgent
from standfast.executor.live.left_agents import end_agents, still_running

__all__ = ["Executor", "Journal", "Left", "RunningAgent", "end_agents", "still_running"]
