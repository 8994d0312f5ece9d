"""A node's fencing machine: takes requests, hears orders and answers, calls agents; coordinates if it is told to.

A fencing needs two ordered messages and the agent's time: the coordinator's request names the first step, and the
calling node's answer ends it on every member at the same place in the agreed order. Every other step is one message
more. Whoever coordinates next goes on from what all have heard.
"""

from __future__ import annotations

from collections.abc import Container

from standfast.errors import RemoteProtocolError
from standfast.fencing import messages
from standfast.fencing.calls import Calls, Ended, Work
from standfast.fencing.coordinator import Coordinator
from standfast.fencing.events import (
    Configured,
    Confirm,
    Effect,
    Event,
    Exited,
    Fence,
    Heard,
    Membership,
    Receipt,
    Say,
)
from standfast.fencing.inquiries import Inquiries
from standfast.fencing.register import Register, receipts_of
from standfast.fencing.requests import Asker, Job, State, Step
from standfast.fencing.scene import Scene
from standfast.runtime import Now, TimerFired

Entry = tuple[str, messages.Said, bool] | frozenset[str]
"""What a joiner keeps until it has the coordinator's register: a message with its sender and whether it coordinates, or
who was left as members."""


class Machine:
    """Pure: `handle(event, now) -> effects`. One on every node, `node` being its name."""

    def __init__(self, node: str) -> None:
        self._scene = Scene(node)
        self._coordinator = Coordinator(self._scene)
        self._calls = Calls(self._scene.next_number)
        self._inquiries = Inquiries(self._scene)
        self._held: list[tuple[Job, Step]] = []
        self._behind: list[Entry] | None = None
        self._history_before: tuple[Receipt, ...] = ()

    @property
    def pending(self) -> tuple[Job, ...]:
        """Return the fencings under way or waiting, in the order in which they were heard."""
        return tuple(self._scene.register.jobs.values())

    @property
    def history(self) -> tuple[Receipt, ...]:
        """Return the fencings that ended, oldest first, the last 500."""
        return tuple(self._scene.register.history)

    def targets(self, device: str, now: Now) -> tuple[str, ...]:
        """Return the configured nodes that the device is known to be able to fence."""
        known = self._scene.knowledge.devices.get(device)
        names = [name for _, name in self._scene.configured.nodes]
        return self._scene.knowledge.targets(known, names, now.monotonic_ms) if known else ()

    def handle(self, event: Event, now: Now) -> list[Effect]:
        """Take an event; return what is to be done, in this order."""
        return self._take(event, now) + self._coordinator.drive(now)

    def _take(self, event: Event, now: Now) -> list[Effect]:
        match event:
            case Configured():
                return self._configure(event)
            case Membership():
                return self._members(event, now)
            case Fence():
                return self._fence(event, now)
            case Confirm(target, incarnation, client):
                return _say(messages.Confirmed(target, incarnation, client, now.wall_s))
            case Heard(sender, payload):
                try:
                    return self._hear(sender, messages.parse(payload), now)
                except RemoteProtocolError:
                    return []  # a member of another version; it is none of ours
            case Exited(call, outcome):
                answered = self._inquiries.exited(call, outcome)
                if answered is not None:
                    return answered + self._release(now)
                return self._ended(self._calls.exited(call, outcome, now.monotonic_ms), now)
            case TimerFired(name, generation):
                waited = self._calls.fired(name, generation, now.monotonic_ms)
                return waited + self._coordinator.fired(name, generation)

    def _configure(self, event: Configured) -> list[Effect]:
        self._scene.configured = event
        unknown = self._scene.knowledge.configure(event)
        return [effect for agent in unknown for effect in self._inquiries.metadata(agent)]

    def _members(self, event: Membership, now: Now) -> list[Effect]:
        before, me = self._scene.membership, self._scene.node
        self._scene.membership = event
        self._place_in(event, before)
        self._scene.register.lost_nodes(event.members)
        if self._behind is not None:
            self._behind.append(event.members)
        effects = self._coordinator.members_changed()
        if event.coordinator == me and (event.members - before.members - {me} or before.coordinator != me):
            effects += _say(self._state())
        if not event.may_fence:
            return effects + self._drop_waiting(self._scene.register.jobs, "this view may not fence", now)
        back = [job_id for job_id, job in self._scene.register.jobs.items() if self._scene.is_back(job)]
        return effects + self._drop_waiting(back, "the node is back", now)

    def _drop_waiting(self, jobs: Container[str], why: str, now: Now) -> list[Effect]:
        cancelled, ended = self._calls.drop_waiting(jobs, why)
        return cancelled + [effect for end in ended for effect in self._ended(end, now)]

    def _place_in(self, event: Membership, before: Membership) -> None:
        """Become a joiner, or not. Who comes to a coordinator that it was not together with forgets what was pending
        at its place, and keeps what it hears until the coordinator, who says it at this very place in the order, has
        told what is so. If that one is lost before, the next one tells it."""
        if event.coordinator == self._scene.node:
            self._behind = None
        elif event.coordinator not in before.members:
            self._scene.register.forget_jobs()
            self._behind, self._history_before = [], self.history
        elif self._behind is not None and event.coordinator != before.coordinator:
            self._behind, self._history_before = [], self.history

    def _state(self) -> messages.State:
        register = self._scene.register
        return messages.State(self.pending, tuple(register.history), self._scene.knowledge.lists())

    def _fence(self, event: Fence, now: Now) -> list[Effect]:
        """Say the request to all, with the first step if we coordinate and know it."""
        job = Job(
            id=event.request,
            target=event.target,
            action=event.action or self._scene.configured.action,
            incarnation=event.incarnation,
            askers=(Asker(event.request, event.client),),
            delay_ms=event.delay_ms,
            limit_ms=event.timeout_ms,
            draw=event.draw,
        )
        return _say(messages.Requested(job, self._coordinator.first_step(job, now), now.wall_s))

    def _hear(self, sender: str, said: messages.Said, now: Now) -> list[Effect]:
        register, orders = self._scene.register, sender == self._scene.membership.coordinator
        before = dict(register.jobs)
        effects: list[Effect] = [*register.take(sender, said, orders)]
        if self._behind is not None:
            self._behind.append((sender, said, orders))
        match said:
            case messages.Requested(job, step) | messages.Ordered(job, step):
                self._coordinator.heard(job.id)
                if before.get(job.id) != register.jobs.get(job.id):
                    effects += self._begin(job.id, step, now)
            case messages.Expired(job_id) | messages.Ended(job_id):
                self._coordinator.heard(job_id)
            case messages.Confirmed():
                effects += [e for job_id in before if job_id not in register.jobs for e in self._calls.drop(job_id)]
            case messages.State() if orders:
                self._catch_up(said, now)
            case messages.Asked() | messages.Told():
                effects += self._hear_of_devices(said, now)
        return effects

    def _catch_up(self, said: messages.State, now: Now) -> None:
        """Take over the coordinator's register, and what was heard since it was so; that made its receipts already."""
        for told in said.lists:
            self._scene.knowledge.told(told, now.monotonic_ms)
        if self._behind is None:
            return
        register = Register.of(said, self._history_before)
        for entry in self._behind:
            if isinstance(entry, frozenset):
                register.lost_nodes(entry)
            else:
                register.take(*entry)
        self._scene.register, self._behind = register, None

    def _hear_of_devices(self, said: messages.Asked | messages.Told, now: Now) -> list[Effect]:
        if isinstance(said, messages.Asked):
            return self._inquiries.ask(said) if said.node == self._scene.node else []
        if said.ok or not said.node:
            self._scene.knowledge.told(said, now.monotonic_ms)
        return self._coordinator.told(said)

    def _begin(self, job_id: str, step: Step | None, now: Now) -> list[Effect]:
        """Start a step that was ordered of this node; it waits for the meta-data of its agent."""
        job = self._scene.register.jobs.get(job_id)
        if job is None or step is None or job.running != step or step.node != self._scene.node:
            return []
        self._held.append((job, step))
        return self._release(now)

    def _release(self, now: Now) -> list[Effect]:
        """Start the steps whose agent is known by now."""
        held, self._held = self._held, []
        effects: list[Effect] = []
        for job, step in held:
            if self._scene.register.running(job.id) != step:
                continue
            device = self._scene.knowledge.devices.get(step.device)
            able = self._scene.knowledge.capabilities(device.agent) if device else None
            if device is None:
                effects += self._ended(Ended((job.id, step.number), False, "this node does not know the device"), now)
            elif able is None:
                self._held.append((job, step))
            else:
                node_id = self._scene.node_id(job.target)
                work = Work((job.id, step.number), device, able, step.action, job.target, node_id, step.limit_ms)
                effects += self._calls.begin(work, step.delay_ms, now.monotonic_ms)
        return effects

    def _ended(self, end: list[Effect] | Ended, now: Now) -> list[Effect]:
        """Say what came of a step of this node."""
        if not isinstance(end, Ended):
            return end
        job_id, number = end.key
        job = self._scene.register.jobs.get(job_id)
        step = job.step(number) if job is not None else None
        receipts: tuple[Receipt, ...] = ()
        if job is not None and step is not None and end.ok and step.confirms:
            receipts = tuple(receipts_of(job.end_step(number, State.OK), True, "", now.wall_s))
        return _say(messages.Answered(job_id, number, end.ok, end.reason, now.wall_s, receipts))


def _say(message: messages.Said) -> list[Effect]:
    return [Say(messages.render(message))]
