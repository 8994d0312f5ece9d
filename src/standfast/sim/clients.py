"""Operators of a world: they change the configuration on any node, and remember what they were told is done."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Protocol

from standfast import cib, controller
from standfast.controller import requests
from standfast.sim.checks import Acknowledged, Checks
from standfast.sim.clock import Clock
from standfast.sim.host import Host
from standfast.sim.plan import Plan
from standfast.sim.story import Story
from standfast.sim.wires import Wires


class Cluster(Protocol):
    """The world, as operators see it."""

    clock: Clock
    story: Story
    wires: Wires
    plan: Plan
    hosts: list[Host]
    checks: Checks


class Clients:
    """Ask every now and then until `stop`."""

    def __init__(self, world: Cluster, random: Random, gap_ms: int = 3000) -> None:
        self._world = world
        self._random = random
        self._gap_ms = gap_ms
        self._count = 0
        self._active = True
        self._waiting: dict[int, tuple[str, Callable[[Host, controller.Reply], None]]] = {}
        self.told: dict[str, int] = {"accepted": 0, "refused": 0}

    def start(self) -> None:
        """Begin."""
        self._world.clock.after(self._random.expovariate(1 / self._gap_ms), self._ask)

    def stop(self) -> None:
        """Ask nothing new."""
        self._active = False

    def replied(self, host: Host, reply: controller.Reply) -> None:
        """Take an answer."""
        waiting = self._waiting.pop(reply.request, None)
        if waiting is not None:
            what, then = waiting
            self.told["refused" if reply.error else "accepted"] += 1
            self._world.story.tell("client", f"{host.name} answers {what}: {reply.error or 'done'}")
            then(host, reply)

    def ask(
        self, host: Host, body: requests.Body, what: str, then: Callable[[Host, controller.Reply], None] | None = None
    ) -> None:
        """Ask a node."""
        if host.daemon is None:
            return
        self._count += 1
        self._waiting[self._count] = (what, then or _nothing)
        self._world.story.tell("client", f"asks {host.name}: {what}")
        host.daemon.feed("controller", controller.Request(self._count, "root", body, "sim"))

    def _ask(self) -> None:
        if not self._active:
            return
        self.start()
        host = self._random.choice(self._world.hosts)
        if host.daemon is None:
            return
        if self._random.random() < 0.6:
            self._mark(host)
        else:
            self._order(host)

    def _mark(self, host: Host) -> None:
        mark = f"mark-{self._count + 1}"
        text = f'<cluster_property_set id="marks"><nvpair id="{mark}" name="{mark}" value="1"/></cluster_property_set>'
        edit = cib.edits.Edit("modify", text, scope="crm_config", allow_create=True)

        def then(host: Host, reply: controller.Reply) -> None:
            if not reply.error and host.daemon is not None and host.daemon.view is not None:
                self._world.checks.acknowledged.append(Acknowledged(mark, host.daemon.view.id.sequence))

        self.ask(host, requests.ChangeConfiguration((edit,)), mark, then)

    def _order(self, host: Host) -> None:
        names = self._world.plan.names
        resource = self._random.choice(sorted(self._world.plan.kinds))
        node = self._random.choice(names)
        body: requests.Body = self._random.choice(
            (
                requests.NodeOrder(node, requests.NodeTask.STANDBY),
                requests.NodeOrder(node, requests.NodeTask.ONLINE),
                requests.NodeOrder(node, requests.NodeTask.ONLINE),
                requests.ResourceOrder(resource, requests.ResourceTask.STOP),
                requests.ResourceOrder(resource, requests.ResourceTask.START),
                requests.ResourceOrder(resource, requests.ResourceTask.START),
                requests.ResourceOrder("", requests.ResourceTask.CLEANUP),
                requests.ResourceOrder("", requests.ResourceTask.REFRESH),
                requests.NodeOrder(node, requests.NodeTask.FENCE),
                requests.StopNode(node),
                requests.Recheck(),
            )
        )
        self.ask(host, body, _words(body))

    def restore(self) -> None:
        """Take every order back that keeps something from running, as an operator would in the end."""
        for resource in sorted(self._world.plan.kinds):
            self._anywhere(requests.ResourceOrder(resource, requests.ResourceTask.START))
        for name in self._world.plan.names:
            self._anywhere(requests.NodeOrder(name, requests.NodeTask.ONLINE))
        self._anywhere(requests.ResourceOrder("", requests.ResourceTask.CLEANUP, force=True))

    def _anywhere(self, body: requests.Body) -> None:
        hosts = [host for host in self._world.hosts if host.daemon is not None]
        if hosts:
            self.ask(hosts[0], body, _words(body))


def _words(body: requests.Body) -> str:
    match body:
        case requests.ResourceOrder(resource, task):
            return f"{task} {resource or 'all'}"
        case requests.NodeOrder(node, task):
            return f"{task} {node}"
        case requests.StopNode(node):
            return f"stop node {node}"
    return type(body).__name__


def _nothing(host: Host, reply: controller.Reply) -> None:
    """Nobody needs the answer."""
