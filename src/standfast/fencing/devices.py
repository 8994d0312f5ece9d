"""What a device's parameters say of a call: its action, limits, delay; which node may make it.

Source: Pacemaker's pacemaker-fenced(7).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from standfast import agents
from standfast.cib import times, values
from standfast.fencing import hosts
from standfast.fencing.capabilities import Capabilities
from standfast.fencing.events import Configured, Device

TRIES_DEFAULT = 2
ACTION_LIMIT_DEFAULT = 1
VERIFY = "standfast_verify"
"""Our own parameter: true asks `status` after each `off` and takes nothing but "it is off" for a success."""

_OURS = ("pcmk_", "standfast_", "CRM_meta_")
_NOT_PASSED = frozenset(("action", "provides", "crm_feature_set"))


def timeout_ms(device: Device, action: str, default_ms: int) -> int:
    """Return the limit of one call: pcmk_{action}_timeout, else the default."""
    return times.interval_ms(device.parameters.get(f"pcmk_{action}_timeout"), default_ms) or default_ms


def tries(device: Device, action: str) -> int:
    """Return how often the action may be tried within its limit, from 1: pcmk_{action}_retries."""
    value = values.integer(device.parameters.get(f"pcmk_{action}_retries"))
    return max(1, TRIES_DEFAULT if value is None else value)


def action_limit(device: Device) -> int | None:
    """Return how many calls of the device may run at once; None: any number."""
    value = values.integer(device.parameters.get("pcmk_action_limit"))
    if value is None or value == 0:
        return ACTION_LIMIT_DEFAULT
    return None if value < 0 else value


def delay_ms(device: Device, target: str, draw: float) -> int:
    """Return the delay before the target is fenced: between pcmk_delay_base and pcmk_delay_max, where `draw` points.

    pcmk_delay_base may be one time or one a target (`n1:5s;n2:10s`). A base above the maximum is cut to it.
    """
    assert 0.0 <= draw <= 1.0, draw
    text = device.parameters.get("pcmk_delay_base", "")
    by_host = hosts.port_map(text)
    base = times.interval_ms(by_host.get(target.casefold()) if by_host else text)
    most = times.interval_ms(device.parameters.get("pcmk_delay_max"))
    if most <= 0:
        return base
    return round(min(base, most) + draw * (most - min(base, most)))


def supports(device: Device, action: str, capabilities: Capabilities) -> bool:
    """Return whether the agent knows the action, or pcmk_{action}_action names another word for it."""
    return bool(device.parameters.get(f"pcmk_{action}_action")) or action in capabilities.actions


def verifies(device: Device) -> bool:
    """Return whether a success is only believed after a `status`."""
    return values.is_true(device.parameters.get(VERIFY))


def invocation(
    device: Device, action: str, capabilities: Capabilities, limit_ms: int, target: str = "", node_id: int | None = None
) -> agents.Invocation:
    """Return the call. `parameters` are what the agent reads besides `action`; the pcmk_* ones are not among them."""
    configured = {
        name: value
        for name, value in device.parameters.items()
        if not name.startswith(_OURS) and name not in _NOT_PASSED
    }
    told = hosts.target_parameters(device.parameters, capabilities, target, node_id) if target else {}
    return agents.Invocation(
        agent=agents.AgentName("stonith", device.agent),
        action=device.parameters.get(f"pcmk_{action}_action") or action,
        timeout_ms=limit_ms,
        resource_id=device.id,
        parameters=dict(sorted((configured | told).items())),
    )


def callers(device_id: str, configured: Configured, members: Iterable[str], target: str) -> tuple[str, ...]:
    """Return the members that may call the device for this target, best first; the target only if it is the only one.

    "A node may not be fenced by itself unless no other can do it": self-fencing leaves nobody to confirm it.
    """
    here = set(members)
    usable = configured.usable.get(device_id)
    ordered = [n for n in usable if n in here] if usable is not None else sorted(here)
    others = tuple(n for n in ordered if n != target)
    return others or tuple(ordered)


def by_priority(devices: Mapping[str, Device]) -> list[Device]:
    """Return the devices in the order in which they are tried where no topology applies."""
    return sorted(devices.values(), key=lambda d: (-d.priority, d.id))
