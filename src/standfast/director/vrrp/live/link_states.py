"""Whether an interface has a link, by system call: the registers of its transceiver, its driver's word, its flags.

Source: linux/sockios.h, mii.h, ethtool.h; netdevice(7).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import socket
import struct

from standfast.director.vrrp.linkbeat import mii_link
from standfast.director.vrrp.links import LinkMethod
from standfast.director.vrrp.rtnetlink_messages import LinkFlag

_FLAGS, _ETHTOOL, _MII_PHY, _MII_REGISTER = 0x8913, 0x8946, 0x8947, 0x8948
"""SIOCGIFFLAGS, SIOCETHTOOL, SIOCGMIIPHY, SIOCGMIIREG."""
_GET_LINK = 0x0A
"""ETHTOOL_GLINK."""
_CONTROL, _STATUS = 0, 1
"""MII_BMCR, MII_BMSR."""
_REQUEST = struct.Struct("@16s24x")
_MII = struct.Struct("@16sHHHH16x")
_WITH_POINTER = struct.Struct("@16sP16x")
_WITH_FLAGS = struct.Struct("@16sh22x")


class LinkStates:
    """Asks through one socket."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._value = (ctypes.c_uint32 * 2)()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def ask(self, interface: str, method: LinkMethod) -> bool | None:
        """Return whether an interface has a link, by this method; None: it cannot say."""
        name = interface.encode()[:15]
        match method:
            case LinkMethod.MII:
                return self._mii(name)
            case LinkMethod.ETHTOOL:
                return self._ethtool(name)
            case LinkMethod.IOCTL:
                return self._flags(name)

    def _mii(self, name: bytes) -> bool | None:
        try:
            _, phy, *_ = _MII.unpack(fcntl.ioctl(self._socket, _MII_PHY, _REQUEST.pack(name)))
            return mii_link(*(self._register(name, phy, number) for number in (_CONTROL, _STATUS, _STATUS)))
        except OSError:
            return None

    def _register(self, name: bytes, phy: int, number: int) -> int:
        return int(_MII.unpack(fcntl.ioctl(self._socket, _MII_REGISTER, _MII.pack(name, phy, number, 0, 0)))[4])

    def _ethtool(self, name: bytes) -> bool | None:
        self._value[0], self._value[1] = _GET_LINK, 0
        try:
            fcntl.ioctl(self._socket, _ETHTOOL, _WITH_POINTER.pack(name, ctypes.addressof(self._value)))
        except OSError:
            return None
        return bool(self._value[1])

    def _flags(self, name: bytes) -> bool | None:
        try:
            flags = int(_WITH_FLAGS.unpack(fcntl.ioctl(self._socket, _FLAGS, _REQUEST.pack(name)))[1])
        except OSError as error:
            return False if error.errno == errno.ENODEV else None
        return flags & LinkFlag.UP != 0 and flags & LinkFlag.RUNNING != 0
