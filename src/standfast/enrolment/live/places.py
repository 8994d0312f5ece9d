"""Where corosync.conf, the authkey, our certificate and the agent's socket are."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from standfast.dialects import corosync
from standfast.errors import Exit, RequestError

# Corosync itself reads it. Source: corosync(8).
CONF_VARIABLE = "COROSYNC_MAIN_CONFIG_FILE"
PORT = 11111
BYTES_MAX = 1 << 20


@dataclass(frozen=True, slots=True)
class Places:
    """The files of this machine."""

    conf: Path = Path("/etc/corosync/corosync.conf")
    authkey: Path = Path("/etc/corosync/authkey")
    state: Path = Path("/var/lib/standfast/cluster")
    socket: Path = Path("/run/standfast/cluster.sock")

    def tree(self) -> corosync.Tree:
        """Return corosync.conf. Raises: RequestError if it cannot be read."""
        try:
            text = self.conf.read_text(errors="surrogateescape")
        except OSError as error:
            cure = " (standfast cluster init, or join, makes it)" if isinstance(error, FileNotFoundError) else ""
            raise RequestError(f"{self.conf}: {error.strerror}{cure}", Exit.NO_INPUT) from None
        return corosync.read(text, str(self.conf))

    def key(self) -> bytes:
        """Return the authkey. Raises: RequestError if there is none."""
        try:
            return self.authkey.read_bytes()
        except OSError as error:
            cure = "corosync-keygen makes one; it must be the same on all nodes"
            raise RequestError(f"{self.authkey}: {error.strerror} ({cure})", Exit.NO_INPUT) from None

    def configured(self) -> str:
        """Return the name of the cluster that this machine belongs to, empty if to none.

        The file that the distribution ships, whose only node is the machine itself, is none.
        """
        if not self.conf.exists():
            return ""
        conf = corosync.conf(self.tree())
        addresses = [address for node in conf.nodes for address in node.addresses.values()]
        if not addresses or all(a.startswith("127.") or a in ("::1", "localhost") for a in addresses):
            return ""
        return conf.cluster or "without a name"


def places() -> Places:
    """Return the places that count here."""
    conf = Path(os.environ.get(CONF_VARIABLE) or "/etc/corosync/corosync.conf")
    tree = corosync.read(conf.read_text(errors="surrogateescape")) if conf.is_file() else corosync.read("")
    key = tree.value("totem", "keyfile") or str(conf.parent / "authkey")
    return Places(conf, Path(key))
