"""libcpg, libquorum, libvotequorum, libcmap and libcfg as they are declared in the headers of Corosync 3.1.

Every function used here has its argument and result types declared: ctypes would pass 64-bit handles as `int`.
Nothing is loaded before `load`, so that a machine without Corosync can import this module.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from standfast.errors import LiveError

OK = 1
LIBRARY = 2
TRY_AGAIN = 6
INVALID = 7
NOT_EXIST = 12
NO_SECTIONS = 27

DISPATCH_ONE_NONBLOCKING = 4
TRACK_CURRENT = 1
TRACK_CHANGES = 2
GUARANTEE_AGREED = 2
CPG_MODEL_V1 = 1
CPG_DELIVER_INITIAL_TOTEM_CONF = 1
QUORUM_MODEL_V1 = 1

INFO_TWO_NODE = 1
INFO_WAIT_FOR_ALL = 4
VALUE_INT8 = 1
VALUE_UINT32 = 6
VALUE_UINT64 = 8
VALUE_FLOAT = 9
VALUE_DOUBLE = 10
VALUE_STRING = 11
KEY_BYTES_MAX = 255
MAP_CONFIGURATION = 0
MAP_STATISTICS = 1
SHUTDOWN_REQUEST = 0
SHUTDOWN_REGARDLESS = 1

handle_t = ctypes.c_uint64
u32 = ctypes.c_uint32
u64 = ctypes.c_uint64
_int = ctypes.c_int
_ptr = ctypes.c_void_p
_size = ctypes.c_size_t
_out_handle = ctypes.POINTER(handle_t)


class CpgName(ctypes.Structure):
    """struct cpg_name."""

    _fields_ = (("length", u32), ("value", ctypes.c_char * 128))


class CpgAddress(ctypes.Structure):
    """struct cpg_address."""

    _fields_ = (("nodeid", u32), ("pid", u32), ("reason", u32))


class RingId(ctypes.Structure):
    """struct cpg_ring_id, struct quorum_ring_id, votequorum_ring_id_t."""

    _fields_ = (("nodeid", u32), ("seq", u64))


class Iovec(ctypes.Structure):
    """struct iovec."""

    _fields_ = (("base", ctypes.c_char_p), ("len", _size))


class VotequorumInfo(ctypes.Structure):
    """struct votequorum_info."""

    _fields_ = (
        *((name, ctypes.c_uint) for name in (
            "node_id", "node_state", "node_votes", "node_expected_votes", "highest_expected", "total_votes", "quorum",
            "flags", "qdevice_votes",
        )),
        ("qdevice_name", ctypes.c_char * 255),
    )  # fmt: skip


_addresses = ctypes.POINTER(CpgAddress)
_ids = ctypes.POINTER(u32)

CpgDeliver = ctypes.CFUNCTYPE(None, handle_t, _ptr, u32, u32, _ptr, _size)
CpgConfchg = ctypes.CFUNCTYPE(None, handle_t, _ptr, _addresses, _size, _addresses, _size, _addresses, _size)
CpgTotemConfchg = ctypes.CFUNCTYPE(None, handle_t, RingId, u32, _ids)
QuorumNotify = ctypes.CFUNCTYPE(None, handle_t, u32, RingId, u32, _ids)
QuorumNodelist = ctypes.CFUNCTYPE(None, handle_t, RingId, u32, _ids, u32, _ids, u32, _ids)
VotesNotify = ctypes.CFUNCTYPE(None, handle_t, u64, u32, u32, _ptr)
VotesExpected = ctypes.CFUNCTYPE(None, handle_t, u64, u32)
VotesNodelist = ctypes.CFUNCTYPE(None, handle_t, u64, RingId, u32, _ids)


class CpgModel(ctypes.Structure):
    """cpg_model_v1_data_t."""

    _fields_ = (
        ("model", _int),
        ("deliver", CpgDeliver),
        ("confchg", CpgConfchg),
        ("totem_confchg", CpgTotemConfchg),
        ("flags", ctypes.c_uint),
    )


class QuorumModel(ctypes.Structure):
    """quorum_model_v1_data_t."""

    _fields_ = (("model", _int), ("quorum", QuorumNotify), ("nodelist", QuorumNodelist))


class VotequorumCallbacks(ctypes.Structure):
    """votequorum_callbacks_t."""

    _fields_ = (("quorum", VotesNotify), ("expected", VotesExpected), ("nodelist", VotesNodelist))


_CPG = {
    "cpg_model_initialize": (_out_handle, _int, ctypes.POINTER(CpgModel), _ptr),
    "cpg_finalize": (handle_t,),
    "cpg_fd_get": (handle_t, ctypes.POINTER(_int)),
    "cpg_dispatch": (handle_t, _int),
    "cpg_join": (handle_t, ctypes.POINTER(CpgName)),
    "cpg_leave": (handle_t, ctypes.POINTER(CpgName)),
    "cpg_local_get": (handle_t, ctypes.POINTER(ctypes.c_uint)),
    "cpg_max_atomic_msgsize_get": (handle_t, ctypes.POINTER(u32)),
    "cpg_mcast_joined": (handle_t, _int, ctypes.POINTER(Iovec), ctypes.c_uint),
}
_QUORUM = {
    "quorum_model_initialize": (_out_handle, _int, ctypes.POINTER(QuorumModel), ctypes.POINTER(u32), _ptr),
    "quorum_finalize": (handle_t,),
    "quorum_fd_get": (handle_t, ctypes.POINTER(_int)),
    "quorum_dispatch": (handle_t, _int),
    "quorum_trackstart": (handle_t, ctypes.c_uint),
}
_VOTEQUORUM = {
    "votequorum_initialize": (_out_handle, ctypes.POINTER(VotequorumCallbacks)),
    "votequorum_finalize": (handle_t,),
    "votequorum_fd_get": (handle_t, ctypes.POINTER(_int)),
    "votequorum_dispatch": (handle_t, _int),
    "votequorum_trackstart": (handle_t, u64, ctypes.c_uint),
    "votequorum_getinfo": (handle_t, ctypes.c_uint, ctypes.POINTER(VotequorumInfo)),
    "votequorum_setexpected": (handle_t, ctypes.c_uint),
    "votequorum_setvotes": (handle_t, ctypes.c_uint, ctypes.c_uint),
}
_CMAP = {
    "cmap_initialize": (_out_handle,),
    "cmap_initialize_map": (_out_handle, _int),
    "cmap_set_uint8": (handle_t, ctypes.c_char_p, ctypes.c_uint8),
    "cmap_finalize": (handle_t,),
    "cmap_get": (handle_t, ctypes.c_char_p, _ptr, ctypes.POINTER(_size), ctypes.POINTER(_int)),
    "cmap_set_uint64": (handle_t, ctypes.c_char_p, u64),
    "cmap_iter_init": (handle_t, ctypes.c_char_p, _out_handle),
    "cmap_iter_next": (handle_t, handle_t, ctypes.c_char_p, ctypes.POINTER(_size), ctypes.POINTER(_int)),
    "cmap_iter_finalize": (handle_t, handle_t),
}
_CFG = {
    "corosync_cfg_initialize": (_out_handle, _ptr),
    "corosync_cfg_finalize": (handle_t,),
    "corosync_cfg_reload_config": (handle_t,),
    "corosync_cfg_try_shutdown": (handle_t, ctypes.c_uint32),
}
_LIBRARIES: dict[str, tuple[str, Mapping[str, tuple[Any, ...]]]] = {
    "libcpg.so.4": ("libcpg4", _CPG),
    "libquorum.so.5": ("libquorum5", _QUORUM),
    "libvotequorum.so.8": ("libvotequorum8", _VOTEQUORUM),
    "libcmap.so.4": ("libcmap4", _CMAP),
    "libcfg.so.7": ("libcfg7", _CFG),
}
_WORDS = {
    LIBRARY: "no Corosync answers",
    INVALID: "Corosync does not take this value",
    10: "it refuses this just now",
    21: "Corosync refused; its log says why",
    5: "it takes too long",
    TRY_AGAIN: "Corosync is busy",
    11: "Corosync does not admit this user",
    NOT_EXIST: "there is no such thing",
    18: "Corosync has no resources left",
    19: "this Corosync does not have it",
    100: "Corosync does not admit this user",
}


class CorosyncError(LiveError):
    """A call of a Corosync library failed. `code` is its cs_error_t."""

    def __init__(self, call: str, code: int) -> None:
        self.code = code
        super().__init__(f"{call}: {_WORDS.get(code, 'error')} ({code})")


class Libraries(msgspec.Struct, frozen=True):
    """The functions, by name."""

    functions: dict[str, Callable[..., int]]

    def code(self, name: str, *arguments: Any) -> int:
        """Call and return the cs_error_t."""
        return self.functions[name](*arguments)

    def call(self, name: str, *arguments: Any) -> None:
        """Call. Raises: CorosyncError unless it is CS_OK."""
        code = self.functions[name](*arguments)
        if code != OK:
            raise CorosyncError(name, code)


@functools.cache
def load() -> Libraries:
    """Return the libraries, loaded once. Raises: LiveError that names the package if one is missing."""
    functions: dict[str, Callable[..., int]] = {}
    for file, (package, table) in _LIBRARIES.items():
        try:
            library = ctypes.CDLL(file)
        except OSError:
            raise LiveError(f"{file} is missing: install corosync ({package})") from None
        for name, arguments in table.items():
            function = getattr(library, name)
            function.argtypes, function.restype = arguments, _int
            functions[name] = function
    return Libraries(functions)


_from_memory = ctypes.pythonapi.PyMemoryView_FromMemory
_from_memory.argtypes, _from_memory.restype = (_ptr, ctypes.c_ssize_t, _int), ctypes.py_object
_READ_ONLY = 0x100  # PyBUF_READ


def view(address: int, size: int) -> memoryview:
    """Return memory as it lies there: to be released before it is somebody else's."""
    found: memoryview = _from_memory(address, size, _READ_ONLY)
    return found
