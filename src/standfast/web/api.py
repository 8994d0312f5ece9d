"""What the routes ask of the daemon, as a Protocol: `daemons` gives it, tests may too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

import msgspec

from standfast.web import schema


class Caller(msgspec.Struct, frozen=True):
    """Who is at the other end of the Unix socket, by the kernel's word."""

    uid: int
    gid: int
    pid: int
    name: str = ""


class Api(Protocol):
    """A daemon as its clients see it. Every method may raise RequestError or ConfigError."""

    def admits(self, caller: Caller) -> bool:
        """Return whether the caller may use the API: root, or a member of the group haclient."""

    async def status(self) -> schema.Status:
        """Return the cluster as this node sees it."""

    async def monitor(self, form: str, options: Mapping[str, str]) -> str:
        """Return crm_mon's output; `form` is text or xml."""

    async def cib(self, scope: str, xpath: str) -> bytes:
        """Return the document, a section, or the elements an XPath finds."""

    async def change(self, caller: Caller, request: schema.ChangeRequest) -> schema.ChangeAnswer:
        """Apply edits; returns when they are acknowledged."""

    async def plan(self, request: schema.PlanRequest) -> schema.Plan:
        """Return what edits or events would do."""

    async def apply(self, caller: Caller, request: schema.ApplyRequest) -> schema.ChangeAnswer:
        """Do a plan, unless the state moved since."""

    async def explain(self, resource: str, node: str) -> schema.Explanation:
        """Return why a resource is where it is."""

    async def attributes(self, node: str, name: str, scope: str) -> list[schema.Attribute]:
        """Return node attributes; empty strings match all."""

    async def set_attribute(self, caller: Caller, update: schema.AttributeUpdate) -> schema.ChangeAnswer:
        """Set or remove a node attribute."""

    async def order_resource(
        self, caller: Caller, resource: str, name: str, order: schema.Order
    ) -> schema.ChangeAnswer:
        """Carry out an operator's order about a resource."""

    async def order_node(self, caller: Caller, node: str, name: str, order: schema.Order) -> schema.ChangeAnswer:
        """Carry out an operator's order about a node."""

    async def fencing(self) -> schema.FencingStatus:
        """Return devices and history."""

    def events(self, since: int, follow: bool) -> AsyncIterator[schema.EventRecord]:
        """Yield what happened after number `since`; with `follow` it does not end."""

    async def stop(self, caller: Caller) -> schema.ChangeAnswer:
        """Begin the daemon's clean end."""

    async def metrics(self) -> schema.Metrics:
        """Return what the daemon measures of itself."""
