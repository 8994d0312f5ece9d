"""The API as a daemon gives it: questions answered from the node's state, requests handed to its controller."""

from __future__ import annotations

import json
import pwd
import re
import time
from collections.abc import AsyncIterator, Mapping

import msgspec
from lxml import etree

from standfast import __version__, cib, errors
from standfast.controller import requests
from standfast.daemons import answers, jobs, node
from standfast.dialects import crm_mon
from standfast.errors import Exit
from standfast.runtime.live import now
from standfast.web import schema
from standfast.web.api import Caller
from standfast.web.live.server import may_administer

RESOURCE_ORDERS = {task.value: task for task in requests.ResourceTask} | {
    "enable": requests.ResourceTask.START,
    "disable": requests.ResourceTask.STOP,
}
NODE_ORDERS = {task.value: task for task in requests.NodeTask}
RECENT_EVENTS = 20


class Service:
    """A node's `web.Api`."""

    def __init__(self, owner: node.Node) -> None:
        self._node = owner
        self._reading: tuple[object, jobs.Reading] | None = None
        self._began_ms = now().monotonic_ms

    def admits(self, caller: Caller) -> bool:
        """Return whether the caller may use the API."""
        return may_administer(caller)

    # --- questions

    async def status(self) -> schema.Status:
        """Return the cluster as this node sees it."""
        reading, machine = await self._read_status(), self._node.machine
        return schema.Status(
            node=self._node.settings.node,
            cluster=self._node.settings.cluster,
            dc=machine.dc,
            version=str(self._node.document.version),
            term=machine.term,
            quorum=answers.quorum(machine.quorum),
            nodes=reading.nodes,
            resources=reading.resources,
            failures=reading.failures,
            transition="running" if machine.transition_running else "idle",
            engine=self._node.settings.engine,
            maintenance=cib.properties.read(self._node.document).is_true("maintenance-mode"),
        )

    async def _read_status(self) -> jobs.Reading:
        """Return what the status says; a state that did not change is not read again."""
        key, data = self._node.rendered()
        if self._reading is None or self._reading[0] != key:
            members = frozenset(self._node.machine.members)
            self._reading = key, await self._node.questions.ask(jobs.ReadStatus(data, now().wall_s, members))
        return self._reading[1]

    async def monitor(self, form: str, options: Mapping[str, str]) -> str:
        """Return crm_mon's output."""
        view = crm_mon.View(
            now_s=now().wall_s,
            offset_s=time.localtime().tm_gmtoff,
            request=options.get("request", f"crm_mon -1 --output-as={form}"),
            stack="standfast",
            version=__version__,
            fencing=answers.fence_events(self._node.power.machine),
        )
        _, data = self._node.rendered()
        shown: str = await self._node.questions.ask(jobs.Monitor(data, form, view))
        return shown

    async def cib(self, scope: str, xpath: str) -> bytes:
        """Return the document, a section, or what an XPath finds."""
        root = self._node.document.root
        if xpath:
            return _found(root, xpath)
        if not scope or scope in ("cib", "all"):
            return self._node.rendered()[1]
        section = root.find(scope) if scope in ("configuration", "status") else root.find(f"configuration/{scope}")
        if section is None:
            raise errors.RequestError(f"no section {scope!r} in the CIB", Exit.NO_SUCH)
        return etree.tostring(section, encoding="utf-8")

    async def explain(self, resource: str, node: str) -> schema.Explanation:
        """Return why a resource is where it is, from the scheduler's reasons and the events of late."""
        _, data = self._node.rendered()
        job = jobs.Explain(data, now().wall_s, resource, node)
        explained: jobs.Explained = await self._node.questions.ask(job)
        recent = [e for e in self._node.events.recent(10_000) if explained.related & set(e.fields.values())]
        return msgspec.structs.replace(explained.explanation, recent=recent[-RECENT_EVENTS:])

    async def attributes(self, node: str, name: str, scope: str) -> list[schema.Attribute]:
        """Return node attributes; empty strings match all."""
        document = self._node.document
        kinds: dict[str, Mapping[str, Mapping[str, str]]] = {
            "forever": {n.uname: n.attributes for n in cib.nodes.configured(document)},
            "reboot": {s.uname: s.attributes for s in cib.nodes.states(document)},
            "private": self._node.machine.private_attributes,
        }
        return [
            a for kind, values in kinds.items() if scope in ("", kind)
            for a in answers.attributes(values, kind, node, name)
        ]  # fmt: skip

    async def fencing(self) -> schema.FencingStatus:
        """Return devices and history."""
        machine = self._node.power.machine
        devices = [
            schema.DeviceRecord(r.id, r.type, list(machine.targets(r.id, now())))
            for top in cib.resources.tree(self._node.document)
            for r in top.walk()
            if r.standard == "stonith"
        ]
        pending = [schema.FencingRecord(job.target, job.action, "pending") for job in machine.pending]
        return schema.FencingStatus(devices, [answers.receipt(r) for r in machine.history] + pending)

    def events(self, since: int, follow: bool) -> AsyncIterator[schema.EventRecord]:
        """Yield what happened after number `since`."""
        return self._node.events.follow(since, follow)

    async def metrics(self) -> schema.Metrics:
        """Return what the daemon measures of itself."""
        lag, own = self._node.lag.histogram, self._node.lag.own
        return schema.Metrics(
            answers.quantiles(lag),
            {"samples": lag.total},
            now().monotonic_ms - self._began_ms,
            answers.quantiles(own),
            {"loop_lag": answers.histogram(lag), "own_lag": answers.histogram(own)},
        )

    # --- changes

    async def change(self, caller: Caller, request: schema.ChangeRequest) -> schema.ChangeAnswer:
        """Apply edits; returns when they are acknowledged."""
        based_on = _version(request.based_on) if request.based_on else None
        body = requests.ChangeConfiguration(_edits(request.edits), request.force, request.dry_run, based_on)
        return await self._ask(caller, body)

    async def plan(self, request: schema.PlanRequest) -> schema.Plan:
        """Return what edits or events would do."""
        based_on, (_, data) = str(self._node.document.version), self._node.rendered()
        planned: jobs.Planned = await self._node.questions.ask(
            jobs.Plan(
                data, now().wall_s, _edits(request.edits), tuple(request.node_down),
                tuple(request.node_up), tuple(request.node_fail), request.quorum,
            )
        )  # fmt: skip
        return schema.Plan(
            based_on,
            list(planned.difference),
            planned.actions,
            answers.reports(planned.reports),
            request.edits,
        )

    async def apply(self, caller: Caller, request: schema.ApplyRequest) -> schema.ChangeAnswer:
        """Do a plan, unless the configuration moved since."""
        body = requests.ChangeConfiguration(_edits(request.edits), request.force, based_on=_version(request.based_on))
        return await self._ask(caller, body)

    async def set_attribute(self, caller: Caller, update: schema.AttributeUpdate) -> schema.ChangeAnswer:
        """Set or remove a node attribute; with a pattern, all of the node's that match."""
        try:
            lifetime = requests.Lifetime(update.lifetime)
        except ValueError:
            raise _unknown("lifetime", update.lifetime, [x.value for x in requests.Lifetime]) from None
        body = requests.UpdateAttribute(update.node, update.name, update.value, lifetime, update.dampening_ms)
        if not update.pattern:
            return await self._ask(caller, body)
        answer = schema.ChangeAnswer(str(self._node.document.version))
        for name in await self._matching(update):
            answer = await self._ask(caller, msgspec.structs.replace(body, name=name))
        return answer

    async def _matching(self, update: schema.AttributeUpdate) -> list[str]:
        try:
            pattern = re.compile(update.pattern)
        except re.error as e:
            raise errors.RequestError(f"pattern {update.pattern!r}: {e}", Exit.DATA) from None
        return [a.name for a in await self.attributes(update.node, "", update.lifetime) if pattern.search(a.name)]

    async def order_resource(
        self, caller: Caller, resource: str, name: str, order: schema.Order
    ) -> schema.ChangeAnswer:
        """Carry out an operator's order about a resource; `-` is all, for cleanup and refresh."""
        task = RESOURCE_ORDERS.get(name)
        if task is None:
            raise _unknown("order", name, list(RESOURCE_ORDERS))
        about = "" if resource == "-" else resource
        body = requests.ResourceOrder(about, task, order.node, order.lifetime, order.operation, order.force)
        return await self._ask(caller, body, wait=order.wait, timeout_ms=order.timeout_ms)

    async def order_node(self, caller: Caller, node: str, name: str, order: schema.Order) -> schema.ChangeAnswer:
        """Carry out an operator's order about a node."""
        if name == "cleanup":
            return await self._ask(caller, requests.ResourceOrder("", requests.ResourceTask.CLEANUP, node))
        if name == "stop":
            return await self._ask(caller, requests.StopNode(node))
        task = NODE_ORDERS.get(name)
        if task is None:
            raise _unknown("order", name, [*NODE_ORDERS, "cleanup", "stop"])
        body = requests.NodeOrder(node, task, order.action or order.lifetime, order.force)
        return await self._ask(caller, body, wait=order.wait, timeout_ms=order.timeout_ms)

    async def stop(self, caller: Caller) -> schema.ChangeAnswer:
        """Begin the daemon's clean end."""
        return await self._ask(caller, requests.StopNode(self._node.settings.node))

    async def _ask(
        self, caller: Caller, body: requests.Body, *, wait: bool = False, timeout_ms: int = 0
    ) -> schema.ChangeAnswer:
        user = caller.name or _user(caller.uid)
        reply = await self._node.request(user, body, client=f"pid {caller.pid}")
        if wait:
            await self._node.request(user, requests.WaitForRest(timeout_ms))
        result = reply.result if isinstance(reply.result, dict) else {}
        version = str(result.pop("version", "")) or str(self._node.document.version)
        return schema.ChangeAnswer(version, result=json.dumps(result) if result else "")


