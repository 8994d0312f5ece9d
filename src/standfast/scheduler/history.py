"""The history of one resource on one node: from its operations to the role it has, and what failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from standfast.scheduler import digests, fail_counts, fencing_needs, migrated, on_fail, relations, roles, where
from standfast.scheduler import history_entries as h
from standfast.scheduler.on_fail import OnFail
from standfast.scheduler.requests import request
from standfast.scheduler.scores import INFINITY, seconds
from standfast.scheduler.working import in_bundle, is_anonymous_clone, top

if TYPE_CHECKING:
    from standfast.scheduler.history_entries import HistoryEntry
    from standfast.scheduler.resource_history import ResourceHistory
    from standfast.scheduler.working import Node, Resource

_TASKS = frozenset(("monitor", "start", "stop", "promote", "demote", "migrate_to", "migrate_from", "asyncmon"))
_STATUS_MAX = h.NO_SECRETS
_RC_MAX = 255


def read(resource: Resource, node: Node, history: ResourceHistory) -> OnFail:
    """Apply what a node knows of a resource: its role there. Return what on-fail demands."""
    if history.only_absent and not resource.fail_expiry_ms:  # nothing failed, nothing expires: so are nearly all
        resource.orig_role, resource.next_role = roles.STOPPED, roles.UNKNOWN
        return OnFail.IGNORE
    reading = Reading(resource, node)
    for entry in history.ordered:
        reading.read(entry)
    return reading.response


class Reading:
    """The state while one history is read, entry by entry, the oldest first."""

    __slots__ = ("entry", "last_failure", "node", "rc", "resource", "response", "status")

    def __init__(self, resource: Resource, node: Node) -> None:
        self.resource = resource
        self.node = node
        self.response = OnFail.IGNORE
        self.last_failure: HistoryEntry | None = None
        self.entry: HistoryEntry
        self.rc = self.status = 0

    def read(self, entry: HistoryEntry) -> None:
        """Apply one entry."""
        if entry.id is None or entry.task not in _TASKS or not _is_valid(entry):
            return
        self.entry, self.rc, self.status = entry, entry.rc or 0, entry.status or 0
        expired = check_expiry(self)
        remap(self, expired)
        if expired and _pass_over(self):
            return
        if _is_masked(self):
            _mask(self)
        elif self.status == h.PENDING:
            _pending(self)
        elif self.status == h.DONE:
            update_role(self, self.rc)
        else:
            _failed(self)


def _is_valid(entry: HistoryEntry) -> bool:
    status_known = entry.status is not None and h.PENDING <= entry.status <= _STATUS_MAX
    return status_known and entry.status != h.CANCELLED and entry.rc is not None and 0 <= entry.rc <= _RC_MAX


def _is_masked(reading: Reading) -> bool:
    return reading.entry.is_masked and not in_bundle(reading.resource)


def record(reading: Reading) -> None:
    """Add the entry to the failures that status commands show, once for each key and node."""
    resource, entry, node = reading.resource, reading.entry, reading.node
    if not node.online:
        return
    failures = resource.cluster.failures
    if not any(known.key == entry.key and name.lower() == node.name.lower() for known, name, _ in failures):
        failures.append((entry, node.name, resource.id))


def _ban_target(resource: Resource) -> Resource:
    return resource if resource.unique else top(resource)


# Expiry


def check_expiry(reading: Reading) -> bool:
    """Return whether the entry's failure no longer counts; request that fail counts be cleared where they should."""
    resource, entry, node = reading.resource, reading.entry, reading.node
    if reading.status == h.NOT_INSTALLED:
        return False
    is_last_failure = entry.is_last_failure
    expired, live_count = _age_out(reading)
    reason = ""
    if expired:
        if fail_counts.fail_count(resource, node, effective=False, entry=entry)[0]:
            if live_count:
                expired = False
            else:
                reason = "it expired"
        elif is_last_failure and resource.reconnect_ms:
            reason = "reconnect interval is set"
    if not expired and is_last_failure and _parameters_changed(reading):
        reason = "resource parameters have changed"
    if reason:
        _clear(reading, reason)
    return expired and not _is_harmless_probe(reading)


