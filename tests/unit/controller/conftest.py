"""A small cluster: production controllers, executors and fencing machines on the memory engine, with a clock, agents
that can be told to fail or hang, and a scheduler of a hundred lines that knows only what these tests need."""

from __future__ import annotations

import contextlib
import heapq
import itertools
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from lxml import etree

from standfast import agents, cib, controller, executor, fencing, scheduler, transition
from standfast.cib import history, nvpairs, status
from standfast.controller import requests
from standfast.errors import LocalProtocolError
from standfast.messaging import memory, quorum
from standfast.runtime import CancelTimer, Now, SetTimer, TimerFired

FENCE_METADATA = """<resource-agent name="fence_lab"><parameters><parameter name="port"/></parameters><actions>
<action name="on"/><action name="off"/><action name="reboot"/><action name="status"/><action name="list"/>
<action name="monitor"/><action name="metadata"/></actions></resource-agent>"""


# --- the configuration


def primitive(name: str, *, monitor_s: int = 0, role: str = "Started", prefer: str = "") -> str:
    """Return a primitive's XML; `prefer` is a node's name that this file's scheduler takes first."""
    operation = f'<op id="{name}-mon" name="monitor" interval="{monitor_s}s"/>' if monitor_s else ""
    return (
        f'<primitive id="{name}" class="ocf" provider="heartbeat" type="Dummy">'
        f'<meta_attributes id="{name}-m"><nvpair id="{name}-r" name="target-role" value="{role}"/>'
        f'<nvpair id="{name}-p" name="prefer" value="{prefer}"/></meta_attributes>'
        f"<operations>{operation}</operations></primitive>"
    )


def fence_device(*names: str) -> str:
    """Return the XML of a device that can fence these nodes."""
    return (
        '<primitive id="fencer" class="stonith" type="fence_lab"><instance_attributes id="fencer-a">'
        f'<nvpair id="fencer-l" name="pcmk_host_list" value="{" ".join(names)}"/>'
        "</instance_attributes></primitive>"
    )


def document(*resources: str, nodes: tuple[str, ...] = ("n1", "n2", "n3"), **properties: str) -> cib.Document:
    """Return a configuration of version 0.5.0."""
    found = cib.Document.empty("test")
    for number, name in enumerate(nodes, 1):
        etree.SubElement(found.section("nodes"), "node", id=str(number), uname=name)
    for text in resources:
        found.section("resources").append(etree.fromstring(text))
    options = found.section("crm_config").find("cluster_property_set")
    assert options is not None
    for name, value in properties.items():
        name = name.replace("_", "-")
        etree.SubElement(options, "nvpair", id=f"o-{name}", name=name, value=value)
    found.root.set("epoch", "5")
    return found


# --- a scheduler


@dataclass
class Plan:
    """A graph in the making."""

    document: cib.Document
    synapses: list[transition.Synapse] = field(default_factory=list)

    def add(self, kind: str, operation: str, node: str, inputs: set[int], resource: str = "", **meta: str) -> int:
        """Add an action; return its number."""
        number = len(self.synapses) + 1
        ref = transition.ResourceRef(resource, "ocf", "Dummy", "heartbeat") if resource else None
        interval = meta.get("interval", "0")
        attributes = {f"CRM_meta_{k}": v for k, v in {"timeout": "20000", **meta}.items()}
        action = transition.Action(
            number, transition.Kind(kind), operation, f"{resource}_{operation}_{interval}", on_node=node,
            resource=ref, attributes=attributes,
        )  # fmt: skip
        self.synapses.append(transition.Synapse(number - 1, action, frozenset(inputs)))
        return number


def every_record(document: cib.Document, node: str, resource: str) -> list[history.OperationRecord]:
    """Return the operations of a resource on a node."""
    for entry in document.status.iterchildren("node_state"):
        if entry.get("uname") == node:
            return [r for e, r in history.operations(entry) if e.get("id") == resource]
    return []


def records(document: cib.Document, node: str, resource: str) -> list[history.OperationRecord]:
    """Return the answered operations of a resource on a node, oldest first."""
    found = every_record(document, node, resource)
    return sorted((r for r in found if r.op_status != history.PENDING), key=lambda r: r.call_id)


def is_starting(document: cib.Document, node: str, resource: str) -> bool:
    """Return whether a start is under way."""
    return any(r.op_status == history.PENDING and r.task == "start" for r in every_record(document, node, resource))


def is_active(document: cib.Document, node: str, resource: str) -> bool:
    """Return whether the newest operation says that it runs, or it is being started."""
    found = records(document, node, resource)
    runs = bool(found) and found[-1].task != "stop" and found[-1].rc_code != 7
    return runs or is_starting(document, node, resource)


