"""Pretended events: nodes that come and go, operations that ended, tickets, quorum. Source: `crm_simulate`."""

from __future__ import annotations

import argparse
import re

from lxml import etree

from standfast import cib
from standfast.dialects.crm_simulate import entries
from standfast.dialects.crm_simulate.entries import Entry
from standfast.dialects.crm_simulate.model import Model, Result, failure_attributes

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


def inject(arguments: argparse.Namespace, model: Model) -> tuple[list[Entry], list[str]]:
    """Apply what is pretended to the model; return what was done, and the mistakes."""
    done: list[Entry] = []
    if arguments.quorum is not None:
        done.append(entries.quorum(arguments.quorum))
        model.document.root.set("have-quorum", arguments.quorum)
    if arguments.watchdog is not None:
        done.append(entries.watchdog(arguments.watchdog))
        _set_watchdog(model, arguments.watchdog)
    for node in arguments.node_up:
        done.append(entries.node("Bringing node {} online", "Online", node))
        model.configure_node(node)
        model.set_node(node, up=True)
    for node in arguments.node_down:
        done.append(entries.node("Taking node {} offline", "Offline", node))
        model.take_down(node)
    for node in arguments.node_fail:
        done.append(entries.node("Failing node {}", "Failing", node))
        model.set_node(node, up=True).set("in_ccm", "false")
    _tickets(arguments, model, done)
    return done, [mistake for text in arguments.op_inject if (mistake := _operation(text, model, done))]


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


def _tickets(arguments: argparse.Namespace, model: Model, done: list[Entry]) -> None:
    for names, words, action, attribute, value in (
        (arguments.ticket_grant, "Granting ticket {}", "Granting", "granted", "true"),
        (arguments.ticket_revoke, "Revoking ticket {}", "Revoking", "granted", "false"),
        (arguments.ticket_standby, "Making ticket {} standby", "Standby", "standby", "true"),
        (arguments.ticket_activate, "Activating ticket {}", "Activating", "standby", "false"),
    ):
        for name in names:
            done.append(entries.ticket(words, action, name))
            _ticket_state(model, name).set(attribute, value)


def _ticket_state(model: Model, name: str) -> etree._Element:
    holder = model.status.find("tickets")
    if holder is None:
        holder = etree.SubElement(model.status, "tickets")
    for state in holder.iterchildren("ticket_state"):
        if state.get("id") == name:
            return state
    return etree.SubElement(holder, "ticket_state", {"id": name})


def _operation(text: str, model: Model, done: list[Entry]) -> str:
    """Record an operation as if it had ended; return what is wrong with its specification, if anything is."""
    done.append(entries.operation(text))
    match = _SPECIFICATION.fullmatch(text)
    key = _KEY.fullmatch(match["key"]) if match is not None else None
    if match is None or key is None:
        return f"Invalid operation spec: {text} (expected RESOURCE_TASK_INTERVAL@NODE=EXIT)"
    name, task, interval, rc = key["resource"], key["task"], int(key["interval"]), int(match["rc"])
    agent = _agent(model, name)
    if agent is None:
        return f"Invalid resource name: {name}"
    state = model.node_state(match["node"])
    fatal = task == "stop" or (task == "start" and _start_failure_is_fatal(model))
    path, node_id = state.getroottree().getpath(state), state.get("id") or ""
    for attribute, value in failure_attributes(model, match["node"], name, task, interval, rc, fatal):
        done.append(entries.attribute(attribute, value, path, node_id))
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
