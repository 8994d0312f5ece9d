"""Silence for addresses that are not accepted: nftables rules that stand as long as we run.

They stand while a router is Backup too: its addresses are not this machine's then, and nothing is theirs to drop; so
becoming Active does not wait for them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from standfast.director.vrrp.configuration import Address, Firewall

_TIMEOUT_S = 10


def ruleset(addresses: Sequence[Address], firewall: Firewall) -> str:
    """Return what nft reads."""
    hook = f"  type filter hook input priority {firewall.priority}; policy accept;"
    lines = [f"table inet {firewall.table} {{", " chain silent {", hook]
    # "IPv6 Neighbor Solicitations and Neighbor Advertisements MUST NOT be dropped when Accept_Mode is False."
    # RFC 9568 §6.1
    lines.append('  iifname "lo" accept')
    lines.append("  icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept")
    for word, version in (("ip", 4), ("ip6", 6)):
        listed = [str(address) for address in addresses if address.version == version]
        if listed:
            verdict = "counter drop" if firewall.counters else "drop"
            lines.append(f"  {word} daddr {{ {', '.join(listed)} }} {verdict}")
    return "\n".join([*lines, " }", "}"]) + "\n"


def silence(addresses: Sequence[Address], firewall: Firewall) -> str:
    """Set the rules, or none; return why that failed, if it did."""
    text = f"table inet {firewall.table}\ndelete table inet {firewall.table}\n"
    if addresses:
        text += ruleset(addresses, firewall)
    try:
        done = subprocess.run(
            ["nft", "-f", "-"], input=text, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as e:
        return str(e)
    return done.stderr.strip() if done.returncode else ""
