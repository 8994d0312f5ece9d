"""`keepalived`: its command line, and `-t`, which says what is wrong in a configuration and ends as keepalived does."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from standfast import garbage
from standfast.dialects import keepalived
from standfast.dialects.keepalived.arguments import HELP, Options, Request, parse
from standfast.dialects.live.machine import read_keepalived
from standfast.errors import Exit

DEFAULT_FILE = "/etc/keepalived/keepalived.conf"
_REFUSED_STATUS = 1
_OPTIONS = "Config options:  NFTABLES LVS REGEX VRRP VRRP_AUTH VRRP_VMAC JSON BFD OLD_CHKSUM_COMPAT INIT=systemd\n"


def main(argv: Sequence[str]) -> int:
    """Run `keepalived` with these arguments; return the exit status."""
    options = parse(argv)
    sys.stderr.writelines(f"{line}\n" for line in options.complaints)
    if options.request is Request.GENHASH:
        from standfast.cli import genhash

        return genhash.main(options.rest, "keepalived --genhash")
    if options.request is Request.HELP:
        sys.stdout.write(HELP)
        return int(Exit.OK)
    if options.request is Request.VERSION:
        sys.stderr.write(version())
        return int(Exit.OK)
    if options.request is Request.SIGNAL:
        print(options.signal)
        return int(Exit.OK)
    if options.extra:
        print(f"Unexpected argument(s): {' '.join(options.extra)} ")
    if options.refused:
        return _REFUSED_STATUS
    if options.test:
        return test(options)
    with garbage.held_back(stays=True):
        from standfast.daemons.director import keepalived as personality

    return personality.run(options.set)


def version() -> str:
    """Return what `keepalived --version` says."""
    return "Keepalived v2.2.7 (01/16,2022)\n\nstandfast, in its place\n\n" + _OPTIONS


def test(options: Options) -> int:
    """Read a configuration, say what is wrong, return keepalived's status; `--strict` refuses what it overlooks."""
    source = read_keepalived(options.file or DEFAULT_FILE, options.config_id, options.all_included, options.namespace)
    lines = [said(finding) for finding in keepalived.as_said(source.findings)]
    overlooked = [f for f in source.distinct if f.level is keepalived.Level.OURS] if options.strict else []
    lines += [str(finding.report) for finding in overlooked]
    text = "".join(f"{line}\n" for line in dict.fromkeys(lines))
    if options.log:
        with open(options.log, "a", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
    else:
        sys.stderr.write(text.encode(errors="surrogateescape").decode(errors="replace"))
    return source.status or (int(Exit.CONFIG) if overlooked else 0)


def said(finding: keepalived.Finding) -> str:
    """Return a finding as keepalived says it: with its file and line, if it names one."""
    if finding.lined and finding.place.line:
        return f"({finding.place.file}: Line {finding.place.line}) {finding.message}"
    return finding.message