def _age_out(reading: Reading) -> tuple[bool, int]:
    resource, entry, cluster = reading.resource, reading.entry, reading.resource.cluster
    expiry_s = seconds(resource.fail_expiry_ms)
    if expiry_s <= 0 or entry.last_change_s is None:
        return False, 0
    expired = cluster.now_s >= entry.last_change_s + expiry_s and not _never_expires(reading)
    count, last_failure_s = fail_counts.fail_count(resource, reading.node, entry=entry)
    if count and cluster.now_s < last_failure_s + expiry_s + 1:
        cluster.recheck(last_failure_s + expiry_s + 1)
    return expired, count


def _never_expires(reading: Reading) -> bool:
    """Return whether this is a lost connection's monitor, and its node is not fenced yet."""
    resource, entry = reading.resource, reading.entry
    if not (resource.reconnect_ms and resource.cluster.options.fencing_enabled):
        return False
    node = resource.cluster.node(resource.id)
    return bool(entry.interval_ms) and entry.task == "monitor" and node is not None and not node.remote_fenced


def _parameters_changed(reading: Reading) -> bool:
    resource, entry = reading.resource, reading.entry
    if entry.task not in ("start", "monitor"):
        return False
    if digests.needs_remote_name(resource):
        resource.cluster.deferred_checks.append((entry, resource, reading.node, False))
        return False
    verdict = digests.compare(resource, entry, reading.node).verdict
    return verdict not in (digests.Verdict.SAME, digests.Verdict.UNKNOWN)


def _clear(reading: Reading, reason: str) -> None:
    resource, cluster = reading.resource, reading.resource.cluster
    action = fail_counts.clear(resource, reading.node, reason)
    remote = cluster.node(resource.id)
    if cluster.options.fencing_enabled and resource.reconnect_ms and remote is not None:
        fencing = fencing_needs.fencing_action(cluster, remote, None, optional=True)
        relations.relate(fencing, action, relations.FIRST_IMPLIES_THEN)


def _is_harmless_probe(reading: Reading) -> bool:
    harmless = (h.OK, h.NOT_RUNNING, h.RUNNING_PROMOTED, h.DEGRADED, h.DEGRADED_PROMOTED)
    return reading.entry.is_probe and reading.rc in harmless


def _pass_over(reading: Reading) -> bool:
    """Return whether an expired entry says nothing; a recurring one is then scheduled anew."""
    resource, entry, node = reading.resource, reading.entry, reading.node
    if _is_masked(reading) and entry.rc != entry.expected_rc:
        if resource.orig_role <= roles.STOPPED:
            resource.orig_role = roles.UNKNOWN
        return True
    if reading.rc == entry.expected_rc:
        return False
    if entry.interval_ms == 0:
        return True
    if node.online and not node.unclean:
        resource.cluster.outdated.add(entry)
        return True
    return False


# What an exit code means


def remap(reading: Reading, expired: bool) -> None:
    """Decide from exit code and expectation whether the operation failed, and how hard."""
    resource, entry, node = reading.resource, reading.entry, reading.node
    if reading.rc in (h.DEGRADED, h.DEGRADED_PROMOTED):
        reading.rc = h.OK if reading.rc == h.DEGRADED else h.RUNNING_PROMOTED
        if not expired and (not node.shutdown or node.online):
            record(reading)
    if _is_masked(reading) and (reading.status != h.DONE or reading.rc != h.NOT_RUNNING):
        reading.status, reading.rc = h.DONE, h.NOT_RUNNING
    if reading.status in (h.NO_FENCE_DEVICE, h.NO_SECRETS):
        reading.status = h.ERROR_HARD
        return
    if reading.status not in (h.DONE, h.ERROR):
        return
    reading.status = h.DONE if reading.rc == entry.expected_rc else h.ERROR
    if reading.rc == h.NOT_RUNNING:
        _remap_not_running(reading)
    elif reading.rc == h.RUNNING_PROMOTED:
        if entry.is_probe:
            reading.status = h.DONE
        if not expired or reading.rc == entry.expected_rc:
            resource.orig_role = roles.PROMOTED
    elif reading.rc == h.FAILED_PROMOTED:
        if not expired:
            resource.orig_role = roles.PROMOTED
        reading.status = h.ERROR
    elif reading.rc == h.OK:
        if entry.is_probe and entry.expected_rc == h.NOT_RUNNING:
            reading.status = h.DONE
    else:
        _remap_hard(reading, expired)


