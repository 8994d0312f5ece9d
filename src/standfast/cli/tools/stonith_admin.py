"""stonith_admin: devices, fencing history, fencing by hand."""

from __future__ import annotations

import os
import time

from standfast.cli.tools import printing, tree
from standfast.cli.tools.client import Api
from standfast.cli.tools.durations import milliseconds
from standfast.cli.tools.exits import ERROR, NO_SUCH, OK, UNIMPLEMENTED, USAGE, ToolError
from standfast.cli.tools.options import COMMON, VALUE, Option, Options, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ACTIONS = {"fence": "off", "unfence": "on", "reboot": "reboot"}
UNSUPPORTED = ("register", "deregister", "register-level", "deregister-level", "validate")
QUERIES = ("list", "list-registered", "list-installed", "list-targets", "metadata", "query", "history", "last")
OPTIONS = (
    *COMMON,
    Option("register", "R", VALUE),
    Option("deregister", "D", VALUE),
    Option("register-level", "r", VALUE),
    Option("deregister-level", "d", VALUE),
    Option("list", "l", VALUE),
    Option("list-registered", "L"),
    Option("list-installed", "I"),
    Option("list-targets", "s", VALUE),
    Option("metadata", "M"),
    Option("query", "Q", VALUE),
    Option("history", "H", VALUE),
    Option("last", "h", VALUE),
    Option("validate", "K"),
    Option("fence", "F", VALUE),
    Option("unfence", "U", VALUE),
    Option("reboot", "B", VALUE),
    Option("confirm", "C", VALUE),
    Option("cleanup", "c"),
    Option("broadcast", "b"),
    Option("agent", "a", VALUE),
    Option("option", "o", VALUE),
    Option("env-option", "e", VALUE),
    Option("tag", "T", VALUE),
    Option("device", "v", VALUE),
    Option("index", "i", VALUE),
    Option("timeout", "t", VALUE),
    Option("delay", "y", VALUE),
    Option("as-node-id", "n"),
    Option("tolerance", "", VALUE),
    Option("output-to", "", VALUE),
    Option("quiet", "q"),
)


