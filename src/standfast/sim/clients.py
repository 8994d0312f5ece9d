"""Operators of a world: they change the configuration on any node, and remember what they were told is done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Protocol

from standfast import cib, controller
from standfast.controller import requests
from standfast.sim.checks import Acknowledged, Checks
from standfast.sim.clock import Clock
from standfast.sim.daemon import Daemon
from standfast.sim.host import Host
from standfast.sim.plan import Plan
from standfast.sim.reality import Reality
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
    reality: Reality


def _orders() -> list[Callable[[str, str], requests.Body]]:
    """Return makers of orders, of a resource and a node, the frequent ones several times."""
    task, node_task = requests.ResourceTask, requests.NodeTask
    made: list[Callable[[str, str], requests.Body]] = [
        lambda resource, node: requests.NodeOrder(node, node_task.STANDBY),
        lambda resource, node: requests.NodeOrder(node, node_task.STANDBY, "reboot"),
        lambda resource, node: requests.NodeOrder(node, node_task.MAINTENANCE),
        lambda resource, node: requests.NodeOrder(node, node_task.FENCE),
        lambda resource, node: requests.StopNode(node),
        lambda resource, node: requests.Recheck(),
        lambda resource, node: requests.WaitForRest(5000),
        lambda resource, node: requests.ResourceOrder(resource, task.MOVE, node),
        lambda resource, node: requests.ResourceOrder(resource, task.BAN, node),
        lambda resource, node: requests.ResourceOrder(resource, task.FAIL, node),
        lambda resource, node: requests.UpdateAttribute(node, "load", "+=1"),
        lambda resource, node: requests.UpdateAttribute(node, "site", resource, requests.Lifetime.FOREVER),
        lambda resource, node: requests.UpdateAttribute(node, "note", "x", requests.Lifetime.PRIVATE),
    ]
    made += [lambda resource, node: requests.NodeOrder(node, node_task.ONLINE)] * 3
    made += [lambda resource, node: requests.NodeOrder(node, node_task.READY)] * 2
    for often, wanted in ((1, task.STOP), (3, task.START), (1, task.UNMANAGE), (2, task.MANAGE), (3, task.CLEAR)):
        made += [_of_resource(wanted)] * often
    made += [_of_resource(task.RESTART), _of_resource(task.CLEANUP), _of_all(task.CLEANUP), _of_all(task.REFRESH)]
    return made


def _of_resource(task: requests.ResourceTask) -> Callable[[str, str], requests.Body]:
    return lambda resource, node: requests.ResourceOrder(resource, task)


def _of_all(task: requests.ResourceTask) -> Callable[[str, str], requests.Body]:
    return lambda resource, node: requests.ResourceOrder("", task)


ORDERS = _orders()


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request without an answer yet."""

    what: str
    daemon: Daemon
    since_ms: int
    then: Callable[[Host, controller.Reply], None]


class Clients:
    """Ask every now and then until `stop`."""

    def __init__(self, world: Cluster, random: Random, gap_ms: int = 3000) -> None:
        self._world = world
        self._random = random
        self._gap_ms = gap_ms
        self._count = 0
        self._active = True
        self._waiting: dict[int, Waiting] = {}
        self.told: dict[str, int] = {"accepted": 0, "refused": 0}

    def start(self) -> None:
        """Begin."""
        self._world.clock.after(self._random.expovariate(1 / self._gap_ms), self._ask)

    def stop(self) -> None:
        """Ask nothing new."""
        self._active = False

    def replied(self, host: Host, reply: controller.Reply) -> None:
        """Take an answer. Raises: BrokenError if there was one before."""
        waiting = self._waiting.pop(reply.request, None)
        if waiting is None:
            raise self._world.story.broken(f"{host.name} answers request {reply.request} twice")
        self.told["refused" if reply.error else "accepted"] += 1
        self._world.story.tell("client", f"{host.name} answers {waiting.what}: {reply.error or 'done'}")
        waiting.then(host, reply)

    def ask(
        self, host: Host, body: requests.Body, what: str, then: Callable[[Host, controller.Reply], None] | None = None
    ) -> None:
        """Ask a node."""
        if host.daemon is None:
            return
        self._count += 1
        self._waiting[self._count] = Waiting(what, host.daemon, self._world.clock.now_ms, then or _nothing)
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
        body = self._random.choice(ORDERS)(
            self._random.choice(sorted(self._world.plan.kinds)), self._random.choice(self._world.plan.names)
        )
        match body:
            case requests.ResourceOrder(name, requests.ResourceTask.UNMANAGE) | requests.NodeOrder(
                name, requests.NodeTask.MAINTENANCE
            ):
                self._world.reality.unmanaged.add(name)
        self.ask(host, body, _words(body))

    def restore(self) -> None:
        """Take every order back that keeps something from running, as an operator would in the end."""
        task = requests.ResourceTask
        for resource in sorted(self._world.plan.kinds):
            self._anywhere(requests.ResourceOrder(resource, task.START))
            self._anywhere(requests.ResourceOrder(resource, task.MANAGE))
            self._anywhere(requests.ResourceOrder(resource, task.CLEAR))
        for name in self._world.plan.names:
            self._anywhere(requests.NodeOrder(name, requests.NodeTask.ONLINE))
            self._anywhere(requests.NodeOrder(name, requests.NodeTask.ONLINE, "reboot"))
            self._anywhere(requests.NodeOrder(name, requests.NodeTask.READY))
        self._anywhere(requests.ResourceOrder("", task.CLEANUP, force=True))

    def unanswered(self, patience_ms: int) -> str:
        """Return a request that a daemon which is still alive has not answered for so long; empty if there is none."""
        for number, waiting in self._waiting.items():
            late = self._world.clock.now_ms - waiting.since_ms > patience_ms
            if waiting.daemon.is_alive and late:
                return f"request {number} ({waiting.what}) to {waiting.daemon.name} is not answered"
        return ""

    def _anywhere(self, body: requests.Body) -> None:
        hosts = [host for host in self._world.hosts if host.daemon is not None]
        if hosts:
            self.ask(hosts[0], body, _words(body))


def _words(body: requests.Body) -> str:
    match body:
        case requests.ResourceOrder(resource, task, node):
            return f"{task} {resource or 'all'} {node}".strip()
        case requests.NodeOrder(node, task, value):
            return f"{task} {node} {value}".strip()
        case requests.StopNode(node):
            return f"stop node {node}"
        case requests.UpdateAttribute(node, name, value):
            return f"attribute {name} of {node} to {value}"
    return type(body).__name__


def _nothing(host: Host, reply: controller.Reply) -> None:
    """Nobody needs the answer."""
