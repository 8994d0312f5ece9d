"""What is known of agents and devices."""

from __future__ import annotations

from standfast.fencing import Configured, Device
from standfast.fencing.knowledge import FRESH_MS, Knowledge
from standfast.fencing.messages import Told

ALL = '<a><actions><action name="off"/><action name="list"/></actions></a>'


def known(device: Device, metadata: str = ALL) -> Knowledge:
    made = Knowledge()
    assert made.configure(Configured((device,), (), ())) == [device.agent]
    made.learn(device.agent, metadata)
    return made


def test_list_is_believed_and_asked_again() -> None:
    """A node that was added to a device would not be fenced before the daemon's restart."""
    device = Device("d", "fence_x", {"pcmk_host_map": "", "pcmk_host_check": "dynamic-list"})
    k = known(device)
    assert k.can_fence(device, "n1", 0) == ("d", "list", "")
    k.told(Told("d", "list", "", True, "n1", ("N1",)), 0)
    assert k.can_fence(device, "n1", 10 * FRESH_MS) is True
    assert k.can_fence(device, "n2", FRESH_MS) is False
    assert k.can_fence(device, "n2", FRESH_MS + 1) == ("d", "list", "")


def test_list_of_ports_is_compared_by_port() -> None:
    """A device that lists outlets would fence nobody."""
    device = Device("d", "fence_x", {"pcmk_host_map": "n1:7;n2:8", "pcmk_host_check": "dynamic-list"})
    k = known(device)
    k.told(Told("d", "list", "", True, "n1", ("7",)), 0)
    assert (k.can_fence(device, "n1", 0), k.can_fence(device, "n2", 0)) == (True, False)


def test_changed_device_is_asked_anew() -> None:
    """The answers of another address would count for this one."""
    device = Device("d", "fence_x", {})
    k = known(device)
    k.told(Told("d", "list", "", True, "n1", ("n1",)), 0)
    assert list(k.unlisted()) == []
    k.configure(Configured((Device("d", "fence_x", {"ip": "2"}),), (), ()))
    assert list(k.unlisted()) == [("d", "list", "")]


def test_metadata_that_failed_are_asked_again() -> None:
    """An agent that was slow once would be called with actions that it does not know, for ever."""
    device = Device("d", "fence_x", {"pcmk_host_list": "n1"})
    k = known(device, "")
    assert k.can_fence(device, "n1", 0) is True
    assert k.configure(Configured((device,), (), ())) == ["fence_x"]
    k.learn("fence_x", ALL)
    assert k.configure(Configured((device,), (), ())) == []


def test_nothing_is_said_before_the_metadata() -> None:
    """A device would be used in a way that its agent does not know."""
    k, device = Knowledge(), Device("d", "fence_x", {"pcmk_host_list": "n1"})
    k.configure(Configured((device,), (), ()))
    assert k.can_fence(device, "n1", 0) == ("d", "metadata", "")
    assert k.targets(device, ("n1",), 0) == ()
