"""What the processes beside the director share: those that must not be late, VRRP's and BFD's."""

from standfast.director.realtime import channel
from standfast.director.realtime.channel import Inbox, pack

__all__ = ["Inbox", "channel", "pack"]
