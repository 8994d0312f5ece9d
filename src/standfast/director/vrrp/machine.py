"""All virtual routers of one machine and their sync groups. Pure: `handle(event, now_ns) -> effects`."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from msgspec.structs import replace

from standfast.director.vrrp import events as ev
from standfast.director.vrrp.configuration import OWNER_PRIORITY, Configuration, VirtualRouter
from standfast.director.vrrp.events import Effect, State
from standfast.director.vrrp.router import Router
from standfast.director.vrrp.sync_groups import Order, order, state_of
from standfast.director.vrrp.tracking import defaults, unweighted, weighed


class To(msgspec.Struct, frozen=True):
    """Event: this is for one virtual router."""

    router: str
    event: ev.RouterEvent


Event = To | ev.Startup | ev.Shutdown | ev.TrackChanged | ev.QueueRead
"""What is not `To` one is for all whom it concerns."""


class Machine:
    """`routers` by name, for reading."""

    def __init__(self, configuration: Configuration, going_on: Mapping[str, Router] | None = None) -> None:
        """Those of `going_on`, by their names here, are taken over if they are the same to the last setting."""
        self.configuration = configuration
        self._weighs = {group.name: group.tracking_weight for group in configuration.groups}
        self._group_tracked = {group.name: group.tracked for group in configuration.groups}
        self._defaults = defaults(configuration)
        self.routers = {
            each.name: self._router(each, (going_on or {}).get(each.name)) for each in configuration.routers
        }
        self._members: dict[str, list[Router]] = {group.name: [] for group in configuration.groups}
        for each in configuration.routers:
            if each.sync_group:
                self._members[each.sync_group].append(self.routers[each.name])
        self._group_states = dict.fromkeys(self._members, State.INITIALIZE)
        self._tracking: dict[str, list[str]] = {}
        for name, router in self.routers.items():
            for tracked in router.configuration.tracked:
                self._tracking.setdefault(tracked.name, []).append(name)

    def _router(self, noun: VirtualRouter, known: Router | None) -> Router:
        member = self._as_member(noun)
        if known is not None and known.configuration == member and known.grouped == bool(noun.sync_group):
            return known
        return Router(member, grouped=bool(noun.sync_group))

    def _as_member(self, router: VirtualRouter) -> VirtualRouter:
        """Return a router with what its group tracks, everything weighed."""
        if not router.tracked and not self._group_tracked.get(router.sync_group):
            return router
        tracked = [weighed(each, self._defaults) for each in router.tracked]
        if router.priority == OWNER_PRIORITY or not self._weighs.get(router.sync_group, True):
            tracked = [kept for each in tracked for kept in unweighted(each, router.priority == OWNER_PRIORITY)]
        if router.sync_group:
            tracked += [weighed(each, self._defaults) for each in self._group_tracked[router.sync_group]]
        return replace(router, tracked=tuple(tracked))

    def begin_groups(self, before: Machine, now_ns: int) -> list[Effect]:
        """Return what follows for the groups, whose states were another machine's."""
        self._group_states |= {name: state for name, state in before._group_states.items() if name in self._members}
        return self._settled(set(self._members), [], now_ns)

    def group_state(self, name: str) -> State:
        """Return the state of a sync group."""
        return self._group_states[name]

    def handle(self, event: Event, now_ns: int) -> list[Effect]:
        """Return what follows from an event."""
        match event:
            case To(name, inner):
                concerned, passed = [name] if name in self.routers else [], inner
            case ev.TrackChanged(name):
                concerned, passed = self._tracking.get(name, []), event
            case _:
                concerned, passed = list(self.routers), event
        if len(concerned) == 1:
            router = self.routers[concerned[0]]
            effects = router.handle(passed, now_ns)
            if not router.configuration.sync_group:
                return effects
            return self._settled({router.configuration.sync_group}, effects, now_ns)
        lists = [self.routers[name].handle(passed, now_ns) for name in concerned]
        groups = {self.routers[name].configuration.sync_group for name in concerned} - {""}
        if isinstance(passed, ev.TrackChanged) and self._recovers(groups):
            lists.reverse()  # the last member to recover is what the group waited for. Source: keepalived 2.2.7, vrrp.c
        effects = self._settled(groups, [effect for each in lists for effect in each], now_ns)
        # a group begins before its members; later it follows them. Source: keepalived 2.2.7, vrrp_scheduler.c
        return sorted(effects, key=_comes_later) if isinstance(passed, ev.Startup) else effects

    def _recovers(self, groups: set[str]) -> bool:
        """Return whether one of these goes from FAULT, or its beginning, to Backup."""
        held = [name for name in groups if self._group_states[name] in (State.FAULT, State.INITIALIZE)]
        return any(state_of(self._members[name]) is State.BACKUP for name in held)

    def _settled(self, groups: set[str], effects: list[Effect], now_ns: int) -> list[Effect]:
        """Return the effects with what follows for the groups."""
        for name in sorted(groups):
            effects = effects + self._settle(self._members[name], now_ns)
        seen = [self._seen_by_group(effect) for effect in effects if not isinstance(effect, ev.Wants)]
        for name in sorted(groups):
            state = state_of(self._members[name])
            if self._group_states[name] is not state:
                self._group_states[name] = state
                seen.append(ev.Notify(name, state, 0, of_group=True))
        return seen

    def _seen_by_group(self, effect: Effect) -> Effect:
        if isinstance(effect, ev.Notify):
            return replace(effect, quietly=self._is_known(effect.name, effect.state))
        return effect

    def _is_known(self, router: str, state: State) -> bool:
        """Return whether the router's group is in this state already, so that nobody need be told."""
        group = self.routers[router].configuration.sync_group
        return bool(group) and self._group_states[group] is state

    def _settle(self, members: list[Router], now_ns: int) -> list[Effect]:
        """Bring a group to one mind. Each order makes at least one member change, and none is undone by the next."""
        effects: list[Effect] = []
        for _ in range(4):
            decided = order(members)
            if decided is None:
                break
            what, whom = decided
            for member in whom:
                effects += member.handle(_EVENTS[what], now_ns)
        assert order(members) is None, "a sync group is of one mind"
        return effects


def _comes_later(effect: Effect) -> bool:
    return not (isinstance(effect, ev.Notify) and effect.of_group and effect.state is not State.ACTIVE)


_EVENTS: dict[Order, ev.RouterEvent] = {
    Order.PROMOTE: ev.Promote(),
    Order.DEMOTE: ev.Demote(),
    Order.FAULT: ev.GroupFault(True),
    Order.CLEAR: ev.GroupFault(False),
}
