"""ipvsadm: its command lines and rules, to the director's nouns and back."""

from standfast.dialects.ipvsadm.commands import Request, UsageError, parse
from standfast.dialects.ipvsadm.program import Ipvsadm, Output
from standfast.dialects.ipvsadm.values import Names, NoNames

__all__ = ["Ipvsadm", "Names", "NoNames", "Output", "Request", "UsageError", "parse"]
