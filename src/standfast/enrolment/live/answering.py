"""What a member answers to the others' questions: its corosync.conf, facts of itself, what a command printed."""

from __future__ import annotations

import subprocess
import time

import msgspec

from standfast import __version__
from standfast.dialects import corosync
from standfast.enrolment import group, requests
from standfast.enrolment.live import programs, staging
from standfast.enrolment.live.places import BYTES_MAX, Places
from standfast.errors import LiveError, StandfastError
from standfast.messaging.live import corosync_facts


def answer(places: Places, question: group.Ask) -> group.Performed:
    """Return the answer; blocks for as long as it takes."""
    try:
        match question.what:
            case "conf":
                return group.Performed(question.id, places.tree().text)
            case "facts":
                return group.Performed(question.id, msgspec.json.encode(facts(places)).decode())
            case "run":
                return _run(question)
    except StandfastError as error:
        return group.Performed(question.id, "", str(error))
    return group.Performed(question.id, "", f"this member does not know the question {question.what}")


def facts(places: Places) -> requests.Facts:
    """Return what a member says of itself. Raises: StandfastError."""
    tree = places.tree()
    return requests.Facts(
        standfast=__version__,
        corosync=programs.corosync_version(),
        digest=staging.digest(tree.text.encode(errors="surrogateescape")),
        config_version=corosync.conf(tree).config_version,
        quorate=corosync_facts.quorum().quorate,
        wall_s=time.time(),
        links_down=_links_down(tree),
        mistakes=[str(report) for report in corosync.reports(tree)],
    )


def _links_down(tree: corosync.Tree) -> list[str]:
    """Return the links that are down; only knet knows."""
    if corosync.conf(tree).transport != "knet":
        return []
    try:
        return [f"{x.node} link {x.link}" for x in corosync_facts.links() if not x.connected]
    except LiveError as error:
        return [str(error)]


def _run(question: group.Ask) -> group.Performed:
    try:
        done = subprocess.run(
            list(question.words), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=question.timeout_s, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return group.Performed(question.id, "", f"not done within {question.timeout_s:g} s: killed")
    except OSError as error:
        return group.Performed(question.id, "", f"{question.words[0]}: {error.strerror}")
    text = done.stdout[: BYTES_MAX // 4].decode(errors="replace")
    return group.Performed(question.id, text, f"status {done.returncode}" if done.returncode else "")