def _found(root: etree._Element, xpath: str) -> bytes:
    try:
        found = root.xpath(xpath)
    except etree.XPathError as e:
        raise errors.RequestError(f"XPath {xpath!r}: {e}", Exit.DATA) from None
    elements = [e for e in found if isinstance(e, etree._Element)] if isinstance(found, list) else []
    if not elements:
        raise errors.RequestError(f"nothing in the CIB at {xpath}", Exit.NO_SUCH)
    if len(elements) == 1:
        return etree.tostring(elements[0], encoding="utf-8", with_tail=False)
    inner = b"".join(etree.tostring(e, encoding="utf-8", with_tail=False) for e in elements)
    return b"<xpath-query>" + inner + b"</xpath-query>"


def _edits(edits: list[schema.Edit]) -> tuple[cib.Edit, ...]:
    return tuple(cib.Edit(e.operation, e.xml, e.scope, e.xpath, e.allow_create) for e in edits)


def _version(text: str) -> cib.Version:
    numbers = text.split(".")
    if not 2 <= len(numbers) <= 3 or not all(n.isdigit() for n in numbers):
        raise errors.RequestError(f"version {text!r}: expected admin_epoch.epoch.num_updates", Exit.DATA)
    return cib.Version(*(int(n) for n in numbers))


def _unknown(what: str, word: str, known: list[str]) -> errors.RequestError:
    return errors.RequestError(f"unknown {what} {word!r}: expected one of {', '.join(sorted(known))}", Exit.USAGE)


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"uid {uid}"