def _remap_not_running(reading: Reading) -> None:
    resource, entry = reading.resource, reading.entry
    if entry.is_probe or entry.expected_rc == reading.rc or not resource.managed:
        reading.status = h.DONE
        resource.orig_role = roles.STOPPED
        reading.response = OnFail.IGNORE
        resource.next_role = roles.UNKNOWN


def _remap_hard(reading: Reading, expired: bool) -> None:
    if reading.rc == h.NOT_CONFIGURED:
        reading.status = h.ERROR_FATAL
    elif reading.rc == h.UNIMPLEMENTED and reading.entry.interval_ms:
        reading.status = h.NOT_SUPPORTED
    elif reading.rc in (h.UNIMPLEMENTED, h.AGENT_NOT_INSTALLED, h.INVALID_PARAMETER, h.INSUFFICIENT_PRIVILEGES):
        if not expired:
            _block_if_unrecoverable(reading)
        reading.status = h.ERROR_HARD
    elif reading.status == h.DONE:
        reading.status = h.ERROR


def _block_if_unrecoverable(reading: Reading) -> None:
    resource = reading.resource
    if reading.entry.task == "stop" and not fencing_needs.can_fence(resource.cluster, reading.node):
        resource.managed = False
        resource.blocked = True


# What an entry does to the resource


def set_active(resource: Resource) -> None:
    """Give the resource the least role that an active one has."""
    resource.orig_role = roles.UNPROMOTED if top(resource).promotable else roles.STARTED


_ROLE_AFTER = {
    "start": roles.STARTED,
    "stop": roles.STOPPED,
    "promote": roles.PROMOTED,
    "demote": roles.UNPROMOTED,
    "migrate_from": roles.STARTED,
}


def update_role(reading: Reading, rc: int) -> None:
    """Apply an operation that ended with this exit code as it should."""
    resource, entry = reading.resource, reading.entry
    clears = False
    if rc == h.AGENT_NOT_INSTALLED or _is_masked(reading):
        resource.orig_role = roles.STOPPED
    elif rc == h.NOT_RUNNING:
        clears = True
    elif entry.task == "monitor":
        clears = reading.last_failure is not None and reading.last_failure.key == entry.key
        if resource.orig_role < roles.STARTED:
            set_active(resource)
    elif entry.task in _ROLE_AFTER:
        clears = entry.task != "demote" or reading.response is OnFail.DEMOTE
        resource.orig_role = _ROLE_AFTER[entry.task]
    elif entry.task == "migrate_to":
        migrated.to_success(resource, reading.node, entry)
    elif resource.orig_role < roles.STARTED:
        set_active(resource)
    if clears:
        _clear_past_failure(reading)


def _clear_past_failure(reading: Reading) -> None:
    kept = reading.response in (OnFail.STOP, OnFail.BAN, OnFail.STANDBY, OnFail.FENCE)
    if kept or (reading.response is OnFail.RESET_REMOTE and reading.resource.reconnect_ms):
        return
    reading.response = OnFail.IGNORE
    reading.resource.next_role = roles.UNKNOWN


def _mask(reading: Reading) -> None:
    update_role(reading, reading.entry.expected_rc)
    record(reading)
    where.add_score(_ban_target(reading.resource), reading.node, -INFINITY, "masked-probe-failure")