def schedule(document: cib.Document, now_s: int) -> scheduler.Outcome:
    """Return a graph: fence the unclean, probe, stop where it must not run, start one of each elsewhere."""
    plan = Plan(document)
    states = {e.get("uname", ""): e for e in document.status.iterchildren("node_state")}
    nodes = [e.get("uname", "") for e in document.section("nodes")]
    options = nvpairs.unpack(document.section("crm_config"), nvpairs.PROPERTIES)
    quorate = document.root.get("have-quorum") == "1" or options.get("no-quorum-policy") == "ignore"
    fence: dict[str, int] = {}
    online = []
    for name in nodes:
        state = states.get(name)
        if state is not None and state.get("join") == "pending" and state.get("crmd") == "online":
            continue
        if state is not None and state.get("crmd") == "online" and state.get("in_ccm") == "true":
            online.append(name)
        elif state is None or state.get("expected") == "member":
            fence[name] = 0
    if quorate and options.get("stonith-enabled", "true") == "true":
        for name in fence:
            fence[name] = plan.add("crm_event", "stonith", name, set(), stonith_action="reboot")
    leaving = [n for n in online if status.attribute(document, states[n].get("id", ""), "shutdown") is not None]
    places = [n for n in online if n not in leaving]
    stops: dict[str, set[int]] = {n: set() for n in leaving}
    for element in document.root.iterfind("configuration/resources/primitive"):
        if element.get("class") != "stonith":
            _one(plan, element, online, places, fence, states, stops, quorate)
    for name, needed in stops.items():
        plan.add("crm_event", "do_shutdown", name, needed)
    return scheduler.Outcome(transition.Graph(tuple(plan.synapses)), scheduler.State())


def _one(
    plan: Plan, element: etree._Element, online: list[str], places: list[str], fence: dict[str, int],
    states: dict[str, etree._Element], stops: dict[str, set[int]], quorate: bool,
) -> None:  # fmt: skip
    name, document = element.get("id", ""), plan.document
    meta = nvpairs.unpack(element, nvpairs.META)
    known = [n for n in online if records(document, n, name)]
    probes = {plan.add("rsc_op", "monitor", n, set(), name, op_target_rc="7") for n in online if n not in known}
    active = [n for n in states if is_active(document, n, name)]
    if any(n not in online and n not in fence for n in active):
        return  # a pending node holds it
    wanted = quorate and meta.get("target-role", "Started") != "Stopped"
    good = [n for n in places if not _is_banned(document, states[n], name)]
    stay = [n for n in good if n in active]
    preferred = [n for n in good if n == meta.get("prefer")]
    target = (preferred or stay or good or [""])[0] if wanted else ""
    needed = set(probes) | {number for number in fence.values() if number}
    restart = False
    for node in active:
        last = (records(document, node, name) or every_record(document, node, name))[-1]
        restart = last.digests.get("op-restart-digest", "") == "restart-was-ordered" or last.failed
        if node in fence:
            number = plan.add("pseudo_event", "stop", node, {fence[node]} - {0}, name)
        elif node != target or restart:
            number = plan.add("rsc_op", "stop", node, probes, name)
            stops.get(node, set()).add(number)
        else:
            continue
        needed.add(number)
    if not target or (any(n in fence and not fence[n] for n in active)):
        return
    if target not in active or restart or is_starting(document, target, name):
        started = plan.add("rsc_op", "start", target, needed, name)
        for operation in element.iterfind("operations/op"):
            interval_ms = str(int(operation.get("interval", "0s")[:-1]) * 1000)
            plan.add("rsc_op", "monitor", target, {started}, name, interval=interval_ms)


def _is_banned(document: cib.Document, state: etree._Element, name: str) -> bool:
    found = status.attributes(document, state.get("id", ""))
    return any(k.startswith(f"fail-count-{name}#") and v == "INFINITY" for k, v in found.items())


# --- nodes


@dataclass
class Disk:
    """What survives a crash."""

    document: bytes | None = None
    term: int = 0
    members: tuple[str, ...] = ()
    change_term: int = 0
    base: tuple[int, int] = (0, 0)


