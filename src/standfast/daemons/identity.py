"""Who this node is, where Corosync says it."""

from __future__ import annotations

import sys
import time

import msgspec

from standfast import errors
from standfast.daemons.settings import Settings
from standfast.messaging.live import corosync_bindings, corosync_map

RETRY_S_MIN = 0.05
RETRY_S_MAX = 0.5


def with_identity(settings: Settings) -> Settings:
    """Return the settings with the node's name and id, and the cluster's name, as Corosync has them.

    Waits for Corosync. Raises: LiveError if it is not installed, or says otherwise than the command line.
    """
    if settings.engine != "corosync":
        return settings
    found = _wait()
    for what, told, said in (("node", settings.node, found.node), ("node id", settings.node_id, found.node_id)):
        if told and told != said:
            raise errors.LiveError(f"the {what} is {told} here and {said} in corosync.conf: make them one")
    cluster = settings.cluster or found.cluster or "standfast"
    return msgspec.structs.replace(settings, node=found.node, node_id=found.node_id, cluster=cluster)


def _wait() -> corosync_map.Identity:
    retry_s, told = RETRY_S_MIN, False
    while True:
        try:
            return corosync_map.read_identity()
        except corosync_bindings.CorosyncError as error:
            if not told:
                print(f"standfastd waits for Corosync: {error}", file=sys.stderr, flush=True)
            told = True
        time.sleep(retry_s)
        retry_s = min(retry_s * 2, RETRY_S_MAX)