def _pending(reading: Reading) -> None:
    resource, entry, node = reading.resource, reading.entry, reading.node
    if _failure_is_newer(entry, reading.last_failure):
        return
    if entry.task == "start":
        resource.start_pending = True
        set_active(resource)
    elif entry.task == "promote":
        resource.orig_role = roles.PROMOTED
    elif entry.task == "migrate_to" and node.unclean:
        target = resource.cluster.node(entry.migrate_target)
        if target is not None:
            request(resource, "stop", target, optional=False)
    if not resource.pending_action and not entry.is_probe:
        resource.pending_action = entry.task
        resource.pending_node = node


def _failure_is_newer(entry: HistoryEntry, failure: HistoryEntry | None) -> bool:
    if failure is None or failure.task != entry.task or failure.interval_ms != entry.interval_ms:
        return False
    if entry.last_change_s is None or failure.last_change_s is None:
        return False
    return failure.last_change_s >= entry.last_change_s


def _failed(reading: Reading) -> None:
    resource, entry, node = reading.resource, reading.entry, reading.node
    banned = _ban_target(resource)
    if reading.status == h.NOT_INSTALLED:
        response, role = on_fail.respond(resource, node, entry.task, entry.interval_ms)
        if response is OnFail.IGNORE:
            reading.response = OnFail.BAN
        where.add_score(banned, node, -INFINITY, "hard-error")
        _apply_failure(reading, response, role)
        return
    if reading.status == h.NOT_CONNECTED and node.remote is not None and node.remote.managed:
        node.remote.failed = node.remote.stop_if_failed = True
    response, role = on_fail.respond(resource, node, entry.task, entry.interval_ms)
    with_container = response is OnFail.RESTART_CONTAINER
    if response is OnFail.IGNORE or (with_container and entry.task == "stop"):
        update_role(reading, entry.expected_rc)
        resource.failure_ignored = True
        record(reading)
        if with_container and reading.response <= OnFail.RESTART:
            reading.response = response
        return
    _apply_failure(reading, response, role)
    if reading.status == h.ERROR_HARD:
        where.add_score(banned, node, -INFINITY, "hard-error")
    elif reading.status == h.ERROR_FATAL:
        where.add_score_everywhere(banned, -INFINITY, "fatal-error")


def _apply_failure(reading: Reading, response: OnFail, role: int) -> None:
    resource, entry, node, cluster = reading.resource, reading.entry, reading.node, reading.resource.cluster
    reading.last_failure = entry
    if cluster.options.symmetric or reading.rc != h.AGENT_NOT_INSTALLED:
        record(reading)
    reading.response = max(reading.response, response)
    if entry.task == "stop":
        where.add_score(resource, node, -INFINITY, "__stop_fail__")
    elif entry.task == "migrate_to":
        migrated.to_failure(resource, node, entry)
    elif entry.task == "migrate_from":
        migrated.from_failure(resource, node, entry)
    elif entry.task == "promote":
        resource.orig_role = roles.PROMOTED
    elif entry.task == "demote":
        _apply_failed_demote(reading, response)
    if entry.is_probe and reading.rc == h.AGENT_NOT_INSTALLED:
        resource.orig_role = roles.STOPPED
    elif resource.orig_role < roles.STARTED:
        set_active(resource)
    if role != roles.STARTED and resource.next_role < role:
        resource.next_role = role
    if role == roles.STOPPED:
        outer = top(resource)
        where.ban_everywhere(outer if is_anonymous_clone(outer) else resource, "on-fail=stop")


def _apply_failed_demote(reading: Reading, response: OnFail) -> None:
    resource = reading.resource
    if response is OnFail.BLOCK:
        resource.orig_role = roles.PROMOTED
        resource.next_role = roles.STOPPED
    elif reading.rc == h.NOT_RUNNING:
        resource.orig_role = roles.STOPPED
    else:
        resource.orig_role = roles.UNPROMOTED