class Node:
    """A machine: its disk, what runs on it, and perhaps a daemon."""

    def __init__(self, cluster: Cluster, number: int, name: str) -> None:
        self.cluster, self.number, self.name = cluster, number, name
        self.disk = Disk()
        self.boot = 0
        self.lives = 0
        self.running: set[str] = set()
        self.kept: tuple[executor.Result, ...] = ()
        self.published: list[controller.Publish] = []
        self.replies: dict[int, controller.Reply] = {}
        self.orders: list[executor.Operation] = []
        self.calls: list[tuple[int, agents.Invocation]] = []
        self.inputs: list[controller.KeepInput] = []
        self.panics: list[str] = []
        self.stopped = ""
        self.machine: controller.Machine | None = None
        self.paused = False
        self.slow_disk = False
        self.waiting_stores: list[controller.Store] = []
        self.queue: deque[tuple[str, object]] = deque()

    # --- life

    def power_on(self) -> None:
        """Boot and start the daemon."""
        self.boot += 1
        self.running, self.kept = set(), ()
        self.cluster.network.power_on(self.number)
        self.start()

    def start(self, software: tuple[int, int, int] = (1, 0, 0)) -> None:
        """Start a daemon; agents that the last one left are ended first."""
        self.lives += 1
        self.cluster.end_agents(self)
        self.stopped = ""
        self.queue.clear()
        self.calls.clear()
        self.machine = controller.Machine(self.number, self.name, software)
        self.executor, self.fencing = executor.Machine(), fencing.Machine(self.name)
        disk = self.disk
        loaded = None if disk.document is None else cib.Document.parse(disk.document)
        self.feed("controller", controller.Loaded(
            loaded, disk.term, f"boot{self.boot}", f"{self.name}-life{self.lives}", self.kept, members=disk.members,
            change_term=disk.change_term, base=disk.base,
        ))  # fmt: skip
        self.engine = self.cluster.network.engine(self.number)
        self.engine.start(lambda event: self.feed("controller", event))

    def crash(self) -> None:
        """Kill the daemon alone."""
        self.machine = None
        self.queue.clear()
        self.cluster.network.crash(self.number)
        self.cluster.run()

    def power_off(self) -> None:
        """Lose the machine."""
        self.machine = None
        self.queue.clear()
        self.running = set()
        self.cluster.network.power_off(self.number)

    def pause(self) -> None:
        """Let the daemon hang; its node stays in the membership."""
        self.paused = True

    def resume(self) -> None:
        """Let it go on where it was."""
        self.paused = False
        self.work()
        self.cluster.run()

    # --- binding

    @property
    def dc(self) -> str:
        """Return whom it takes for the DC."""
        assert self.machine is not None
        return self.machine.dc

    @property
    def document(self) -> cib.Document:
        """Return its document."""
        assert self.machine is not None
        assert self.machine.document is not None
        return self.machine.document

    def said(self, kind: str) -> list[controller.Publish]:
        """Return what it published of this kind."""
        return [p for p in self.published if p.kind == kind]

    def feed(self, to: str, event: object) -> None:
        """Hand an event to a machine."""
        if self.machine is not None:
            self.queue.append((to, event))
            self.work()

    def work(self) -> None:
        """Handle what waits."""
        if self.paused or self.cluster.busy:
            return
        self.cluster.busy = True
        try:
            while self.queue and self.machine is not None and not self.paused:
                to, event = self.queue.popleft()
                self._handle(to, event)
        finally:
            self.cluster.busy = False
        self.cluster.work()

    def _handle(self, to: str, event: object) -> None:
        machine = {"controller": self.machine, "executor": self.executor, "fencing": self.fencing}[to]
        for effect in machine.handle(event, self.cluster.now()):  # type: ignore[union-attr, arg-type]
            if self.machine is None:
                return
            self._perform(to, effect)

    def _perform(self, owner: str, effect: object) -> None:
        match effect:
            case SetTimer(name, generation, delay_ms):
                self.cluster.after(delay_ms, self, owner, TimerFired(name, generation))
            case CancelTimer():
                pass
            case executor.RunAgent(call, invocation):
                self.calls.append((call, invocation))
                self.cluster.agent_called(self, call, invocation)
            case executor.KillAgent(call):
                self.cluster.after(1, self, "executor", executor.Exited(call, agents.Outcome(137, ERROR)))
            case executor.LearnAgent(agent):
                self.queue.append(("executor", executor.AgentKnown(agent, None)))
            case executor.Finished(result):
                self.queue.append(("controller", controller.OperationFinished(result)))
            case executor.Remember(results):
                self.kept = results
            case fencing.RunAgent(call, invocation):
                self.cluster.fence_called(self, call, invocation)
            case fencing.Say(payload):
                self.queue.append(("controller", controller.FencingSays(payload)))
            case fencing.Receipt():
                self.queue.append(("controller", controller.FencingReceipt(effect)))
            case _:
                self._perform_controllers(effect)

    def _perform_controllers(self, effect: object) -> None:
        match effect:
            case controller.Multicast(payload):
                with contextlib.suppress(LocalProtocolError):
                    self.engine.multicast(payload)
            case controller.Store():
                if self.slow_disk:
                    self.waiting_stores.append(effect)
                else:
                    self.store(effect)
            case controller.Schedule():
                self.cluster.asked_to_schedule(self, effect)
            case controller.Reply(request):
                assert request not in self.replies, f"request {request} is answered twice"
                self.replies[request] = effect
            case controller.ToExecutor(event):
                if isinstance(event, executor.Execute):
                    self.orders.append(event.operation)
                self._handle("executor", event)
            case controller.ToFencing(event):
                self._handle("fencing", event)
            case controller.Publish():
                self.published.append(effect)
            case controller.KeepInput():
                self.inputs.append(effect)
            case controller.Panic(reason):
                self.panics.append(reason)
            case controller.StopNow(reason):
                self.stopped = reason
                self.machine = None
                self.engine.leave()
            case _:
                raise AssertionError(effect)

    def store(self, effect: controller.Store) -> None:
        """Write to the disk."""
        self.disk = Disk(effect.document.render(), effect.term, effect.members, effect.change_term, effect.base)
        self.queue.append(("controller", controller.Stored(effect.number)))

    def let_disk_go(self) -> None:
        """Write what waits for a slow disk."""
        self.slow_disk = False
        for effect in self.waiting_stores:
            self.store(effect)
        self.waiting_stores.clear()
        self.work()
        self.cluster.run()

    def ask(self, body: requests.Body, *, run: bool = True) -> controller.Reply | None:
        """Ask the daemon; return its reply if it has one after things have come to rest."""
        self.cluster.requests += 1
        number = self.cluster.requests
        self.feed("controller", controller.Request(number, "root", body))
        if run:
            self.cluster.run()
        return self.replies.get(number)