def main(arguments: list[str]) -> int:
    """Do or answer what the command line asks."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    command = asked.last_of(*ACTIONS, "confirm", *QUERIES, *UNSUPPORTED)
    if not command:
        raise ToolError("Please specify exactly one command", USAGE)
    if command in UNSUPPORTED:
        raise ToolError(f"--{command} is not supported: devices and levels are configured in the CIB", UNIMPLEMENTED)
    if command in ACTIONS or command == "confirm":
        return _fence(asked, command)
    if command == "list-installed":
        return _print(asked, _installed(), "device", "device")
    if command == "metadata":
        return _metadata(asked.get("agent"))
    fencing = Api().read("/v1/fencing")
    if command in ("history", "last"):
        return _history(asked, command, fencing.get("history", []), " ".join(["stonith_admin", *arguments]))
    return _devices(asked, command, fencing.get("devices", []))


def _fence(asked: Options, command: str) -> int:
    """Fence a node, or say that it is off; the answer is when it is done."""
    target = asked.get(command)
    limit_ms = milliseconds(asked.get("timeout", "120"))
    api = Api(timeout_s=limit_ms / 1000 + 30)
    if command == "confirm":
        api.post(f"/v1/nodes/{target}/confirm", {})
        return OK
    delay_ms = milliseconds(asked.get("delay", "0").removeprefix("-1") or "0")
    if delay_ms:
        time.sleep(delay_ms / 1000)
    if asked.has("tolerance") and _tolerated(api, asked, target, ACTIONS[command]):
        return OK
    api.post(f"/v1/nodes/{target}/fence", {"action": ACTIONS[command], "timeout_ms": limit_ms})
    return OK


def _tolerated(api: Api, asked: Options, target: str, action: str) -> bool:
    """Return whether the same was done so short a time ago."""
    since = time.time() - milliseconds(asked.get("tolerance")) / 1000
    return any(
        e["target"] == target and e["action"] == action and e["state"] == "success" and e.get("wall_s", 0) >= since
        for e in api.read("/v1/fencing").get("history", [])
    )


def _devices(asked: Options, command: str, devices: list[dict[str, Any]]) -> int:
    if command == "list-targets":
        chosen = [d for d in devices if d["id"] == asked.get(command)]
        if not chosen:
            raise ToolError(f"no fencing device {asked.get(command)}", NO_SUCH)
        return _print(asked, chosen[0].get("targets", []), "target", "target")
    if command == "query":
        return OK if any(d["id"] == asked.get("query") for d in devices) else NO_SUCH
    target = asked.get("list")
    return _print(asked, [d["id"] for d in devices if not target or target in d.get("targets", [])], "fence device")


def _print(asked: Options, names: list[str], noun: str, tag: str = "device") -> int:
    """Print names and their number, as Pacemaker does."""
    if asked.get("output-as") == "xml":
        printing.out(printing.result("stonith_admin", *(tree.tag(tag, name=name) for name in names)))
        return OK if names else NO_SUCH
    for name in names:
        printing.out(f" {name}" if not asked.has("quiet") else name)
    if not asked.has("quiet"):
        printing.out(f"{len(names) or 'No'} {noun}{'' if len(names) == 1 else 's'} found")
    return OK


def _installed() -> list[str]:
    folders = [f for f in ("/usr/sbin", "/sbin") if os.path.isdir(f)]
    return sorted({name for f in folders for name in os.listdir(f) if name.startswith("fence_")})


def _metadata(agent: str) -> int:
    if not agent or agent not in _installed():
        raise ToolError("Please specify an agent with --agent" if not agent else f"no agent {agent}", USAGE)
    import subprocess  # only here: it is slow to import

    done = subprocess.run([f"/usr/sbin/{agent}", "-o", "metadata"], check=False)
    return OK if done.returncode == 0 else ERROR


def _history(asked: Options, command: str, history: list[dict[str, Any]], request: str) -> int:
    """Print what was fenced, newest first; pending ones are told by their state."""
    target = asked.get(command)
    if asked.has("cleanup"):
        raise ToolError("--cleanup is not supported: the history is bounded", UNIMPLEMENTED)
    events = [e for e in history if target in ("*", e["target"])]
    events.sort(key=lambda e: (e["state"] != "pending", -int(e.get("wall_s", 0))))
    if command == "last":
        return _last(asked, target, events)
    if target != "*" and not asked.has("verbose"):
        events = [e for e in events if e["state"] == "success"][:1]
    if asked.get("output-as") == "xml":
        inner = "".join(_xml(e) for e in events)
        printing.out(printing.result(request, tree.tag("fence_history", inner, target=target)))
    elif asked.has("quiet"):
        for e in events:
            printing.out(str(e.get("wall_s", 0)))
    else:
        for e in events:
            printing.out(_line(e))
        printing.out(f"{len(events)} event{'' if len(events) == 1 else 's'} found")
    return OK


def _last(asked: Options, target: str, events: list[dict[str, Any]]) -> int:
    done = next((e for e in events if e["state"] == "success"), None)
    if asked.has("quiet"):
        printing.out(str(done["wall_s"] if done else 0))
    elif done:
        printing.out(f"Node {target} last fenced at: {_date(done)}")
    else:
        printing.out(f"Node {target} has never been fenced")
    return OK


def _line(event: dict[str, Any]) -> str:
    words = {"success": "successful", "failed": "failed", "pending": "pending"}
    head = f"{event['action']} of {event['target']} {words.get(event['state'], event['state'])}:"
    delegate = f"delegate={event['executed_by']}, " if event.get("executed_by") else ""
    when = "" if event["state"] == "pending" else f", completed='{_date(event)}'"
    why = f" ({event['reason']})" if event.get("reason") else ""
    return f"{head} {delegate}client={event.get('client', '')}{when}{why}"


def _xml(event: dict[str, Any]) -> str:
    state = event["state"]
    pairs = {
        "action": event["action"],
        "target": event["target"],
        "client": event.get("client", ""),
        "origin": event.get("executed_by", ""),
        "status": state,
        "extended-status": state,
        "delegate": event.get("executed_by", ""),
    }
    if state != "pending":
        pairs["completed"] = _date(event)
    return tree.tag("fence_event", **{k: v for k, v in pairs.items() if v})


def _date(event: dict[str, Any]) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(event.get("wall_s", 0)))
