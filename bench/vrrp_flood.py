"""Garbage on the wire: packets of which each breaks one to three rules, to an Active and a Backup machine.

  vrrp_flood.py [--packets N] [--rate N] [--seed N] [--daemons ours,keepalived] [--rt-priority N]

A neighbour sends them; on each machine is a router of version 3 and one of version 2 with a password. `moves` is how
often an address came or went, `spoke` the Backup's adverts and `gap` the greatest time between two of the other's, in
ms: a packet that is believed would change them. `counted` are the packets that each machine says it dropped, `unread`
those that the kernel did not give it, and `wrong` the reasons whose count is not what was sent (ours only; those that
were not read may be of any), `deaths` programs that are not what they were at the begin. Needs root, iproute2,
keepalived.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rig.namespaces import until
from rig.vrrp_pair import DAEMONS, FIRST_VRID, Pair, Setting, environment

from standfast.cli.live import director_socket
from standfast.director.vrrp.checksum import checksum, pseudo_header
from standfast.director.vrrp.packets import ipv4_header

GROUP = socket.inet_aton("224.0.0.18")
GROUP_MAC = bytes.fromhex("01005e000012")
V3, V2 = FIRST_VRID, FIRST_VRID + 1
PASSWORD = b"secret\0\0"
UNKNOWN = "VRID"
SLICE_S = 0.02
INTERVAL_S = 1
STRANGER = 200
SENDER = "c"
_SENDS = "--send"


class Packet:
    """An advert that is right but for what is broken in it; each of those returns the name that it is counted by."""

    def __init__(self, chance: random.Random, version: int) -> None:
        self._chance = chance
        self._version = version
        self.vrid = V3 if version == 3 else V2
        self.kind, self.said_version = 1, version
        self.priority = chance.choice((0, 1, 99, 101, 149, 151, 200, 254, 255))
        self.ttl, self.interval = 255, INTERVAL_S * (100 if version == 3 else 1)
        self.addresses = [socket.inet_aton(f"10.90.1.{self.vrid}")]
        self.count: int | None = None
        self.auth, self.password = (1, PASSWORD) if version == 2 else (0, b"")
        self.destination = GROUP
        self.checksum_off = 0
        self.cut: int | None = None

    def bytes(self, source: bytes) -> bytes:
        """Return it from the IPv4 header on."""
        count = len(self.addresses) if self.count is None else self.count
        fifth = struct.pack(">BB", self.auth, self.interval) if self._version == 2 else struct.pack(">H", self.interval)
        head = bytes((self.said_version << 4 | self.kind, self.vrid, self.priority, count)) + fifth
        rest = b"".join(self.addresses) + (self.password if self._version == 2 else b"")
        length = len(head) + 2 + len(rest)
        pseudo = pseudo_header(source, self.destination, length) if self._version == 3 else b""
        total = checksum(pseudo + head + bytes(2) + rest) ^ self.checksum_off
        payload = (head + total.to_bytes(2) + rest)[: self.cut]
        return ipv4_header(source, self.destination, 112, len(payload), ttl=self.ttl) + payload

    # -- what can be broken, in the order in which it is checked

    def unknown(self) -> str:
        """Be of a virtual router that nobody is."""
        self.vrid = self._chance.randrange(V2 + 1, 256)
        return UNKNOWN

    def far(self) -> str:
        """Have come over a router."""
        self.ttl = self._chance.randrange(1, 255)
        return "TTL"

    def short(self) -> str:
        """End before the head does."""
        self.cut = self._chance.randrange(2, 8)
        return "LENGTH"

    def other_version(self) -> str:
        """Be of another version."""
        self.said_version = self._chance.choice([n for n in range(16) if n != self._version])
        return "VERSION"

    def other_type(self) -> str:
        """Be no advert."""
        self.kind = self._chance.choice([n for n in range(16) if n != 1])
        return "TYPE"

    def cut_off(self) -> str:
        """Name more addresses than there are."""
        self.count = self._chance.randrange(12, 256)
        return "LENGTH"

    def corrupt(self) -> str:
        """Have a checksum that is not right."""
        self.checksum_off = self._chance.randrange(1, 0xFFFF)
        return "CHECKSUM"

    def no_addresses(self) -> str:
        """Name no address."""
        self.addresses, self.count = [], 0
        return "COUNT"

    def other_interval(self) -> str:
        """Have an interval of nothing, or in version 2 another one."""
        self.interval = 0 if self._version == 3 else self._chance.randrange(INTERVAL_S + 1, 256)
        return "INTERVAL"

    def other_auth(self) -> str:
        """Have another authentication."""
        self.auth = self._chance.choice((0, *range(2, 256)))
        return "AUTH_TYPE"

    def other_password(self) -> str:
        """Have another password."""
        self.password = bytes(self._chance.randrange(1, 256) for _ in range(8))
        return "AUTH_PASSWORD"

    def more_addresses(self) -> str:
        """Name more addresses."""
        self.addresses = self.addresses * self._chance.randrange(2, 10)
        return "COUNT"

    def other_addresses(self) -> str:
        """Name others."""
        self.addresses = [bytes(self._chance.randrange(1, 255) for _ in range(4))]
        return "ADDRESSES"


Break = Callable[[Packet], str]
FIRST: list[Break] = [Packet.unknown, Packet.far, Packet.short, Packet.other_version, Packet.other_type, Packet.cut_off]
LATER: list[Break] = [Packet.corrupt, Packet.no_addresses, Packet.other_interval]
OF_VERSION_2: list[Break] = [Packet.other_auth, Packet.other_password]
LAST: list[Break] = [Packet.more_addresses, Packet.other_addresses]
RULES = {3: FIRST + LATER + LAST, 2: FIRST + LATER + OF_VERSION_2 + LAST}


def invalid(chance: random.Random) -> tuple[bytes, int, str]:
    """Return a packet, whose it is (a virtual router id, 0: nobody's), and as what it is to be counted."""
    version = chance.choice((2, 3))
    packet, rules = Packet(chance, version), RULES[version]
    broken = sorted(chance.sample(range(len(rules)), chance.choice((1, 1, 2, 3))))
    for number in reversed(broken):  # what is checked first is counted
        reason = rules[number](packet)
    data = packet.bytes(socket.inet_aton(f"10.90.0.{chance.randrange(3, 250)}"))
    if checksum(data[20:]) == 0 and reason == "CHECKSUM":  # right by the other reading
        return invalid(chance)
    return data, 0 if reason == UNKNOWN else packet.vrid, reason


def flood(device: str, packets: int, rate: int, seed: int) -> dict[str, int]:
    """Send so many, so fast; return how many of each are to be counted."""
    out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    out.bind((device, 0))
    frame_head = GROUP_MAC + out.getsockname()[4] + b"\x08\x00"
    chance, expected = random.Random(seed), Counter[str]()
    began, sent = time.monotonic(), 0
    while sent < packets:
        batch = [invalid(chance) for _ in range(min(max(1, int(rate * SLICE_S)), packets - sent))]
        for data, vrid, reason in batch:
            out.send(frame_head + data)
            expected[f"{vrid} {reason}"] += 1
        sent += len(batch)
        time.sleep(max(0, began + sent / rate - time.monotonic()))
    out.close()
    return {**expected, "seconds": round(time.monotonic() - began)}


# -- the routers


OF_V2 = Setting(INTERVAL_S, version=2, password="secret")


def texts(node: str, rt_priority: int) -> str:
    """Return the keepalived.conf of a node: both routers."""
    return Setting(INTERVAL_S, rt_priority=rt_priority).text(node) + "\n".join(OF_V2.instance(node, 0, V2)) + "\n"


def asked(pair: Pair, node: str) -> dict[str, Any]:
    """Return what our daemon on a node knows."""
    found: dict[str, Any] = director_socket.told("/v1/vrrp", str(pair.folder / node / "main.sock"))
    return found


def counts(pair: Pair, node: str) -> Counter[str]:
    """Return what our daemon counted as dropped."""
    known = asked(pair, node)
    found = Counter({f"0 {UNKNOWN}": int(known["unknown_vrids"])})
    for row in known["routers"]:
        found.update({f"{row['vrid']} {reason}": count for reason, count in row["dropped"].items()})
    return found


def greatest_gap_ms(pair: Pair, since: int) -> float:
    """Return the longest time between two adverts of one of a's routers."""
    last: dict[int, int] = {}
    greatest = 0
    for advert in pair.adverts[since:]:
        if advert.node == "a":
            greatest = max(greatest, advert.at_ns - last.get(advert.vrid, advert.at_ns))
            last[advert.vrid] = advert.at_ns
    return greatest / 1e6


def send_from_neighbour(pair: Pair, arguments: argparse.Namespace) -> Counter[str]:
    """Send everything; return how many of each are to be counted."""
    words = [sys.executable, str(Path(__file__).resolve()), _SENDS]
    words += [f"--{name}={getattr(arguments, name)}" for name in ("packets", "rate", "seed")]
    command = ["ip", "netns", "exec", pair.names[SENDER], *words]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment())
    found = Counter[str](json.loads(done.stdout))
    print(f"sent {arguments.packets} packets in {found.pop('seconds')} s", flush=True)
    return found


