"""The coordinator's part: it orders the steps of every fencing under way, and waits for their answers."""

from __future__ import annotations

from standfast.fencing import devices, messages, planning
from standfast.fencing.events import Effect, Say
from standfast.fencing.knowledge import Question
from standfast.fencing.questions import Questions
from standfast.fencing.register import KILLING, receipts_of
from standfast.fencing.requests import Finished, Job, Next, Plan, Step, Wait, proceed
from standfast.fencing.scene import Scene
from standfast.runtime import CancelTimer, Now, SetTimer

ANSWER_GRACE_MS = 10_000
"""How much longer than the agent's limit an answer is awaited: for its end to be made sure of, and for the order."""

QUESTION_TIMEOUT_MS = 60_000


class Coordinator:
    """What only the coordinator keeps: what it said and has not heard yet, timers, open questions."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._questions = Questions(scene.next_number)
        self._said: dict[str, str] = {}
        self._awaited: dict[str, tuple[int, int]] = {}

    def first_step(self, job: Job, now: Now) -> Step | None:
        """Return the step that goes with a new request, if one can be named at once."""
        register = self._scene.register
        alone = all(known.target != job.target for known in register.jobs.values())
        if not alone or register.is_dead(job) or self._scene.is_back(job) or not self._scene.coordinates:
            return None
        plan, _ = self._plan(job, now)
        following = proceed(job, plan)
        step = self._step(job, following) if isinstance(following, Next) else None
        if step is not None:
            self._said[job.id] = step.device
        return step

    def drive(self, now: Now) -> list[Effect]:
        """Order whatever can be ordered now. Called after every event: it does nothing twice."""
        effects = self._watch()
        if not self._scene.coordinates:
            return effects
        for job in self._scene.register.active():
            if job.running is None and job.id not in self._said:
                effects += self._go_on(job, now)
        for question in list(self._scene.knowledge.unlisted()):
            effects += self._ask(question)
        return effects

    def heard(self, job: str) -> None:
        """Take it that what we said of this job came back."""
        self._said.pop(job, None)

    def members_changed(self) -> list[Effect]:
        """Forget what was said and may never come back, and who was asked and may be gone."""
        self._said.clear()
        return self._questions.forget()

    def told(self, said: messages.Told) -> list[Effect]:
        """Take a device's answer; where a node had none the next one is asked."""
        question = (said.device, said.what, said.target)
        if said.ok or not said.node:
            return self._questions.answered(question)
        return self._next_node(question)

    def fired(self, name: str, generation: int) -> list[Effect]:
        """Give up waiting for the answer of a step or a question."""
        question = self._questions.due(name, generation)
        if question is not None:
            return self._next_node(question)
        for job, (number, current) in list(self._awaited.items()):
            if name == _timer(job) and generation == current:
                del self._awaited[job]
                self._said[job] = ""
                return [Say(messages.render(messages.Expired(job, number, "no answer in time")))]
        return []

    def _go_on(self, job: Job, now: Now) -> list[Effect]:
        if self._scene.is_back(job):
            return self._end(job, False, f"{job.target} is back in another life", now)
        plan, questions = self._plan(job, now)
        effects = [effect for question in questions for effect in self._ask(question)]
        match proceed(job, plan):
            case Next() as following:
                step = self._step(job, following)
                if step is not None:
                    self._said[job.id] = step.device
                    effects.append(Say(messages.render(messages.Ordered(job, step))))
            case Finished(ok, reason):
                effects += self._end(job, ok, reason, now)
            case Wait():
                pass
        return effects

    def _end(self, job: Job, ok: bool, reason: str, now: Now) -> list[Effect]:
        self._said[job.id] = ""
        receipts = () if ok else tuple(receipts_of(job, False, reason, now.wall_s))
        return [Say(messages.render(messages.Ended(job.id, ok, reason, now.wall_s, receipts)))]

    def _plan(self, job: Job, now: Now) -> tuple[Plan, list[Question]]:
        scene = self._scene
        return planning.plan(job, scene.configured, scene.membership.members, scene.knowledge, now.monotonic_ms)

    def _step(self, job: Job, following: Next) -> Step | None:
        """Return the step; None while the device does as much as it may at once."""
        part = following.part
        device = self._scene.knowledge.devices[part.device]
        limit = devices.action_limit(device)
        if limit is not None and self._in_use(device.id) >= limit:
            return None
        return Step(
            number=len(job.steps) + 1,
            level=following.level,
            device=device.id,
            action=part.action,
            node=following.node,
            confirms=part.confirms,
            afterwards=part.afterwards,
            closes=following.closes,
            delay_ms=self._delay_ms(job, following),
            limit_ms=devices.timeout_ms(device, part.action, job.limit_ms or self._scene.configured.timeout_ms),
        )

    def _in_use(self, device: str) -> int:
        running = [j.running for j in self._scene.register.jobs.values()]
        return sum(s is not None and s.device == device for s in running) + list(self._said.values()).count(device)

    def _delay_ms(self, job: Job, following: Next) -> int:
        """Return the delay: the request's before the first call, the device's own before its first call for the job."""
        part = following.part
        if job.delay_ms < 0 or part.action not in KILLING:
            return 0
        device = self._scene.knowledge.devices[part.device]
        fresh = all(s.device != device.id for s in job.steps)
        own = devices.delay_ms(device, job.target, job.draw) if fresh else 0
        return own + (0 if job.steps else job.delay_ms)

    def _ask(self, question: Question) -> list[Effect]:
        if question[1] == "metadata":
            return []  # this node's own agent is being asked
        return self._questions.ask(question, self._scene.callers(question[0], question[2]), self._limit_ms(question))

    def _next_node(self, question: Question) -> list[Effect]:
        callers = self._scene.callers(question[0], question[2])
        return self._questions.again(question, callers, self._limit_ms(question))

    def _limit_ms(self, question: Question) -> int:
        device = self._scene.knowledge.devices.get(question[0])
        limit = devices.timeout_ms(device, question[1], QUESTION_TIMEOUT_MS) if device else QUESTION_TIMEOUT_MS
        return limit + ANSWER_GRACE_MS

    def _watch(self) -> list[Effect]:
        """Set a timer for each running step, and cancel those of steps that are over or no longer ours."""
        jobs = self._scene.register.jobs.values() if self._scene.coordinates else ()
        running = {j.id: j.running for j in jobs if j.running is not None}
        effects: list[Effect] = []
        for job, (number, _) in list(self._awaited.items()):
            step = running.get(job)
            if step is None or step.number != number:
                del self._awaited[job]
                effects.append(CancelTimer(_timer(job)))
        for job, step in running.items():
            if step is not None and job not in self._awaited and job not in self._said:
                generation = self._scene.next_number()
                self._awaited[job] = (step.number, generation)
                effects.append(SetTimer(_timer(job), generation, self._patience_ms(step)))
        return effects

    def _patience_ms(self, step: Step) -> int:
        device = self._scene.knowledge.devices.get(step.device)
        twice = device is not None and devices.verifies(device)
        return step.delay_ms + step.limit_ms * (2 if twice else 1) + ANSWER_GRACE_MS


def _timer(job: str) -> str:
    return f"fencing/answer/{job}"
