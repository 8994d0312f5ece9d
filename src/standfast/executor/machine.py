"""One node's operations: what runs now, what waits, what repeats, and what came of it.

Of one resource one operation runs at a time. One-shot operations run in the order they were ordered in; a recurring
one that is due waits until none of them runs or waits. A stop ends all recurring operations of its resource, and
kills one that is under way: a hanging monitor delays no stop. Source: the executor of Pacemaker 3.0.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from standfast.agents import AgentName, ExecutionStatus, Invocation, Metadata, Ocf, Outcome, operation_digests
from standfast.executor import fence_device
from standfast.executor.events import (
    Adopt,
    AgentKnown,
    CancelRecurring,
    Effect,
    Event,
    Execute,
    Exited,
    Finished,
    Forget,
    KillAgent,
    LearnAgent,
    Operation,
    ProcessEnded,
    Remember,
    Result,
    RunAgent,
)
from standfast.executor.history import history_ids
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired

OUTPUT_MAX = 4000  # characters of an agent's output that go into a result
LEARNED_FOR = frozenset(
    ["start", "monitor", "promote", "demote", "reload", "reload-agent", "migrate_to", "migrate_from", "notify"]
)  # Source: crm_op_needs_metadata
LOOKING = frozenset(["monitor", "notify", "meta-data", "validate-all"])
"""One-shot operations that leave a resource's state as it is."""
WITH_PARAMETERS = ("ocf", fence_device.STANDARD)


NEVER = Now(0, 0)


class Job(msgspec.Struct, eq=False):
    """An operation on its way. `told` is what was said last of a recurring one; `hurried`: it is run again at once."""

    operation: Operation
    queued_ms: int
    delayed: bool = False
    unwanted: bool = False
    hurried: bool = False
    call: int = 0
    started: Now = NEVER
    told: tuple[int, ExecutionStatus] | None = None
    changed_wall_s: int = 0


class Resource(msgspec.Struct, eq=False):
    """What is known of a resource here. `recurring` and `history` are by operation key and by history id."""

    queue: list[Job] = msgspec.field(default_factory=list)
    running: Job | None = None
    recurring: dict[str, Job] = msgspec.field(default_factory=dict)
    history: dict[str, Result] = msgspec.field(default_factory=dict)

    def jobs(self) -> list[Job]:
        """Return everything that runs, waits or repeats, each once."""
        found = [*([self.running] if self.running else []), *self.queue, *self.recurring.values()]
        return [j for j in dict.fromkeys(found) if not j.unwanted]

    def next(self) -> Job | None:
        """Take the job that is to run next out of the queue: one-shot ones first."""
        ready = [j for j in self.queue if not j.delayed]
        one_shot = [j for j in ready if not j.operation.interval_ms]
        if not ready:
            return None
        job = (one_shot or ready)[0]
        self.queue.remove(job)
        return job


