"""How machines become members of a cluster, and how the members' files stay the same."""

from standfast.enrolment import admission, agreement, group, messages, tokens

__all__ = ["admission", "agreement", "group", "messages", "tokens"]
