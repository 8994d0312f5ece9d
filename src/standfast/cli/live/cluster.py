"""What the commands about Corosync and the cluster's life do on this machine, each step undone if the next fails."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

from standfast.cli.live import addresses
from standfast.dialects import corosync
from standfast.enrolment import requests
from standfast.enrolment.live import asking, programs, staging
from standfast.enrolment.live.places import Places, places
from standfast.errors import ConfigError, Exit, LiveError, RequestError, StandfastError
from standfast.messaging.live import corosync_facts

KEY_BYTES = 256


def here() -> Places:
    """Return where this machine's files are."""
    return places()


def found(
    name: str, node: str, own: Sequence[str], totem: Mapping[str, str], *, encrypted: bool, force: bool
) -> corosync.Tree:  # fmt: skip
    """Make this machine the first node of a new cluster: corosync.conf and authkey. Raises: StandfastError, and all is
    as it was."""
    where = places()
    programs.demand_corosync()
    if (present := where.configured()) and not force:
        raise RequestError(
            f"this machine belongs to the cluster {present} ({where.conf}); standfast cluster leave, or --force",
            Exit.EXISTS,
        )
    if programs.answers():
        raise RequestError("Corosync runs on this machine; standfast cluster stop, first", Exit.UNSATISFIED)
    tree = _first(where, name, node, own, totem, encrypted)
    staged = staging.Staged()
    staged.add(where.conf, tree.text.encode(), 0o644)
    staged.add(Path(tree.value("totem", "keyfile") or where.authkey), secrets.token_bytes(KEY_BYTES), 0o400)
    staged.apply()
    return tree


def _first(
    where: Places, name: str, node: str, own: Sequence[str], totem: Mapping[str, str], encrypted: bool
) -> corosync.Tree:  # fmt: skip
    entry = corosync.NodeEntry(node or addresses.name(), 1, dict(enumerate(own or [addresses.own()])))
    cipher, hash_ = ("aes256", "sha256") if encrypted else ("none", "none")
    conf = corosync.Conf(name, "knet", (entry,), corosync.QuorumOptions(), cipher, hash_)
    tree = corosync.read(corosync.render(conf), str(where.conf))
    for key, value in totem.items():
        tree = corosync.with_value(tree, key, value)
    corosync.demand(tree)
    return tree


def forget(before: Mapping[Path, bytes | None]) -> None:
    """Bring files back as they were."""
    for path, data in before.items():
        with contextlib.suppress(OSError, LiveError):
            path.unlink(missing_ok=True)
            if data is not None:
                staging.write(path, data, 0o400 if path.name == "authkey" else 0o644)


def snapshot() -> dict[Path, bytes | None]:
    """Return the files of a member as they are now."""
    where = places()
    return {path: staging.current(path) for path in (where.conf, where.authkey)}


def start() -> None:
    """Start Corosync and the agent. Raises: LiveError."""
    where = places()
    where.tree()
    programs.start(where, lambda: bool((outcome := asking.who(where)) and outcome.members))


def stop() -> None:
    """End the daemon, the agent and Corosync. Raises: LiveError."""
    outcome = asking.who(places())
    programs.stop(outcome.pid if outcome else 0)


def members() -> list[str] | None:
    """Return the nodes whose agents answer, None if this node's does not."""
    outcome = asking.who(places())
    return outcome.members if outcome else None


def ask(request: requests.Request, limit_s: float = 120.0) -> requests.Outcome:
    """Return what came of a request to this node's agent. Raises: RequestError."""
    return asking.ask(places(), request, limit_s)


def change(before: corosync.Tree, after: corosync.Tree, *, force: bool = False, leaving: tuple[str, ...] = ()) -> str:
    """Make a text everybody's corosync.conf, and let Corosync read it; return where that was done.

    Without an agent and without a Corosync, it is this machine's file alone. Raises: RequestError, LiveError,
    ConfigError.
    """
    if wrong := [f for f in corosync.check(after) if f.fate is not corosync.Fate.RISK]:
        new = {str(f.report) for f in wrong} - {str(f.report) for f in corosync.check(before)}
        if new or any(f.is_refusal for f in wrong):
            raise ConfigError([f.report for f in wrong])
    if programs.answers():
        request = requests.Change(after.text, before.text, leaving=leaving, force=force)
        ask(request)
        return "on all nodes, and in force"
    staging.write(places().conf, after.text.encode(errors="surrogateescape"), 0o644)
    nodes = len(corosync.conf(after).nodes)
    return "on this machine" + (" only (standfast cluster copy, when the cluster runs)" if nodes > 1 else "")


def put_aside() -> None:
    """Take corosync.conf and authkey of this machine out of their places."""
    where = places()
    for path in (where.conf, where.authkey):
        with contextlib.suppress(FileNotFoundError):
            path.replace(f"{path}.left")


def wait_until_left(limit_s: float = 60.0) -> None:
    """Return when this machine is no member any more. Raises: LiveError."""
    where = places()
    programs.until(lambda: not where.conf.exists() and not programs.answers(), limit_s, "this node does not end", "")


def quorum_or_none() -> corosync_facts.QuorumFacts | None:
    """Return quorum as Corosync has it, None if there is no Corosync."""
    try:
        return corosync_facts.quorum()
    except LiveError:
        return None


def links_or_none() -> tuple[corosync_facts.LinkFacts, ...]:
    """Return the links, none if Corosync does not say."""
    try:
        return corosync_facts.links()
    except StandfastError:
        return ()
