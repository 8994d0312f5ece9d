"""The command line of `standfast-director`."""

from __future__ import annotations

import argparse

from standfast.daemons.director.settings import Settings


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
    p.add_argument(
        "--ipvs-namespace", default="", metavar="NAME", help="the network namespace of the table, if another"
    )
    p.add_argument("--keep-table", action="store_true", help="leave the table as it is when told to stop")
    p.add_argument("--socket", default=d.socket, metavar="PATH", help="answer questions there (%(default)s)")
    p.add_argument("--ledger", default=d.ledger, metavar="FILE", help="note there what is set (%(default)s)")
    p.add_argument("--vrrp-ledger", default=d.vrrp_ledger, metavar="FILE", help="the same of VRRP (%(default)s)")
    p.add_argument("--vrrp-pid", default="", metavar="FILE", help="write the VRRP process's id there")
    p.add_argument("--bfd-pid", default="", metavar="FILE", help="write the BFD process's id there")
    p.add_argument("--only", choices=("checkers", "vrrp"), default="", help="one half of the configuration alone")
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
        ipvs_namespace=o.ipvs_namespace, keep_table=o.keep_table, socket=o.socket, ledger=o.ledger,
        metrics=o.metrics, memory=o.memory, checkers=o.only != "vrrp", vrrp=o.only != "checkers",
        vrrp_pid=o.vrrp_pid, vrrp_ledger=o.vrrp_ledger, bfd_pid=o.bfd_pid,
    )  # fmt: skip
