"""What a director's process is told on its command line: in our words, or in keepalived's."""

from __future__ import annotations

import argparse
import signal
from dataclasses import dataclass

KEEPALIVED_CONF = "/etc/keepalived/keepalived.conf"
VERSION = "Keepalived v2.2.7 (standfast-director)"
JSON_SIGNAL = signal.SIGRTMIN + 2
SIGNALS = {
    "RELOAD": signal.SIGHUP,
    "STOP": signal.SIGTERM,
    "DATA": signal.SIGUSR1,
    "STATS": signal.SIGUSR2,
    "JSON": JSON_SIGNAL,
}


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
    return p


def own_settings(argv: list[str]) -> Settings:
    """Return the settings in our words; a wrong command line ends the process with its usage."""
    o = own_parser().parse_args(argv)
    return Settings(
        file=o.use_file, config_id=o.config_id, foreground=not o.background, console=not o.background,
        detail=not o.quiet, log_file=o.log_file, pid_files=(o.pid,) if o.pid else (), namespace=o.namespace,
        keep_table=o.keep_table, socket=o.socket, ledger=o.ledger, metrics=o.metrics, memory=o.memory,
    )  # fmt: skip


def keepalived_parser() -> argparse.ArgumentParser:
    """Return the parser of keepalived's command line. Source: keepalived(8), version 2.2.7."""
    p = argparse.ArgumentParser(prog="keepalived", description="The director under keepalived's name.")
    p.add_argument("-f", "--use-file", default=KEEPALIVED_CONF, metavar="FILE")
    p.add_argument("-P", "--vrrp", action="store_true", help="VRRP only")
    p.add_argument("-C", "--check", action="store_true", help="virtual services only")
    p.add_argument("-B", "--no_bfd", action="store_true")
    p.add_argument("--all", action="store_true")
    p.add_argument("-l", "--log-console", action="store_true")
    p.add_argument("-D", "--log-detail", action="store_true")
    p.add_argument("-S", "--log-facility", metavar="0-7")
    p.add_argument("-g", "--log-file", nargs="?", const="/tmp/keepalived.log", default="", metavar="FILE")
    p.add_argument("--flush-log-file", action="store_true")
    p.add_argument("-G", "--no-syslog", action="store_true")
    p.add_argument("-u", "--umask", metavar="MODE")
    p.add_argument("-X", "--release-vips", action="store_true")
    p.add_argument("-V", "--dont-release-vrrp", action="store_true")
    p.add_argument("-I", "--dont-release-ipvs", action="store_true")
    p.add_argument("-R", "--dont-respawn", action="store_true")
    p.add_argument("-n", "--dont-fork", action="store_true")
    p.add_argument("-d", "--dump-conf", action="store_true")
    p.add_argument("-p", "--pid", default="/run/keepalived.pid", metavar="FILE")
    p.add_argument("-r", "--vrrp_pid", default="/run/keepalived_vrrp.pid", metavar="FILE")
    p.add_argument("-c", "--checkers_pid", default="/run/keepalived_checkers.pid", metavar="FILE")
    p.add_argument("-b", "--bfd_pid", default="/run/keepalived_bfd.pid", metavar="FILE")
    p.add_argument("-a", "--address-monitoring", action="store_true")
    p.add_argument("-s", "--namespace", default="", metavar="NAME")
    p.add_argument("-m", "--core-dump", action="store_true")
    p.add_argument("-M", "--core-dump-pattern", nargs="?", metavar="PATTERN")
    p.add_argument("-i", "--config-id", default="", metavar="ID")
    p.add_argument("-x", "--snmp", action="store_true")
    p.add_argument("-A", "--snmp-agent-socket", metavar="FILE")
    p.add_argument("-e", "--all-config", action="store_true")
    p.add_argument("--signum", metavar="SIGFUNC", choices=sorted(SIGNALS), help="print the number of a signal")
    p.add_argument("-t", "--config-test", nargs="?", const="", metavar="FILE", help="check the file, and end")
    p.add_argument("-v", "--version", action="version", version=VERSION)
    return p


def keepalived_settings(options: argparse.Namespace) -> Settings:
    """Return the settings in keepalived's words."""
    return Settings(
        file=options.use_file,
        config_id=options.config_id,
        foreground=options.dont_fork,
        console=options.log_console,
        detail=options.log_detail,
        log_file=options.log_file,
        pid_files=(options.pid, options.checkers_pid),
        namespace=options.namespace,
        keep_table=options.dont_release_ipvs,
        socket="/run/keepalived.sock" if options.pid == "/run/keepalived.pid" else f"{options.pid}.sock",
        ledger="/run/keepalived.ledger" if options.pid == "/run/keepalived.pid" else f"{options.pid}.ledger",
    )
