"""Pretended events: nodes that come and go, operations that ended, tickets, quorum. Source: `crm_simulate`."""

from __future__ import annotations

import argparse
import re

from standfast import cib
from standfast.dialects.crm_simulate import entries
from standfast.dialects.crm_simulate.entries import Entry
from standfast.dialects.crm_simulate.known import Operation
from standfast.dialects.crm_simulate.model import Agent, Model

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


def inject(arguments: argparse.Namespace, document: cib.Document, model: Model) -> tuple[list[Entry], list[str]]:
    """Apply what is pretended to the model of a document; return what was done, and the mistakes."""
    done: list[Entry] = []
    if arguments.quorum is not None:
        done.append(entries.quorum(arguments.quorum))
        model.quorum = arguments.quorum
    if arguments.watchdog is not None:
        done.append(entries.watchdog(arguments.watchdog))
        model.watchdog = arguments.watchdog
    for node in arguments.node_up:
        done.append(entries.node("Bringing node {} online", "Online", node))
        model.configure_node(node)
        model.node(node).set(up=True)
    for node in arguments.node_down:
        done.append(entries.node("Taking node {} offline", "Offline", node))
        model.node(node).take_down()
    for node in arguments.node_fail:
        done.append(entries.node("Failing node {}", "Failing", node))
        model.node(node).set(up=True)
        model.node(node).fields["in_ccm"] = "false"
    _tickets(arguments, model, done)
    return done, [mistake for text in arguments.op_inject if (mistake := _operation(text, document, model, done))]


def _tickets(arguments: argparse.Namespace, model: Model, done: list[Entry]) -> None:
    for names, words, action, attribute, value in (
        (arguments.ticket_grant, "Granting ticket {}", "Granting", "granted", "true"),
        (arguments.ticket_revoke, "Revoking ticket {}", "Revoking", "granted", "false"),
        (arguments.ticket_standby, "Making ticket {} standby", "Standby", "standby", "true"),
        (arguments.ticket_activate, "Activating ticket {}", "Activating", "standby", "false"),
    ):
        for name in names:
            done.append(entries.ticket(words, action, name))
            model.set_ticket(name, attribute, value)


def _operation(text: str, document: cib.Document, model: Model, done: list[Entry]) -> str:
    """Record an operation as if it had ended; return what is wrong with its specification, if anything is."""
    done.append(entries.operation(text))
    match = _SPECIFICATION.fullmatch(text)
    key = _KEY.fullmatch(match["key"]) if match is not None else None
    if match is None or key is None:
        return f"Invalid operation spec: {text} (expected RESOURCE_TASK_INTERVAL@NODE=EXIT)"
    name, task, node = key["resource"], key["task"], match["node"]
    agent = _agent(document, name)
    if agent is None:
        return f"Invalid resource name: {name}"
    operation = Operation(name, task, int(key["interval"]), node, int(match["rc"]), 0, "Simulated action result")
    fatal = task == "stop" or (task == "start" and _start_failure_is_fatal(document))
    counted = model.count_failure(operation, name, fatal)
    done += entries.attributes(counted, model.path(node), model.node(node).id)
    model.record(operation, name, agent)
    return ""


def _agent(document: cib.Document, name: str) -> Agent | None:
    section = document.root.find("configuration/resources")
    base = name.rpartition(":")[0] if ":" in name else name
    for primitive in section.iter("primitive") if section is not None else ():
        if primitive.get("id") in (name, base):
            return (primitive.get("class") or "", primitive.get("provider") or "", primitive.get("type") or "")
    return None


def _start_failure_is_fatal(document: cib.Document) -> bool:
    section = document.root.find("configuration/crm_config")
    if section is None:
        return True
    options = cib.nvpairs.unpack(section, cib.nvpairs.PROPERTIES, first=cib.BOOTSTRAP_OPTIONS)
    return cib.values.is_true(options.get("start-failure-is-fatal"), True)
