"""What totem's timeouts come to, and what each means: how long a dead node is believed, how long agreement takes.

Source: totem_volatile_config_read in `exec/totemconfig.c` of Corosync 3.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from standfast.dialects.corosync import nouns
from standfast.dialects.corosync.tree import Tree

TOKEN_MS = 3000
COEFFICIENT_MS = 650
RETRANSMITS = 4
# The kernel's HZ as Corosync was built with it.
MINIMUM_MS = 30
MINIMUM_HOLD_MS = 14


@dataclass(frozen=True, slots=True)
class Timeouts:
    """The timeouts as Corosync uses them, ms."""

    token_ms: int
    retransmit_ms: int
    hold_ms: int
    consensus_ms: int
    join_ms: int
    ping_timeout_ms: int
    ping_interval_ms: int

    def meanings(self) -> tuple[tuple[str, int, str], ...]:
        """Return name, ms and what it means to an operator."""
        return (
            ("token", self.token_ms, "a node that is silent for this long is lost"),
            ("token_retransmit", self.retransmit_ms, "the token is sent again after this"),
            ("hold", self.hold_ms, "an idle ring holds the token for this"),
            ("consensus", self.consensus_ms, "after a loss the rest agrees within this"),
            ("join", self.join_ms, "join messages are awaited for this"),
            ("loss to new membership", self.token_ms + self.consensus_ms, "at most, until the survivors act"),
            ("knet_ping_timeout", self.ping_timeout_ms, "a link that is silent for this long is down"),
            ("knet_ping_interval", self.ping_interval_ms, "a link is asked this often"),
        )


def effective(tree: Tree) -> Timeouts:
    """Return the timeouts of a file; wrong values stand as their defaults."""

    def given(key: str, default: int) -> int:
        return nouns.number(tree.value("totem", key)) or default  # 0 is the default, too

    nodes = sum(1 for _ in tree.root.named("nodelist", "node"))
    token = given("token", TOKEN_MS) + max(nodes - 2, 0) * nouns.number(
        tree.value("totem", "token_coefficient"), COEFFICIENT_MS
    )
    retransmits = given("token_retransmits_before_loss_const", RETRANSMITS)
    retransmit = given("token_retransmit", int(token / (retransmits + 0.2)))
    pongs = nouns.number(tree.value("totem", "interface", "knet_pong_count"), 2) or 2
    return Timeouts(
        token_ms=token,
        retransmit_ms=retransmit,
        hold_ms=given("hold", int(retransmit * 0.8 - 10)),
        consensus_ms=given("consensus", int(1.2 * token)),
        join_ms=given("join", 50),
        ping_timeout_ms=nouns.number(tree.value("totem", "interface", "knet_ping_timeout")) or token // pongs,
        ping_interval_ms=nouns.number(tree.value("totem", "interface", "knet_ping_interval")) or token // (2 * pongs),
    )