def measure(kind: str, arguments: argparse.Namespace) -> None:
    """Flood one pair, and print what came of it."""
    with tempfile.TemporaryDirectory(prefix="vrp-") as folder, Pair(Path(folder)) as pair:
        pair.add_neighbour(SENDER, STRANGER)
        for node in "ab":
            pair.start(node, kind, texts(node, arguments.rt_priority))

        def settled() -> bool:
            last = pair.adverts[-8:]
            return {each.vrid for each in last} == {V3, V2} and all(each.node == "a" for each in last)

        if not until(settled):
            raise SystemExit(f"{kind}: not settled\n{pair.log('a')[-1500:]}\n{pair.log('b')[-1500:]}")
        processes = {node: pair.processes(node) for node in "ab"}
        moves, adverts = len(pair.held), len(pair.adverts)
        expected = send_from_neighbour(pair, arguments)
        time.sleep(2 * INTERVAL_S)
        spoke = sum(each.node == "b" for each in pair.adverts[adverts:])
        line = f"{kind:11}{len(pair.held) - moves:7}{spoke:7}{greatest_gap_ms(pair, adverts):9.1f}"
        for node in "ab":
            deaths = sum(process not in pair.processes(node) for process in processes[node])
            print(f"{line if node == 'a' else '':34} {node}{deaths:7}{pair.unread(node):8}", end="")
            print(told(expected, counts(pair, node), pair.unread(node)) if kind == "ours" else "", flush=True)
            line = ""