class Machine:
    """The executor. `handle` takes events and returns effects, to be done in their order."""

    def __init__(self) -> None:
        self._resources: dict[str, Resource] = {}
        self._calls: dict[int, tuple[Resource, Job]] = {}
        self._timers: dict[str, tuple[int, Resource, Job]] = {}
        self._generation = 0
        self._last_call = 0
        self._metadata: dict[AgentName, Metadata | None] = {}
        self._learning: set[AgentName] = set()
        self._held: list[tuple[Resource, Job, Outcome, Now]] = []

    @property
    def busy(self) -> bool:
        """Return whether an agent runs or a one-shot operation waits or its result is held back."""
        waiting = (j for r in self._resources.values() for j in r.queue if not j.operation.interval_ms)
        return bool(self._calls or self._held) or any(waiting)

    def history(self) -> tuple[Result, ...]:
        """Return all that is remembered, oldest first, each result once."""
        return in_order(self._resources.values())

    def _remember(self) -> Remember:
        """Return what a successor may believe: nothing of a resource whose state an agent is about to change."""
        changing = [self._resources[i.operation.resource_id] for i in self._changing()]
        return Remember(in_order(r for r in self._resources.values() if r not in changing))

    def _changing(self) -> list[Job]:
        """Return the jobs that change what the history says of their resource, and have no result yet."""
        begun = [r.running for r in self._resources.values() if r.running] + [job for _, job, _, _ in self._held]
        return [job for job in begun if changes_state(job.operation)]

    def handle(self, event: Event, now: Now) -> list[Effect]:
        """Return what is to be done about an event."""
        match event:
            case Execute(operation):
                return self._execute(operation, now)
            case Exited(call, outcome):
                return self._exited(call, outcome, now)
            case TimerFired(name, generation):
                return self._fired(name, generation, now)
            case CancelRecurring():
                return self._cancel(event, now)
            case Forget(resource_id):
                return self._forget(resource_id)
            case AgentKnown(agent, metadata):
                return self._known(agent, metadata)
            case ProcessEnded(resource_id):
                return self._look_at_once(resource_id, now)
            case Adopt(results):
                return self._adopt(results)

    # --- orders

    def _execute(self, operation: Operation, now: Now) -> list[Effect]:
        resource = self._resources.setdefault(operation.resource_id, Resource())
        told = told_already(resource, operation)
        if any(j.operation.transition_key == operation.transition_key for j in resource.jobs()):
            return [Finished(told)] if told else []
        if operation.interval_ms:
            return self._execute_recurring(resource, operation, now)
        if told:
            return [Finished(told)]
        effects = self._end_all_recurring(resource) if operation.task == "stop" else []
        return effects + self._enqueue(resource, Job(operation, now.monotonic_ms), now)

    def _execute_recurring(self, resource: Resource, operation: Operation, now: Now) -> list[Effect]:
        """Order a recurring operation; a newer order of the same one takes its place and tells its result anew."""
        effects: list[Effect] = []
        if earlier := resource.recurring.get(operation.key):
            effects += self._end_recurring(resource, earlier)
        job = resource.recurring[operation.key] = Job(operation, now.monotonic_ms)
        return effects + self._enqueue(resource, job, now)

    def _enqueue(self, resource: Resource, job: Job, now: Now) -> list[Effect]:
        resource.queue.append(job)
        if not job.operation.start_delay_ms:
            return self._advance(resource, now)
        job.delayed = True
        return [self._set_timer(f"delay {job.operation.key}", resource, job, job.operation.start_delay_ms)]

    def _cancel(self, order: CancelRecurring, now: Now) -> list[Effect]:
        resource = self._resources.setdefault(order.resource_id, Resource())
        key = f"{order.resource_id}_{order.task}_{order.interval_ms}"
        job, remembered = resource.recurring.get(key), resource.history.pop(key, None)
        effects = self._end_recurring(resource, job) if job else []
        if job:
            operation = msgspec.structs.replace(job.operation, transition_key=order.transition_key)
        else:
            agent = remembered.operation.agent if remembered else AgentName("", "")
            operation = Operation(
                order.resource_id, agent, order.task, order.interval_ms, 0, transition_key=order.transition_key
            )
        result = Result(
            operation, self._next_call(), int(Ocf.OK), ExecutionStatus.CANCELLED, last_run_wall_s=now.wall_s
        )
        return [*effects, Finished(result), self._remember(), *self._advance(resource, now)]

    def _forget(self, resource_id: str) -> list[Effect]:
        resource = self._resources.get(resource_id)
        if resource is None:
            return []
        effects = self._end_all_recurring(resource)
        resource.history.clear()
        return [*effects, self._remember()]

    def _adopt(self, results: Iterable[Result]) -> list[Effect]:
        for result in results:
            resource = self._resources.setdefault(result.operation.resource_id, Resource())
            record(resource, result)
            self._last_call = max(self._last_call, result.call_id)
        return [self._remember()]

    # --- recurring operations

    def _end_all_recurring(self, resource: Resource) -> list[Effect]:
        return [e for job in list(resource.recurring.values()) for e in self._end_recurring(resource, job)]

    def _end_recurring(self, resource: Resource, job: Job) -> list[Effect]:
        """Let it not run again, and kill it if it runs now; what comes of that is nobody's concern."""
        job.unwanted = True
        resource.recurring.pop(job.operation.key, None)
        effects: list[Effect] = []
        if job in resource.queue:
            resource.queue.remove(job)
        for name in [n for n, (_, _, j) in self._timers.items() if j is job]:
            del self._timers[name]
            effects.append(CancelTimer(name))
        if resource.running is job:
            effects.append(KillAgent(job.call))
        return effects

    def _set_timer(self, name: str, resource: Resource, job: Job, delay_ms: int) -> SetTimer:
        self._generation += 1
        self._timers[name] = (self._generation, resource, job)
        return SetTimer(name, self._generation, delay_ms)

    def _fired(self, name: str, generation: int, now: Now) -> list[Effect]:
        expected, resource, job = self._timers.get(name, (None, None, None))
        if generation != expected or resource is None or job is None:
            return []
        del self._timers[name]
        if job.delayed:
            job.delayed = False
        else:
            resource.queue.append(job)
        job.queued_ms = now.monotonic_ms
        return self._advance(resource, now)

    def _look_at_once(self, resource_id: str, now: Now) -> list[Effect]:
        """Run the recurring operations that wait for their time, and again the one that runs: it may have looked
        before."""
        resource = self._resources.get(resource_id)
        if resource is None:
            return []
        effects: list[Effect] = []
        for name, (_, of, job) in list(self._timers.items()):
            if of is resource and not job.delayed:
                del self._timers[name]
                effects.append(CancelTimer(name))
                resource.queue.append(job)
                job.queued_ms = now.monotonic_ms
        if resource.running and resource.running.operation.interval_ms:
            resource.running.hurried = True
        return effects + self._advance(resource, now)

    # --- running

    def _next_call(self) -> int:
        self._last_call += 1
        return self._last_call

    def _advance(self, resource: Resource, now: Now) -> list[Effect]:
        """Run what is next, if nothing runs. What needs no agent is answered at once, and the next one has its turn."""
        effects: list[Effect] = []
        while resource.running is None and (job := resource.next()):
            job.call, job.started = self._next_call(), now
            if known := self._answer(resource, job.operation):
                effects += self._ended(resource, job, known, now)
                continue
            resource.running = job
            self._calls[job.call] = (resource, job)
            if resource.history and changes_state(job.operation):
                effects.append(self._remember())
            effects += [RunAgent(job.call, invocation(job.operation)), *self._learn(job.operation)]
        return effects

    def _answer(self, resource: Resource, operation: Operation) -> Outcome | None:
        if operation.agent.standard != fence_device.STANDARD:
            return None
        return fence_device.answer(operation, fence_device.started(resource.history.values()))

    def _learn(self, operation: Operation) -> list[Effect]:
        """Ask for the agent's meta-data when a result needs it: it may have been replaced since the last time."""
        agent = operation.agent
        if not needs_metadata(operation) or agent in self._learning:
            return []
        if operation.interval_ms and agent in self._metadata:
            return []
        self._learning.add(agent)
        return [LearnAgent(agent)]

    def _exited(self, call: int, outcome: Outcome, now: Now) -> list[Effect]:
        resource, job = self._calls.pop(call, (None, None))
        if resource is None or job is None:
            return []
        resource.running = None
        effects = [] if job.unwanted else self._ended(resource, job, outcome, now)
        return effects + self._advance(resource, now)

    def _ended(self, resource: Resource, job: Job, outcome: Outcome, now: Now) -> list[Effect]:
        """Take the end of a job. Its result waits if it needs meta-data that is being fetched."""
        if needs_metadata(job.operation) and job.operation.agent in self._learning:
            self._held.append((resource, job, outcome, now))
            return []
        return self._repeat(resource, job) + self._tell(resource, job, outcome, now)

    def _repeat(self, resource: Resource, job: Job) -> list[Effect]:
        operation = job.operation
        if not operation.interval_ms:
            return []
        delay_ms, job.hurried = 0 if job.hurried else operation.interval_ms, False
        return [self._set_timer(f"repeat {operation.key}", resource, job, delay_ms)]

    def _known(self, agent: AgentName, metadata: Metadata | None) -> list[Effect]:
        self._metadata[agent] = metadata
        self._learning.discard(agent)
        free = [h for h in self._held if h[1].operation.agent == agent]
        self._held = [h for h in self._held if h[1].operation.agent != agent]
        effects: list[Effect] = []
        for resource, job, outcome, at in free:
            if not job.unwanted:
                effects += self._repeat(resource, job) + self._tell(resource, job, outcome, at)
        return effects

    def _tell(self, resource: Resource, job: Job, outcome: Outcome, now: Now) -> list[Effect]:
        """Record a result and tell it; a recurring operation's only if it is the first or differs from the last."""
        operation, code = job.operation, outcome.exit_code
        if operation.agent.standard == fence_device.STANDARD and outcome.status == ExecutionStatus.DONE:
            code = fence_device.exit_code(code) if self._answer(resource, operation) is None else code
        if operation.interval_ms and job.told == (code, outcome.status):
            return []
        job.changed_wall_s = now.wall_s if job.told else job.started.wall_s
        job.told = (code, outcome.status)
        result = msgspec.structs.replace(self._result(job, outcome), exit_code=code)
        record(resource, result)
        return [Finished(result), self._remember()]

    def _result(self, job: Job, outcome: Outcome) -> Result:
        operation = job.operation
        metadata = self._metadata.get(operation.agent) if needs_metadata(operation) else None
        return Result(
            operation=operation,
            call_id=job.call,
            exit_code=outcome.exit_code,
            status=outcome.status,
            exit_reason=outcome.exit_reason,
            output=output(operation, outcome),
            doing=outcome.doing[:OUTPUT_MAX],
            exec_ms=outcome.duration_ms,
            queue_ms=job.started.monotonic_ms - job.queued_ms,
            last_run_wall_s=job.started.wall_s,
            last_change_wall_s=job.changed_wall_s,
            digests=operation_digests(operation.parameters, operation.interval_ms, operation.timeout_ms, metadata),
        )


