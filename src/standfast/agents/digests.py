"""Digests of operation parameters, byte for byte as Pacemaker writes them into the CIB's status.

The digest is MD5 over one space, a `parameters` element with its attributes sorted by name, and a newline.
Source: Pacemaker 3.0, lib/common/digest.c (v1 digests of operations) and daemons/controld/controld_cib.c.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Container, Iterable, Mapping

UNHASHED = frozenset({"id", "crm_feature_set", "op-digest", "on_node", "on_node_uuid", "pcmk_external_ip"})
META = "CRM_meta_"
SPECIAL = re.compile(r'[<>&"\x00-\x1f\x7f]')
ENTITIES = {"<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;"}


def escape(value: str) -> str:
    """Return a value as it stands in the hashed element: control characters are numbers with two hex digits."""
    return SPECIAL.sub(lambda m: ENTITIES.get(m[0]) or f"&#x{ord(m[0]):02X};", value)


def digest(parameters: Mapping[str, str]) -> str:
    """Return the digest of exactly these parameters."""
    names = sorted(parameters, key=str.encode)
    attributes = "".join(f' {name}="{escape(parameters[name])}"' for name in names)
    text = f" <parameters{attributes}/>\n"
    return hashlib.md5(text.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()


def hashed(parameters: Mapping[str, str], interval_ms: int = 0, timeout_ms: int | str | None = None) -> dict[str, str]:
    """Return the parameters that count for a digest: no meta attribute but a recurring operation's time limit.

    `timeout_ms` None takes CRM_meta_timeout of the parameters, if it is among them.
    """
    kept = {k: v for k, v in parameters.items() if k not in UNHASHED and not k.startswith(META)}
    limit = parameters.get(META + "timeout") if timeout_ms is None else str(timeout_ms)
    if interval_ms and limit is not None:
        kept[META + "timeout"] = limit
    return kept


def operation_digest(parameters: Mapping[str, str], interval_ms: int = 0, timeout_ms: int | str | None = None) -> str:
    """Return op-digest."""
    return digest(hashed(parameters, interval_ms, timeout_ms))


def restart_digest(parameters: Mapping[str, str], names: Container[str]) -> str:
    """Return op-restart-digest: of the parameters that need a restart when they change (op-force-restart)."""
    return digest({k: v for k, v in parameters.items() if k in names})


def secure_digest(
    parameters: Mapping[str, str],
    private: Container[str],
    interval_ms: int = 0,
    timeout_ms: int | str | None = None,
) -> str:
    """Return op-secure-digest: of all that counts but the private parameters (op-secure-params)."""
    kept = hashed(parameters, interval_ms, timeout_ms)
    return digest({k: v for k, v in kept.items() if k not in private})


def word_list(names: Iterable[str]) -> str:
    """Return names as op-force-restart and op-secure-params hold them: each between spaces, "" if there are none."""
    words = " ".join(names)
    return f" {words} " if words else ""


def words(text: str) -> frozenset[str]:
    """Return the names of such a list."""
    return frozenset(text.split())
