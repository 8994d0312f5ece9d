"""What holds a virtual router in FAULT, and what moves its priority. Source: keepalived.conf(5), track_script."""

from __future__ import annotations

from standfast.director.vrrp.configuration import OWNER_PRIORITY, VirtualRouter
from standfast.director.vrrp.tracking import Reading, effective_priority, is_fault, weight

INTERFACE_FAULT = "interface"
GROUP_FAULT = "sync group"
NO_PEERS_FAULT = "unicast without peers"


class Circumstances:
    """`readings`: what was last seen of each thing that is tracked; `priority`: the base's, with their weights."""

    def __init__(self, configuration: VirtualRouter) -> None:
        self._configuration = configuration
        self._base = configuration.priority
        unicast = configuration.unicast
        self._always = {NO_PEERS_FAULT} if unicast is not None and not unicast.peers else set()
        self._held_by = self._always | ({INTERFACE_FAULT} if configuration.track_interface else set())
        self._down: set[str] = set()
        self.readings: dict[str, Reading] = {}
        self.priority = 0
        self._judge()

    @property
    def faults(self) -> set[str]:
        """Return what holds it in FAULT, by name."""
        return self._held_by | self._down

    @property
    def own_faults(self) -> set[str]:
        """Return the same, its group left out."""
        return self.faults - {GROUP_FAULT}

    @property
    def told_faults(self) -> set[str]:
        """Return the same, what was never read left out: that is a fault, but a quiet one."""
        return self._held_by | {name for name in self._down if name in self.readings}

    def hold(self, name: str, faulty: bool) -> None:
        """Note that the interface or the group does or does not hold it."""
        (self._held_by.add if faulty else self._held_by.discard)(name)

    def read(self, name: str, reading: Reading) -> None:
        """Note what a tracked thing reads."""
        self.readings[name] = reading
        self._judge()

    def lose_ownership(self) -> None:
        """Be no owner any more: there is another."""
        self._base = OWNER_PRIORITY - 1
        self._judge()

    def _judge(self) -> None:
        tracked = self._configuration.tracked
        self._down = {each.name for each in tracked if is_fault(each, self.readings.get(each.name))}
        weights = sum(weight(each, self.readings.get(each.name)) for each in tracked)
        self.priority = effective_priority(self._base, weights)

    def continue_as(self, other: Circumstances, grouped: bool) -> None:
        """Go on as those of another configuration; what is newly tracked counts as good. Source: keepalived 2.2.7."""
        known = {each.name for each in other._configuration.tracked}
        for each in self._configuration.tracked:
            if each.name in other.readings:
                self.readings[each.name] = other.readings[each.name]
            elif each.name not in known:
                self.readings[each.name] = Reading(not each.reverse)
        self._held_by = self._always | ({GROUP_FAULT} & other._held_by if grouped else set())
        if (
            self._configuration.track_interface or self._configuration.track_source
        ) and INTERFACE_FAULT in other._held_by:
            self._held_by.add(INTERFACE_FAULT)
        if self._base == OWNER_PRIORITY and other._base < other._configuration.priority:
            self.lose_ownership()
        self._judge()