def told(expected: Counter[str], found: Counter[str], lost: int) -> str:
    """Return how many were counted, and the reasons that are wrong: more than were sent, or fewer and none was lost."""
    wrong = [key for key in sorted(expected | found) if found[key] > expected[key]]
    if found.total() + lost != expected.total():
        wrong = [key for key in sorted(expected | found) if found[key] != expected[key]]
    shown = [f"{key}: {found[key]} of {expected[key]}" for key in wrong]
    return f"{found.total():9}{len(wrong):7}  {'; '.join(shown)}"


def main() -> None:
    """Measure, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--packets", type=int, default=1_000_000)
    parser.add_argument("--rate", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--daemons", default=",".join(DAEMONS))
    parser.add_argument("--rt-priority", type=int, default=0, metavar="N", help="of both daemons")
    parser.add_argument(_SENDS, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.send:
        print(json.dumps(flood("eth0", arguments.packets, arguments.rate, arguments.seed)))
        return
    if os.geteuid() or not shutil.which("ip") or not shutil.which("keepalived"):
        raise SystemExit("needs root, iproute2 and keepalived")
    print(f"{'':11}{'moves':>7}{'spoke':>7}{'gap':>9}  {'deaths':>7}{'unread':>8}{'counted':>9}{'wrong':>7}")
    for kind in arguments.daemons.split(","):
        measure(kind, arguments)


if __name__ == "__main__":
    main()