DONE, ERROR = agents.ExecutionStatus.DONE, agents.ExecutionStatus.ERROR


class Cluster:
    """Nodes on a memory network. `held` names operations (RESOURCE_TASK or TASK) whose agents hang; `codes` what an
    operation (RESOURCE_TASK@NODE) ends with."""

    def __init__(self, count: int, first: cib.Document | None, *, two_node: bool = False, boot: bool = True) -> None:
        names = [f"n{i}" for i in range(1, count + 1)]
        voters = tuple(quorum.Voter(i, name) for i, name in enumerate(names, 1))
        self.network = memory.Network(quorum.Electorate(voters, two_node=two_node))
        self.now_ms = 1_000_000
        self.requests = 0
        self.busy = False
        self.held: set[str] = set()
        self.codes: dict[str, int] = {}
        self.hold_fencing = False
        self.fencing_fails = False
        self.hold_scheduler = False
        self.scheduler: Callable[[cib.Document, int], scheduler.Outcome] = schedule
        self.fence_calls: list[tuple[str, str]] = []
        self._scheduling: list[tuple[Node, controller.Schedule]] = []
        self._fencing: list[Callable[[], None]] = []
        self._held: list[tuple[Node, int, agents.Invocation]] = []
        self._timers: list[tuple[int, int, Node, int, str, object]] = []
        self._count = itertools.count()
        self.nodes = {name: Node(self, i, name) for i, name in enumerate(names, 1)}
        if first is not None:
            for node in self.nodes.values():
                node.disk = Disk(first.render(), 3, tuple(names))
        if boot:
            for node in self.nodes.values():
                node.power_on()
            self.run()

    def __getitem__(self, name: str) -> Node:
        return self.nodes[name]

    @property
    def alive(self) -> list[Node]:
        """Return the nodes whose daemon runs."""
        return [n for n in self.nodes.values() if n.machine is not None]

    def now(self) -> Now:
        """Return the moment."""
        return Now(self.now_ms, 1_700_000_000_000 + self.now_ms)

    # --- moving

    def work(self) -> None:
        """Let all daemons handle what waits for them."""
        if not self.busy:
            for node in self.nodes.values():
                if node.queue and not node.paused and node.machine is not None:
                    node.work()

    def run(self, ms: int = 0) -> None:
        """Let everything happen that is under way, and what timers bring in so many milliseconds."""
        end = self.now_ms + ms
        self.settle()
        while self._timers and self._timers[0][0] <= end:
            due = self._timers[0][0]
            self.now_ms = max(self.now_ms, due)
            while self._timers and self._timers[0][0] <= due:
                _, _, node, life, owner, event = heapq.heappop(self._timers)
                if node.lives == life:
                    node.feed(owner, event)
            self.settle()
        self.now_ms = end

    def settle(self) -> None:
        """Move until nothing moves."""
        for _ in range(10000):
            self.network.settle()
            self.work()
            if not self._step():
                return
        raise AssertionError("the cluster does not come to rest")

    def _step(self) -> bool:
        if self._scheduling and not self.hold_scheduler:
            node, effect = self._scheduling.pop(0)
            node.feed(
                "controller",
                controller.Scheduled(effect.number, self.scheduler(cib.Document.parse(effect.document), effect.now_s)),
            )
            return True
        busy = any(n.queue and not n.paused and n.machine is not None for n in self.nodes.values())
        return busy or bool(self.network._waiting)

    def after(self, delay_ms: int, node: Node, owner: str, event: object) -> None:
        """Let something happen later."""
        heapq.heappush(self._timers, (self.now_ms + delay_ms, next(self._count), node, node.lives, owner, event))

    # --- the world

    def asked_to_schedule(self, node: Node, effect: controller.Schedule) -> None:
        """Remember a scheduler's work."""
        self._scheduling.append((node, effect))

    def agent_called(self, node: Node, call: int, invocation: agents.Invocation) -> None:
        """Run an agent."""
        name = f"{invocation.resource_id}_{invocation.action}"
        if {name, invocation.action, f"{name}@{node.name}"} & self.held:
            self._held.append((node, call, invocation))
        else:
            self._agent_ends(node, call, invocation)

    def release(self) -> None:
        """Let the agents that hang go on."""
        self.held.clear()
        held, self._held = self._held, []
        for node, call, invocation in held:
            self._agent_ends(node, call, invocation)
        self.run()

    def end_agents(self, node: Node) -> None:
        """Kill the agents that hang on a node."""
        self._held = [h for h in self._held if h[0] is not node]

    def _agent_ends(self, node: Node, call: int, invocation: agents.Invocation) -> None:
        if node.machine is None:
            return
        resource, action = invocation.resource_id, invocation.action
        code = self.codes.get(f"{resource}_{action}@{node.name}", self.codes.get(f"{resource}_{action}", 0))
        if invocation.agent.standard == "stonith":
            pass
        elif action == "monitor" and code == 0:
            code = 0 if resource in node.running else 7
        elif action == "start" and code == 0:
            node.running.add(resource)
        elif action == "stop" and code == 0:
            node.running.discard(resource)
        outcome = agents.Outcome(code, DONE, "" if code in (0, 7) else "it failed")
        node.queue.append(("executor", executor.Exited(call, outcome)))

    def fence_called(self, node: Node, call: int, invocation: agents.Invocation) -> None:
        """Run a fence agent."""
        if invocation.action not in ("reboot", "off", "on"):
            output = FENCE_METADATA if invocation.action == "metadata" else ""
            node.queue.append(("fencing", fencing.Exited(call, agents.Outcome(0, DONE, stdout=output))))
            return
        target = next(v for k, v in invocation.parameters.items() if k in ("port", "plug", "nodename"))
        self.fence_calls.append((node.name, target))

        def act() -> None:
            if self.fencing_fails:
                node.feed("fencing", fencing.Exited(call, agents.Outcome(1, ERROR, "no answer")))
                return
            self[target].power_off()
            node.feed("fencing", fencing.Exited(call, agents.Outcome(0, DONE)))

        self._fencing.append(act)
        if not self.hold_fencing:
            self.release_fencing()

    def release_fencing(self) -> None:
        """Let fence devices act."""
        self.hold_fencing = False
        while self._fencing:
            self._fencing.pop(0)()

    # --- looking

    def agree(self) -> cib.Document:
        """Return the document that all members hold; they must be equal."""
        texts = {n.name: n.document.render() for n in self.alive}
        assert len(set(texts.values())) == 1, "documents differ"
        return self.alive[0].document

    def where(self, resource: str) -> list[str]:
        """Return where it truly runs."""
        return [n.name for n in self.nodes.values() if resource in n.running]


@pytest.fixture
def make() -> Callable[..., Cluster]:
    """Return the maker of clusters: `make(3, document(…))`."""
    return Cluster


@pytest.fixture
def words() -> type:
    """Return this file's makers of XML, as attributes."""

    class Words:
        primitive = staticmethod(primitive)
        fence_device = staticmethod(fence_device)
        document = staticmethod(document)
        schedule = staticmethod(schedule)

    return Words
