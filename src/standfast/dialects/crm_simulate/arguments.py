"""The arguments of `crm_simulate`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from typing import NoReturn

FORMATS = ("text", "xml")


class UsageError(Exception):
    """The arguments cannot be understood; the text says how they should be."""


class UnknownFormatError(UsageError):
    """There is no such output format."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{self.prog}: {message}\n{self.format_usage()}")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="crm_simulate",
        description="Show what the cluster would do in a given situation, and simulate it doing so.",
    )
    add = parser.add_argument
    add("-R", "--run", action="store_true", help="process the input and show what actions follow")
    add("-S", "--simulate", action="store_true", help="like --run, and show the status after these actions")
    add("-X", "--in-place", action="store_true", help="like --simulate, and store the result in the input file")
    add("-s", "--show-scores", action="store_true", help="show scores")
    add("-U", "--show-utilization", action="store_true", help="show utilization")
    add("-A", "--show-attrs", action="store_true", help="show node attributes")
    add("-c", "--show-failcounts", action="store_true", help="show fail counts and failed operations")
    add("-Q", "--quiet", action="store_true", help="show only what was asked for")
    add("-V", "--verbose", action="count", default=0, help="say more")
    add("-P", "--profile", metavar="DIR", help="process every XML file in a folder")
    add("-N", "--repeat", metavar="N", type=int, default=1, help="with --profile, how often")
    add("-L", "--live-check", action="store_true", help="read the cluster from the daemon of this node")
    add("-x", "--xml-file", metavar="FILE", default="", help="read the cluster from a file (- is standard input)")
    add("-p", "--xml-pipe", action="store_true", help="read the cluster from standard input")
    add("-u", "--node-up", metavar="NODE", action="append", default=[], help="pretend that a node is online")
    add("-d", "--node-down", metavar="NODE", action="append", default=[], help="pretend that a node is offline")
    add("-f", "--node-fail", metavar="NODE", action="append", default=[], help="pretend that a node failed")
    add("-i", "--op-inject", metavar="OPSPEC", action="append", default=[], help="pretend that an operation ended")
    add("-F", "--op-fail", metavar="OPSPEC", action="append", default=[], help="let an operation fail, if it is done")
    add("-t", "--set-datetime", metavar="DATETIME", help="pretend that it is this time (ISO 8601)")
    add("-q", "--quorum", metavar="QUORUM", help="pretend that the cluster has quorum, or has not")
    add("-w", "--watchdog", metavar="DEVICE", help="pretend that there is a watchdog device, or none")
    add("-g", "--ticket-grant", metavar="TICKET", action="append", default=[], help="pretend that it is granted")
    add("-r", "--ticket-revoke", metavar="TICKET", action="append", default=[], help="pretend that it is revoked")
    add("-b", "--ticket-standby", metavar="TICKET", action="append", default=[], help="pretend that it is standby")
    add("-e", "--ticket-activate", metavar="TICKET", action="append", default=[], help="pretend that it is active")
    add("-I", "--save-input", metavar="FILE", help="save what was simulated from")
    add("-O", "--save-output", metavar="FILE", help="save what came out")
    add("-G", "--save-graph", metavar="FILE", help="save the transition graph as XML")
    add("-D", "--save-dotfile", metavar="FILE", help="save the transition graph in the dot language")
    add("-a", "--all-actions", action="store_true", help="with --save-dotfile: also what need not be done")
    add("--output-as", metavar="FORMAT", default="text", help="text or xml")
    add("--output-to", metavar="DEST", default="-", help="write to this file (- is standard output)")
    add("--text-fancy", action="store_true", help="accepted: text is always nested lists")
    add("-$", "--version", action="store_true", help="show the version")
    add("--serve", action="store_true", help="stay, and answer requests in JSON, one a line")
    return parser


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Return the arguments, and as `request` the command line. Raises: UsageError; SystemExit after --help."""
    found = _parser().parse_args(list(argv))
    if found.output_as not in FORMATS:
        raise UnknownFormatError(f"Error creating output format {found.output_as}: Unknown output format")
    found.request = shlex.join(("crm_simulate", *argv))
    events = ("node_up", "node_down", "node_fail", "op_inject", "quorum", "watchdog")
    tickets = ("ticket_grant", "ticket_revoke", "ticket_standby", "ticket_activate")
    found.simulate = found.simulate or found.in_place or bool(found.op_fail)
    found.injects = any(getattr(found, name) for name in (*events, *tickets))
    found.run = found.run or found.simulate or bool(found.show_scores or found.show_utilization)
    found.run = found.run or bool(found.save_graph or found.save_dotfile)
    return found
