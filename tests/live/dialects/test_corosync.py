"""Our verdict on a corosync.conf beside that of the real `corosync -t`."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from standfast.dialects import corosync

pytestmark = [pytest.mark.live]

SAMPLES = Path(__file__).parents[2] / "unit" / "dialects" / "corosync" / "samples"
# Ask about every file of a folder, as a machine with this name and addresses, a key and folders for logs.
REFEREE = """
mount --make-rprivate / && mount -t tmpfs none /var/log && mount -t tmpfs none /etc/corosync || exit 99
mkdir -p /var/log/cluster /var/log/corosync && head -c 256 /dev/urandom > /etc/corosync/authkey
hostname "$2" && ip link set lo up && mount --bind "$1/hosts" /etc/hosts || exit 99
for address in $3; do ip addr add "$address" dev lo; done
cd "$1" || exit 99
for file in "$1"/*.conf; do
  said=$(timeout 10 corosync -t -c "$file" 2>&1); echo "$? ${file##*/} $(echo "$said" | tr '\\n' ' ')"
done
"""
BASE = """totem {
    version: 2
    cluster_name: web
    transport: knet
    crypto_cipher: aes256
    crypto_hash: sha256
    token: 3000
    consensus: 7000
    join: 60
    interface {
        linknumber: 0
        mcastport: 5405
        knet_link_priority: 2
    }
}
nodelist {
    node {
        ring0_addr: 10.0.0.1
        ring1_addr: 10.1.0.1
        name: n1
        nodeid: 1
    }
    node {
        ring0_addr: 10.0.0.2
        ring1_addr: 10.1.0.2
        name: n2
        nodeid: 2
        quorum_votes: 1
    }
    node {
        ring0_addr: 10.0.0.3
        ring1_addr: 10.1.0.3
        name: n3
        nodeid: 3
    }
}
quorum {
    provider: corosync_votequorum
    wait_for_all: 1
}
logging {
    to_logfile: yes
    logfile: /var/log/corosync/corosync.log
    to_syslog: no
    timestamp: on
    logger_subsys {
        subsys: QUORUM
        debug: off
    }
}
system {
    sched_rr: no
}
"""
WORDS = (
    "", "0", "1", "2", "7", "29", "30", "-1", "70000", "4294967296", "x", "yes", "no", "on", "off", "none", "aes256",
    "sha1", "knet", "udpu", "udp", "passive", "rr", "10.0.0.9", "fd00::1", "10.0.0.300", "n1", "3000 # ms", "native",
    "hires", "debug", "a b",
)  # fmt: skip
LINES = (
    "token: 29", "hold: 13", "merge: 10", "nonsense: 1", "}", "{", "totem {", "x {\n}", "no colon here", "key {  extra",
    "ring8_addr: 10.0.0.1", "ip_version: ipv5", "ip_version: ipv4", "link_mode: all", "crypto_model: md5",
    "knet_compression_model: zip", "config_version: -", "netmtu: 1e3",
    "interface {\n  linknumber: 9\n  mcastport: 1\n}",
    "interface {\n  ttl: 5\n}", "member {\n  addr: 1\n}", "uidgid {\n  user: 0\n}", "uidgid {\n  uid: 0\n}",
    "logger_subsys {\n  debug: on\n}", "expected_votes: many", "two_node: 256", "syslog_facility: local9",
    "logfile_priority: loud", "fileline: maybe", "qb_ipc_type: pipe", "k: v", "a" * 600, "bad key!: 1", "# comment",
)  # fmt: skip


def referee(folder: Path, texts: dict[str, str], host: str, addresses: Sequence[str]) -> dict[str, tuple[bool, str]]:
    """Return for each text whether Corosync refuses it, and what it said."""
    if not shutil.which("corosync") or not shutil.which("unshare") or os.geteuid():
        pytest.skip("needs corosync, unshare and root")
    folder.mkdir()
    for name, text in texts.items():
        (folder / f"{name}.conf").write_text(text)
    hosts = "".join(f"10.9.0.{n} rh7-{n}\n" for n in (1, 2, 3))
    (folder / "hosts").write_text(f"127.0.0.1 localhost\n{hosts}")
    command = ["unshare", "-umn", "sh", "-c", REFEREE, "referee", str(folder), host, " ".join(addresses)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    if done.returncode == 99:
        pytest.skip(f"no namespaces: {done.stderr}")
    said = {}
    for line in done.stdout.splitlines():
        code, name, rest = (*line.split(" ", 2), "")[:3]
        said[name.removesuffix(".conf")] = (code != "0", rest)
    assert said.keys() == texts.keys()
    return said


def ours(text: str) -> tuple[bool, str]:
    """Return whether we say that Corosync refuses a text, and why."""
    found = [f for f in corosync.check(corosync.read(text)) if f.fate is corosync.Fate.TEST]
    return bool(found), "; ".join(str(f.report) for f in found)


def depends(text: str, said: str) -> bool:
    """Return whether the verdict hangs on more than the text: a name that does not resolve here, or a section in one of
    these, whose end Corosync before 3.1.9 takes for the end of that."""
    name = re.search(r"failed to parse \w+ address '([\w.-]*)'", said)
    outer = ("nodelist.node.", "logging.logger_subsys.")
    nested = any(s.path.startswith(outer) for s in corosync.read(text).root.walk())
    return nested or bool(name and re.search("[a-z]", name[1]))


def differences(texts: dict[str, str], said: dict[str, tuple[bool, str]]) -> list[str]:
    """Return where we and Corosync are of two minds."""
    return [
        f"{name}: corosync {said[name]}, we {ours(text)}"
        for name, text in texts.items()
        if said[name][0] != ours(text)[0] and not depends(text, said[name][1])
    ]


def mutated(seed: int) -> str:
    """Return the base with one or two random changes."""
    chance = random.Random(seed)
    lines = BASE.splitlines()
    for _ in range(chance.choice((1, 1, 1, 2))):
        at = chance.randrange(len(lines))
        match chance.randrange(4):
            case 0 if re.search(r": ", lines[at]):
                lines[at] = lines[at].partition(":")[0] + ": " + chance.choice(WORDS)
            case 1:
                del lines[at]
            case 2:
                lines.insert(at, lines[at])
            case _:
                lines.insert(at, chance.choice(LINES))
    return "\n".join(lines) + "\n"


def test_the_samples_get_corosyncs_verdict(tmp_path: Path) -> None:
    """An operator would bring a file over that Corosync does not start with, or be told to mend one that is good."""
    texts = {file.stem: file.read_text() for file in sorted(SAMPLES.glob("*.conf"))}
    trees = {name: corosync.read(text) for name, text in texts.items()}
    texts |= {f"{name}-upgraded": corosync.upgraded(t)[0].text for name, t in trees.items() if not t.findings}
    said = referee(tmp_path / "samples", texts, "n1", ["10.7.0.1/24", "10.8.0.1/24", "192.168.7.1/24"])
    assert differences(texts, said) == []
    assert not said["first-upgraded"][0]
    assert not said["second-upgraded"][0]


@pytest.mark.slow
def test_mutations_get_corosyncs_verdict(tmp_path: Path) -> None:
    """A mistake would pass here and stop Corosync at its next start."""
    texts = {f"m{seed:04}": mutated(seed) for seed in range(int(os.environ.get("MUTATIONS", "250")))} | {"base": BASE}
    said = referee(tmp_path / "mutations", texts, "n1", ["10.0.0.1/24", "10.1.0.1/24"])
    assert not said["base"][0]
    assert sum(refused for refused, _ in said.values()) > len(said) // 4
    assert differences(texts, said) == []
