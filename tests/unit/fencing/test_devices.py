"""What a device's parameters say of its calls."""

from __future__ import annotations

import pytest

from standfast import fencing
from standfast.fencing import Device, devices
from standfast.fencing.capabilities import ASSUMED


def device(**parameters: str) -> Device:
    return Device("d", "fence_x", parameters)


@pytest.mark.parametrize(
    ("parameters", "draw", "delay_ms"),
    [
        ({}, 1.0, 0),
        ({"pcmk_delay_base": "5"}, 0.5, 5000),
        ({"pcmk_delay_base": "5s", "pcmk_delay_max": "15s"}, 0.5, 10_000),
        ({"pcmk_delay_max": "10s"}, 0.25, 2500),
        ({"pcmk_delay_base": "20s", "pcmk_delay_max": "10s"}, 0.5, 10_000),
        ({"pcmk_delay_base": "n1:5s;n2:1min"}, 0.0, 60_000),
        ({"pcmk_delay_base": "n1:5s"}, 0.0, 0),
    ],
)
def test_delay(parameters: dict[str, str], draw: float, delay_ms: int) -> None:
    """Both sides of a race would shoot at once."""
    assert devices.delay_ms(device(**parameters), "n2", draw) == delay_ms


def test_limits() -> None:
    """A slow device would be given up too early, a hanging one never."""
    slow = device(pcmk_reboot_timeout="2min", pcmk_off_retries="5", pcmk_action_limit="-1")
    assert devices.timeout_ms(slow, "reboot", 60_000) == 120_000
    assert devices.timeout_ms(slow, "off", 60_000) == 60_000
    assert (devices.tries(slow, "off"), devices.tries(slow, "reboot")) == (5, 2)
    assert (devices.action_limit(slow), devices.action_limit(device())) == (None, 1)


def test_invocation_has_the_agents_parameters_only() -> None:
    """The agent would be handed words of the cluster, or the wrong action."""
    made = devices.invocation(
        device(pcmk_host_list="n2", pcmk_reboot_action="cycle", ip="10.0.0.1", action="off", standfast_verify="1"),
        "reboot",
        ASSUMED,
        5000,
        "n2",
        2,
    )
    assert (made.action, made.timeout_ms, made.resource_id, str(made.agent)) == ("cycle", 5000, "d", "stonith:fence_x")
    assert made.parameters == {"ip": "10.0.0.1", "nodename": "n2", "nodeid": "2", "port": "n2"}


def test_callers() -> None:
    """A device would be called from where the scheduler does not let it run, or from its own target."""
    configured = fencing.Configured((), (), (), usable={"d": ("n3", "n1")})
    assert devices.callers("d", configured, ("n1", "n2", "n3"), "n1") == ("n3",)
    assert devices.callers("d", configured, ("n1", "n2"), "n1") == ("n1",)
    assert devices.callers("e", configured, ("n2", "n1"), "n1") == ("n2",)


def test_priority_goes_first() -> None:
    """The reliable device would be tried last."""
    known = {d.id: d for d in (Device("a", "x"), Device("b", "x", priority=2), Device("c", "x", priority=1))}
    assert [d.id for d in devices.by_priority(known)] == ["b", "c", "a"]
