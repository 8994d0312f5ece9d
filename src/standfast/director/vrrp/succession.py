"""A reload: how one machine follows another without anybody on the wire noticing. Pure."""

from __future__ import annotations

from standfast.director.vrrp import events as ev
from standfast.director.vrrp.changes import Changes
from standfast.director.vrrp.events import Effect, Notify
from standfast.director.vrrp.machine import Machine, To


def retire(machine: Machine, changes: Changes, now_ns: int) -> list[Effect]:
    """Return what the routers that go say and do last; those that begin anew go too. Their groups are not asked."""
    gone = [(each.name, True) for each in changes.removed] + [(old.name, False) for old, _ in changes.anew]
    effects: list[Effect] = []
    for name, deleted in gone:
        effects += machine.routers[name].handle(ev.Shutdown(deleted), now_ns)
    return effects


def succeed(before: Machine, changes: Changes, now_ns: int) -> tuple[Machine, list[Effect]]:
    """Return the machine of the new configuration and what follows; new routers are still to be started.

    A router that is the same to the last setting is the very same object: its timers stay as they are. A group goes on
    as Active only if every member was. Source: keepalived 2.2.7.
    """
    going_on = {new.name: before.routers[old.name] for old, new in changes.going_on}
    after = Machine(changes.after, going_on)
    effects: list[Effect] = []
    for name, was in going_on.items():
        if after.routers[name] is not was:
            effects += after.routers[name].succeed(was, now_ns)
    return after, [*effects, *after.begin_groups(before, now_ns)]


def told_again(machine: Machine, changes: Changes) -> list[Notify]:
    """Return the states of groups and routers that go on, for the FIFOs, if they are to be told after a reload.

    Source: keepalived.conf(5), fifo_write_vrrp_states_on_reload.
    """
    if not changes.after.telling.fifos_after_reload:
        return []
    known = {group.name for group in changes.before.groups}
    groups = [each.name for each in changes.after.groups if each.name in known]
    told = [Notify(name, machine.group_state(name), 0, of_group=True, to_fifos_only=True) for name in groups]
    routers = [machine.routers[new.name] for _, new in changes.going_on]
    return [*told, *(Notify(each.name, each.state, each.priority, to_fifos_only=True) for each in routers)]


def begin(machine: Machine, changes: Changes, now_ns: int) -> list[Effect]:
    """Return what follows when the routers that are new begin; their interfaces are known."""
    fresh = [each.name for each in changes.added] + [new.name for _, new in changes.anew]
    return [effect for name in fresh for effect in machine.handle(To(name, ev.Startup()), now_ns)]
