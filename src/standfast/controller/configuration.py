"""Changes of the configuration by edits."""

from __future__ import annotations

from standfast import cib
from standfast.cib import edits, status, versions
from standfast.controller import histories, node_ids
from standfast.controller.applied import Applied, Note
from standfast.controller.messages import ChangeEdits
from standfast.controller.replica import Replica
from standfast.errors import ConfigError, Exit, RequestError

_OURS = ("have-quorum", "dc-uuid")


def change(replica: Replica, message: ChangeEdits) -> Applied:
    """Make the edits, or refuse them all."""
    try:
        new = edited(replica, message)
    except RequestError as e:
        return Applied(refused=e)
    old, result = replica.document, {"version": str(new.version)}
    if new.version == old.version:
        return Applied(result=result)
    replica.document = new
    if not _is_configuration(old, new):
        return Applied(reason="the status was edited", result=result)
    replica.changes += 1
    replica.forced = replica.forced or not replica.carried
    node_ids.add_missing(replica)
    _note_new_nodes(replica, old)
    who = f" by {message.user}" if message.user else ""
    fields = {"version": str(new.version), "user": message.user}
    note = Note("configuration", f"the configuration changed to {new.version}{who}", "notice", fields)
    return Applied(reason="the configuration changed", configuration=True, result=result, notes=(note,))


def edited(replica: Replica, message: ChangeEdits) -> cib.Document:
    """Return the document with the edits made. Raises: RequestError."""
    old = replica.document
    if not replica.quorate and not message.force:
        raise RequestError("no quorum: the configuration is not changed", Exit.QUORUM)
    base, version = message.based_on, old.version
    if base is not None and base != (version.admin_epoch, version.epoch):
        raise RequestError(f"based on {base[0]}.{base[1]}, but the configuration is {version}", Exit.OUTDATED)
    try:
        new = edits.apply(old, message.edits, message.wall_s, client=message.client, user=message.user)
    except ConfigError as e:
        raise RequestError(str(e), edits.EXIT_STATUS.get(e.reports[0].code, Exit.CONFIG), e.reports) from None
    for name in _OURS:
        value = old.root.get(name)
        if value is not None:
            new.root.set(name, value)
    return new


def _is_configuration(old: cib.Document, new: cib.Document) -> bool:
    was, now = old.version, new.version
    return (was.admin_epoch, was.epoch) != (now.admin_epoch, now.epoch)


def _note_new_nodes(replica: Replica, old: cib.Document) -> None:
    """Let a node that is newly configured count as cleanly off: it was never here, and nothing of ours runs on it."""
    before = set(node_ids.configured_names(old))
    for entry in list(node_ids.configured(replica.document)):
        name, node_id = entry.get("uname", ""), entry.get("id", "")
        if name not in before and status.node_state(replica.document, node_id) is None:
            fields = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}
            status.set_node_state(replica.document, node_id, name, origin=histories.ORIGIN, **fields)
            versions.raise_updates(replica.document)