def needs_metadata(operation: Operation) -> bool:
    """Return whether digests beside op-digest belong to a result of this operation."""
    return operation.task in LEARNED_FOR and operation.agent.standard in WITH_PARAMETERS


def changes_state(operation: Operation) -> bool:
    """Return whether the history is not true any more once this runs."""
    return not operation.interval_ms and operation.task not in LOOKING


def in_order(resources: Iterable[Resource]) -> tuple[Result, ...]:
    """Return the results of these resources, oldest first, each once."""
    found = {id(r): r for resource in resources for r in resource.history.values()}
    return tuple(sorted(found.values(), key=lambda r: r.call_id))


def told_already(resource: Resource, operation: Operation) -> Result | None:
    """Return the newest result of an order that comes a second time, if it is still remembered."""
    key = (operation.transition_key, operation.key)
    same = [r for r in resource.history.values() if (r.operation.transition_key, r.operation.key) == key]
    return max(same, key=lambda r: r.call_id, default=None) if operation.transition_key else None


def record(resource: Resource, result: Result) -> None:
    """Put a result in its places of the history; a stop that worked ends what is known of recurring operations."""
    for name in history_ids(result):
        known = resource.history.get(name)
        if known is None or known.call_id <= result.call_id:
            resource.history[name] = result
    operation = result.operation
    if operation.task == "stop" and result.status == ExecutionStatus.DONE and result.exit_code == Ocf.OK:
        for name in [n for n, r in resource.history.items() if n == r.operation.key and r.operation.interval_ms]:
            if resource.history[name].call_id < result.call_id:
                del resource.history[name]


def invocation(operation: Operation) -> Invocation:
    """Return the call that an operation is."""
    if operation.agent.standard == fence_device.STANDARD:
        return fence_device.invocation(operation)
    meta = dict(operation.meta)
    meta.setdefault("timeout", str(operation.timeout_ms))
    meta.setdefault("name", operation.task)
    if operation.interval_ms:
        meta.setdefault("interval", str(operation.interval_ms))
    return Invocation(
        agent=operation.agent,
        action=operation.task,
        timeout_ms=operation.timeout_ms,
        resource_id=operation.resource_id,
        parameters=operation.parameters,
        meta=meta,
    )


def output(operation: Operation, outcome: Outcome) -> str:
    """Return what of an agent's output goes into the result: all meta-data, else the last of both streams."""
    if operation.task == "meta-data":
        return outcome.stdout
    return "\n".join(part for part in (outcome.stdout.strip(), outcome.stderr.strip()) if part)[-OUTPUT_MAX:]
