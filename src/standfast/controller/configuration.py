"""Changes of the configuration by edits."""

from __future__ import annotations

from standfast import cib
from standfast.cib import edits, status, versions
from standfast.controller import carrying, histories, node_ids
from standfast.controller.applied import Applied, Note
from standfast.controller.messages import ChangeEdits
from standfast.controller.replica import Replica
from standfast.errors import ConfigError, Exit, RequestError

_OURS = ("have-quorum", "dc-uuid")


def change(replica: Replica, message: ChangeEdits) -> Applied:
    """Make the edits, or refuse them all."""
    document = replica.document
    old, names = document.version, frozenset(node_ids.configured_names(document))
    try:
        new = make(replica, message)
    except RequestError as e:
        return Applied(refused=e)
    result = {"version": str(new)}
    if new == old:
        return Applied(result=result)
    if (new.admin_epoch, new.epoch) == (old.admin_epoch, old.epoch):
        return Applied(reason="the status was edited", result=result)
    carrying.changed(replica, old)
    node_ids.add_missing(replica)
    _note_new_nodes(replica, names)
    who = f" by {message.user}" if message.user else ""
    fields = {"version": str(new), "user": message.user}
    note = Note("configuration", f"the configuration changed to {new}{who}", "notice", fields)
    return Applied(reason="the configuration changed", configuration=True, result=result, notes=(note,))


def make(replica: Replica, message: ChangeEdits, *, dry_run: bool = False) -> cib.Version:
    """Make the edits in the document (or only try them); return the new version. Raises: RequestError; then nothing
    was changed."""
    document = replica.document
    if not replica.quorate and not message.force:
        raise RequestError("no quorum: the configuration is not changed", Exit.QUORUM)
    base, version = message.based_on, document.version
    if base is not None and base != (version.admin_epoch, version.epoch):
        raise RequestError(f"based on {base[0]}.{base[1]}, but the configuration is {version}", Exit.OUTDATED)
    ours = {name: value for name in _OURS if (value := document.root.get(name)) is not None}
    try:
        new = edits.change(
            document, message.edits, message.wall_s, client=message.client, user=message.user, dry_run=dry_run
        )
    except ConfigError as e:
        raise RequestError(str(e), edits.EXIT_STATUS.get(e.reports[0].code, Exit.CONFIG), e.reports) from None
    for name, value in ours.items():
        document.root.set(name, value)
    return new


def _note_new_nodes(replica: Replica, before: frozenset[str]) -> None:
    """Let a node that is newly configured count as cleanly off: it was never here, and nothing of ours runs on it."""
    for entry in list(node_ids.configured(replica.document)):
        name, node_id = entry.get("uname", ""), entry.get("id", "")
        if name not in before and status.node_state(replica.document, node_id) is None:
            fields = {"in_ccm": "false", "crmd": "offline", "join": "down", "expected": "down"}
            status.set_node_state(replica.document, node_id, name, origin=histories.ORIGIN, **fields)
            versions.raise_updates(replica.document)
