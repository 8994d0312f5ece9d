"""What a director's process is told on its command line: in our words, or in keepalived's."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Mapping
from dataclasses import dataclass

KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
JSON_SIGNAL = signal.SIGRTMIN + 2


@dataclass(frozen=True, slots=True)
class Settings:
    """How the process runs. `pid_files`: the first says whether one runs already."""

    file: str = KEEPALIVED_CONF
    config_id: str = ""
    foreground: bool = False
    console: bool = False
    detail: bool = False
    log_file: str = ""
    pid_files: tuple[str, ...] = ()
    namespace: str = ""
    keep_table: bool = False
    socket: str = "/run/standfast/director.sock"
    ledger: str = "/run/standfast/director.ledger"
    metrics: str = ""
    memory: bool = False
    dump_folder: str = "/tmp"


def own_parser() -> argparse.ArgumentParser:
    """Return the parser of our own command line."""
    d = Settings()
    p = argparse.ArgumentParser(prog="standfast-director", description="Keeps virtual services and their checks.")
    p.add_argument("-f", "--use-file", default=d.file, metavar="FILE", help="the configuration (%(default)s)")
    p.add_argument("-i", "--config-id", default="", metavar="ID", help="whose lines `@ID` count (the host's name)")
    p.add_argument("--background", action="store_true", help="leave the terminal")
    p.add_argument("--quiet", action="store_true", help="log nothing below notices")
    p.add_argument("--log-file", default="", metavar="FILE", help="log there instead of to standard error")
    p.add_argument("--pid", default="", metavar="FILE", help="write the process id there")
    p.add_argument("--namespace", default="", metavar="NAME", help="the network namespace to work in")
    p.add_argument("--keep-table", action="store_true", help="leave the table as it is when told to stop")
    p.add_argument("--socket", default=d.socket, metavar="PATH", help="answer questions there (%(default)s)")
    p.add_argument("--ledger", default=d.ledger, metavar="FILE", help="note there what is set (%(default)s)")
    p.add_argument("--metrics", default="", metavar="ADDRESS:PORT", help="serve /metrics there too")
    p.add_argument("--memory", action="store_true", help="a table in memory: try a configuration without a kernel's")
    p.add_argument("--ask", default="", metavar="PATH", help="print what the running one answers, and end")
    p.add_argument("--clean", action="store_true", help="take out what one that was killed left, and end")
    return p


def own_settings(o: argparse.Namespace) -> Settings:
    """Return the settings in our words."""
    return Settings(
        file=o.use_file, config_id=o.config_id, foreground=not o.background, console=not o.background,
        detail=not o.quiet, log_file=o.log_file, pid_files=(o.pid,) if o.pid else (), namespace=o.namespace,
        keep_table=o.keep_table, socket=o.socket, ledger=o.ledger, metrics=o.metrics, memory=o.memory,
    )  # fmt: skip


def keepalived_settings(options: Mapping[str, str]) -> Settings:
    """Return the settings of keepalived's options, by their long names. Source: keepalived(8), version 2.2.7."""
    pid = options.get("pid", "/run/keepalived.pid")
    stem = pid.removesuffix(".pid")
    return Settings(
        file=options.get("use-file", KEEPALIVED_CONF),
        config_id=options.get("config-id", ""),
        foreground="dont-fork" in options,
        console="log-console" in options,
        detail="log-detail" in options,
        pid_files=(pid, options.get("checkers_pid", "/run/keepalived_checkers.pid")),
        namespace=options.get("namespace", ""),
        keep_table="dont-release-ipvs" in options,
        socket=f"{stem}.sock",
        ledger=f"{stem}.ledger",
    )
