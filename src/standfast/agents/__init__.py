"""What agents are and how they are called: OCF, LSB, systemd, heartbeat, fence agents."""

from standfast.agents.invocation import AgentName, ExecutionStatus, Invocation, Ocf, Outcome

__all__ = ["AgentName", "ExecutionStatus", "Invocation", "Ocf", "Outcome"]
