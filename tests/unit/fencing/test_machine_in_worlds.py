"""Fencing machines in seeded worlds: nodes crash and come back, agents fail, hang and take their time."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from standfast import fencing

NAMES = ("n1", "n2", "n3", "n4", "n5")
SEEDS = 250


@dataclass
class Story:
    """One world's course, and what must be true of it afterwards."""

    seed: int
    make: Callable[..., object]
    successes: list[tuple[int, str]] = field(default_factory=list)
    confirmed: set[str] = field(default_factory=set)
    asked: dict[str, tuple[str, int]] = field(default_factory=dict)
    steady: set[str] = field(default_factory=lambda: set(NAMES))

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.world = self.make(NAMES, script=self._agent)
        self.reliability = self.random.choice((0.2, 0.6, 0.95))
        self._configure()

    def _agent(self, node, invocation):
        """Return what an agent does: it is slow, it hangs, it fails; what it switched off is noted."""
        took_ms = self.random.choice((10, 200, 3000, 30_000, 90_000))
        if invocation.action in ("list", "status"):
            return 0 if self.random.random() < 0.8 else 1, min(took_ms, 3000), " ".join(NAMES)
        ok = self.random.random() < self.reliability
        if ok and took_ms <= invocation.timeout_ms and invocation.action in ("off", "reboot"):
            self.successes.append((self.world.now_ms, invocation.parameters["port"]))
        return 0 if ok else 1, took_ms, ""

    def _configure(self) -> None:
        kinds = (
            {"pcmk_host_list": " ".join(NAMES)},
            {},
            {"pcmk_host_check": "status", "pcmk_delay_base": "2s"},
            {"pcmk_host_list": "n1,n2,n3", "pcmk_delay_max": "10s", "pcmk_action_limit": "-1"},
            {"pcmk_host_list": " ".join(NAMES), "standfast_verify": "1"},
        )
        devices = [
            fencing.Device(f"d{i}", "fence_x", self.random.choice(kinds), priority=self.random.randrange(3))
            for i in range(self.random.randint(1, 3))
        ]
        levels = ()
        if self.random.random() < 0.5:
            ids = [d.id for d in devices]
            levels = tuple(
                fencing.Level(n, tuple(self.random.sample(ids, self.random.randint(1, len(ids)))), target_pattern=".*")
                for n in (1, 2)
            )
        usable = {d.id: tuple(self.random.sample(NAMES, 4)) for d in devices if self.random.random() < 0.5}
        self.world.configure(*devices, levels=levels, usable=usable)

    def act(self) -> None:
        """Let something happen, and some time pass."""
        world, chance = self.world, self.random.random()
        gone = [n for n in NAMES if n not in world.members]
        if chance < 0.2 and len(world.members) > 2:
            name = self.random.choice(world.members)
            self.steady.discard(name)
            (world.cut if self.random.random() < 0.4 else world.crash)(name)
        elif chance < 0.3 and gone:
            name = self.random.choice(gone)
            if name not in world.machines or self.random.random() < 0.3:
                world.boot(name)
            world.view(*world.members, name)
        elif chance < 0.75 and gone:
            self._ask(self.random.choice(gone))
        elif chance < 0.8 and gone:
            target = self.random.choice(gone)
            self.confirmed.add(target)
            world.give(self.random.choice(world.members), fencing.Confirm(target, "", "root"))
        world.run(until_ms=world.now_ms + self.random.choice((0, 1, 5, 500, 5000, 40_000)))

    def _ask(self, target: str) -> None:
        request = f"r{len(self.asked)}"
        self.asked[request] = (target, self.world.now_ms)
        node = self.world.members[0] if self.random.random() < 0.8 else self.random.choice(self.world.members)
        life = f"{target}.{self.world.lives[target]}"
        action = self.random.choice(("reboot", "reboot", "off"))
        delay_ms = self.random.choice((0, 0, 1500, -1))
        draw = self.random.random()
        self.world.fence(target, request, node=node, action=action, incarnation=life, delay_ms=delay_ms, draw=draw)

    def check(self) -> None:
        """Check that each request that was heard has one receipt on every member, and none is ok for nothing."""
        assert not any(self.world.machines[n].pending for n in self.world.members), "a fencing has no end"
        steady = [n for n in self.world.members if n in self.steady]
        for name in steady:
            assert self.world.receipts[name] == self.world.receipts[steady[0]]
        for name in self.world.members:
            mine = [r.request for r in self.world.receipts[name] if r.request]
            assert len(mine) == len(set(mine)), "a request was answered twice"
        for receipt in self.world.receipts[steady[0]] if steady else ():
            assert not receipt.ok or self._deserved(receipt), receipt

    def _deserved(self, receipt: fencing.Receipt) -> bool:
        return receipt.target in self.confirmed or any(port == receipt.target for _, port in self.successes)

    def answered(self) -> set[str]:
        """Return the requests that the steady members saw answered."""
        steady = next(n for n in self.world.members if n in self.steady)
        return {r.request for r in self.world.receipts[steady]}


@pytest.mark.parametrize("block", range(5))
def test_every_request_ends_once_and_none_is_ok_for_nothing(world, block: int) -> None:
    """Resources would start beside a node that nobody switched off, or never start again."""
    for seed in range(block * SEEDS // 5, (block + 1) * SEEDS // 5):
        story = Story(seed, world)
        for _ in range(14):
            story.act()
        story.world.run()
        story.check()


def test_nothing_is_lost_while_nobody_crashes(world) -> None:
    """A request would be forgotten: its node stays unclean for ever."""
    for seed in range(60):
        story = Story(seed, world)
        for name in ("n4", "n5"):
            story.world.crash(name)
        story.steady -= {"n4", "n5"}
        for _ in range(8):
            story._ask(story.random.choice(("n4", "n5")))
            story.world.run(until_ms=story.world.now_ms + story.random.choice((0, 1, 500, 40_000)))
        story.world.run()
        story.check()
        assert story.answered() == set(story.asked), seed


@pytest.mark.parametrize("seed", range(0, 60, 6))
def test_members_have_the_same_history_and_pending(world, seed: int) -> None:
    """The next coordinator would know another history than the last, and fence by it."""
    story = Story(seed, world)
    for _ in range(14):
        story.act()
        story.world.run(until_ms=story.world.now_ms + 2)
    story.world.run()
    first, *others = (story.world.machines[n] for n in story.world.members)
    for other in others:
        assert other.history == first.history
        assert other.pending == first.pending == ()
