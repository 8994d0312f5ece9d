"""Pretended events: nodes that come and go, operations that ended, tickets, quorum. Source: `crm_simulate`."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from lxml import etree

from standfast import cib
from standfast.dialects.crm_simulate.model import Model, Result, failure_attributes

if TYPE_CHECKING:
    from standfast.dialects.crm_simulate.outline import Outline

_SPECIFICATION = re.compile(r"(?P<key>[^@]+)@(?P<node>[^=]+)=(?P<rc>-?\d+)")
_KEY = re.compile(r"(?P<resource>.+)_(?P<task>[^_]+|migrate_to|migrate_from)_(?P<interval>\d+)")


def failing(specifications: list[str]) -> dict[str, int]:
    """Return which operations are to fail: `key@node` in lower case -> exit code."""
    found = {}
    for text in specifications:
        match = _SPECIFICATION.fullmatch(text)
        if match is not None:
            found[f"{match['key']}@{match['node']}".lower()] = int(match["rc"])
    return found


def inject(arguments: argparse.Namespace, model: Model, outline: Outline) -> list[str]:
    """Apply what is pretended to the model, and say so; return the mistakes."""
    with outline.list("Performing Requested Modifications"):
        if arguments.quorum is not None:
            outline.item(f"Setting quorum: {arguments.quorum}")
            model.document.root.set("have-quorum", arguments.quorum)
        if arguments.watchdog is not None:
            outline.item(f"Setting watchdog: {arguments.watchdog}")
            _set_watchdog(model, arguments.watchdog)
        for node in arguments.node_up:
            outline.item(f"Bringing node {node} online")
            model.configure_node(node)
            model.set_node(node, up=True)
        for node in arguments.node_down:
            outline.item(f"Taking node {node} offline")
            model.take_down(node)
        for node in arguments.node_fail:
            outline.item(f"Failing node {node}")
            model.set_node(node, up=True).set("in_ccm", "false")
        _tickets(arguments, model, outline)
        return [mistake for text in arguments.op_inject if (mistake := _operation(text, model, outline))]


def _set_watchdog(model: Model, value: str) -> None:
    section = model.document.root.find("configuration/crm_config")
    if section is None:
        return
    block = section.find("cluster_property_set")
    if block is None:
        block = etree.SubElement(section, "cluster_property_set", {"id": cib.BOOTSTRAP_OPTIONS})
    for pair in block.iterchildren("nvpair"):
        if pair.get("name") == "have-watchdog":
            pair.set("value", value)
            return
    attributes = {"id": f"{block.get('id')}-have-watchdog", "name": "have-watchdog", "value": value}
    etree.SubElement(block, "nvpair", attributes)


def _tickets(arguments: argparse.Namespace, model: Model, outline: Outline) -> None:
    for names, words, attribute, value in (
        (arguments.ticket_grant, "Granting ticket {}", "granted", "true"),
        (arguments.ticket_revoke, "Revoking ticket {}", "granted", "false"),
        (arguments.ticket_standby, "Making ticket {} standby", "standby", "true"),
        (arguments.ticket_activate, "Activating ticket {}", "standby", "false"),
    ):
        for name in names:
            outline.item(words.format(name))
            _ticket_state(model, name).set(attribute, value)


def _ticket_state(model: Model, name: str) -> etree._Element:
    holder = model.status.find("tickets")
    if holder is None:
        holder = etree.SubElement(model.status, "tickets")
    for state in holder.iterchildren("ticket_state"):
        if state.get("id") == name:
            return state
    return etree.SubElement(holder, "ticket_state", {"id": name})


def _operation(text: str, model: Model, outline: Outline) -> str:
    """Record an operation as if it had ended; return what is wrong with its specification, if anything is."""
    outline.item(f"Injecting {text} into the configuration")
    match = _SPECIFICATION.fullmatch(text)
    key = _KEY.fullmatch(match["key"]) if match is not None else None
    if match is None or key is None:
        return f"Invalid operation spec: {text}"
    name, task, interval, rc = key["resource"], key["task"], int(key["interval"]), int(match["rc"])
    agent = _agent(model, name)
    if agent is None:
        return f"Invalid resource name: {name}"
    state = model.node_state(match["node"])
    fatal = task == "stop" or (task == "start" and _start_failure_is_fatal(model))
    for attribute, value in failure_attributes(model, match["node"], name, task, interval, rc, fatal):
        outline.item(
            f"Injecting attribute {attribute}={value} into {state.getroottree().getpath(state)} '{state.get('id')}'"
        )
        model.set_attribute(match["node"], attribute, value)
    history = model.history(state, name, name, agent)
    model.record(history, name, task, interval, match["node"], Result(rc, 0, "Simulated action result"))
    return ""


def _agent(model: Model, name: str) -> tuple[str, str, str] | None:
    section = model.document.root.find("configuration/resources")
    base = name.rpartition(":")[0] if ":" in name else name
    for primitive in section.iter("primitive") if section is not None else ():
        if primitive.get("id") in (name, base):
            return (primitive.get("class") or "", primitive.get("provider") or "", primitive.get("type") or "")
    return None


def _start_failure_is_fatal(model: Model) -> bool:
    section = model.document.root.find("configuration/crm_config")
    if section is None:
        return True
    options = cib.nvpairs.unpack(section, cib.nvpairs.PROPERTIES, first=cib.BOOTSTRAP_OPTIONS)
    return cib.values.is_true(options.get("start-failure-is-fatal"), True)
