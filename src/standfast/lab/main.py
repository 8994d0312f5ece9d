"""`standfast lab`: nodes on this machine, by hand."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from standfast.errors import Exit, RequestError, StandfastError
from standfast.lab import corosync_conf, topology
from standfast.lab.live import control, folders, launch, loading, node_api, setup

ONLINE_LIMIT_S = 30


def parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    top = argparse.ArgumentParser(prog="standfast lab", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name: str, text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.add_argument("--name", default="lab", help="which lab, if there are several (default: lab)")
        added.add_argument("--json", action="store_true", help="answer in JSON")
        return added

    up = command("up", "start a lab")
    up.add_argument("--nodes", type=int, default=3, help="how many nodes (default: 3)")
    up.add_argument("--engine", choices=setup.ENGINES, default="local", help="the messaging engine (default: local)")
    up.add_argument(
        "--token", type=int, default=corosync_conf.TOKEN_MS, metavar="MS", help="Corosync's token timeout (%(default)s)"
    )
    up.add_argument(
        "--config", metavar="FILE", help="load this configuration (crm shell's language) when all are online"
    )
    up.add_argument("--user-namespace", action="store_true", help="as root too: what a user without root gets")
    up.add_argument("--no-daemon", action="store_true", help="bare nodes: start no standfastd in them")
    command("status", "show the nodes and links of a lab")
    for name, text in _NODE_COMMANDS.items():
        command(name, text).add_argument("node", help="the node's name; kill and boot: also sequencer")
    cut = command("cut", "divide the network: n3 from the others, or 'n1 n2|n3'")
    cut.add_argument("components", nargs="+", metavar="NODE", help="nodes, with | between the components")
    command("heal", "let all nodes hear each other again")
    run = command("exec", "run a command in a node (client: beside the bridge)")
    run.add_argument("node", help="the node's name, or client")
    run.add_argument("argv", nargs=argparse.REMAINDER, metavar="CMD", help="the command")
    command("down", "end a lab and all that runs in it")
    return top


_NODE_COMMANDS = {
    "kill": "cut a node's power: SIGKILL to its first process",
    "boot": "boot a node that is off",
    "daemon": "start a node's daemon again after it ended",
}


def main(argv: Sequence[str]) -> int:
    """Do what `standfast lab ARGV` says and return the exit status."""
    try:
        options = parser().parse_args(argv)
    except SystemExit as end:
        return Exit.USAGE if end.code else Exit.OK
    try:
        return _run(options)
    except StandfastError as error:
        print(f"standfast lab: {error}", file=sys.stderr)
        return error.exit_status if isinstance(error, RequestError) else Exit.ERROR


def _run(options: argparse.Namespace) -> int:
    folder = folders.of(options.name)
    lab = control.Lab(folder)
    match options.command:
        case "up":
            _up(lab, options)
            _show(lab.status(), options.json)
        case "status":
            _show(lab.status(), options.json)
        case "kill":
            lab.kill(options.node)
        case "boot":
            lab.boot(options.node)
        case "daemon":
            lab.start_daemon(options.node)
        case "cut":
            lab.cut(*options.components)
        case "heal":
            lab.heal()
        case "exec":
            return _execute(lab, options.node, options.argv)
        case "down":
            lab.down()
    if options.json and options.command not in ("up", "status"):
        print("{}")
    return Exit.OK


def _up(lab: control.Lab, options: argparse.Namespace) -> None:
    text = _text_of(options.config) if options.config else ""
    rootful = False if options.user_namespace else None
    settings = setup.settings(
        options.name, options.nodes, with_daemon=not options.no_daemon, rootful=rootful, engine=options.engine,
        token_ms=options.token,
    )  # fmt: skip
    lease = launch.up(settings)
    try:
        if text:
            names = [member.name for member in topology.nodes(options.nodes)]
            node_api.wait_for_status(lab, names[:1], "all nodes online", ONLINE_LIMIT_S, node_api.all_online(names))
            loading.load(node_api.NodeApi(lab, names[0]), text, options.config)
    except StandfastError:
        lease.close()
        raise
    lease.keep()


def _text_of(file: str) -> str:
    """Return the text of a file. Raises: RequestError."""
    try:
        with open(file, encoding="utf-8") as stream:
            return stream.read()
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{file}: {error}", Exit.NO_INPUT) from error


def _execute(lab: control.Lab, node: str, argv: list[str]) -> int:
    words = argv[1:] if argv[:1] == ["--"] else argv
    if not words:
        raise RequestError("which command?", Exit.USAGE)
    code = lab.execute(node, words)
    return code if code >= 0 else 128 - code


def _show(status: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print(json.dumps(status, indent=1))
        return
    print(f"lab {status['name']} in {status['folder']}, {'as root' if status['root'] else 'in a user namespace'}")
    for node in status["nodes"]:
        print(f"  {node['name']:<8} {node['state']:<4} {node['address']:<15} life {node['lives']}")
    if status["components"]:
        print(f"  cut: {' | '.join(' '.join(component) for component in status['parts'])}")
    for done in status["fencings"]:
        print(f"  {done['action']} {done['target']}, asked for by {done['asked_by'] or topology.CLIENT}")
