"""What Corosync's map (cmap) says: who this node is, how nodes are called, the highest view of this node."""

from __future__ import annotations

import ctypes
import struct
import sys

import msgspec

from standfast.messaging.live import corosync_bindings as cs

_VIEW_KEY = b"standfast.view_sequence"


class Identity(msgspec.Struct, frozen=True):
    """This node, and the cluster's name."""

    node_id: int
    node: str
    cluster: str


class Map:
    """One connection to cmap. Every call may block for as long as Corosync does."""

    def __init__(self, which: int = cs.MAP_CONFIGURATION) -> None:
        self._lib = cs.load()
        handle = cs.handle_t()
        self._lib.call("cmap_initialize_map", ctypes.byref(handle), which)
        self._handle = handle.value

    def close(self) -> None:
        """Give the connection back."""
        self._lib.code("cmap_finalize", self._handle)

    def text(self, key: str) -> str:
        """Return a string, empty if there is none. Raises: CorosyncError."""
        size, kind, value = ctypes.c_size_t(1024), ctypes.c_int(), ctypes.create_string_buffer(1024)
        code = self._lib.code(
            "cmap_get", self._handle, key.encode(), value, ctypes.byref(size), ctypes.byref(kind)
        )  # fmt: skip
        if code == cs.NOT_EXIST:
            return ""
        if code != cs.OK:
            raise cs.CorosyncError("cmap_get", code)
        return value.value.decode(errors="replace") if kind.value == cs.VALUE_STRING else ""

    def number(self, key: str) -> int:
        """Return an unsigned number, 0 if there is none. Raises: CorosyncError."""
        size, kind, value = ctypes.c_size_t(8), ctypes.c_int(), cs.u64()
        code = self._lib.code(
            "cmap_get", self._handle, key.encode(), ctypes.byref(value), ctypes.byref(size), ctypes.byref(kind)
        )  # fmt: skip
        if code == cs.NOT_EXIST:
            return 0
        if code != cs.OK:
            raise cs.CorosyncError("cmap_get", code)
        return value.value if kind.value in (cs.VALUE_UINT32, cs.VALUE_UINT64) else 0

    def value(self, key: str) -> str | int | float | None:
        """Return a value of whatever kind, None if there is none. Raises: CorosyncError."""
        size, kind, value = ctypes.c_size_t(4096), ctypes.c_int(), ctypes.create_string_buffer(4096)
        code = self._lib.code(
            "cmap_get", self._handle, key.encode(), value, ctypes.byref(size), ctypes.byref(kind)
        )  # fmt: skip
        if code == cs.NOT_EXIST:
            return None
        if code != cs.OK:
            raise cs.CorosyncError("cmap_get", code)
        return _decoded(value.raw[: size.value], kind.value)

    def set_flag(self, key: str, value: int) -> None:
        """Set a number of eight bits. Raises: CorosyncError."""
        self._lib.call("cmap_set_uint8", self._handle, key.encode(), value)

    def keys(self, prefix: str) -> list[str]:
        """Return the keys that begin so. Raises: CorosyncError."""
        iterator = cs.handle_t()
        self._lib.call("cmap_iter_init", self._handle, prefix.encode(), ctypes.byref(iterator))
        name = ctypes.create_string_buffer(cs.KEY_BYTES_MAX + 1)
        size, kind, found = ctypes.c_size_t(), ctypes.c_int(), []
        while self._lib.code(
            "cmap_iter_next", self._handle, iterator, name, ctypes.byref(size), ctypes.byref(kind)
        ) == cs.OK:  # fmt: skip
            found.append(name.value.decode(errors="replace"))
        self._lib.code("cmap_iter_finalize", self._handle, iterator)
        return found

    def names(self) -> dict[int, str]:
        """Return the nodes' names by their ids: `name`, or the first link's address where there is none."""
        found = {}
        for key in self.keys("nodelist.node."):
            if key.endswith(".nodeid"):
                stem = key.removesuffix(".nodeid")
                node_id = self.number(key)
                found[node_id] = self.text(f"{stem}.name") or self.text(f"{stem}.ring0_addr") or str(node_id)
        return found

    @property
    def view_sequence(self) -> int:
        """Return the highest view that a daemon of this node had since Corosync started."""
        return self.number(_VIEW_KEY.decode())

    @view_sequence.setter
    def view_sequence(self, sequence: int) -> None:
        self._lib.call("cmap_set_uint64", self._handle, _VIEW_KEY, sequence)

    def identity(self) -> Identity:
        """Return who this node is. Raises: CorosyncError."""
        node_id = self.number("runtime.votequorum.this_node_id")
        return Identity(node_id, self.names().get(node_id, str(node_id)), self.text("totem.cluster_name"))


def _decoded(data: bytes, kind: int) -> str | int | float:
    """Return a value of the map. Source: cmap_value_types_t of corosync/cmap.h."""
    if kind in (cs.VALUE_FLOAT, cs.VALUE_DOUBLE):
        return float(struct.unpack("=f" if kind == cs.VALUE_FLOAT else "=d", data)[0])
    if cs.VALUE_INT8 <= kind <= cs.VALUE_UINT64:  # signed and unsigned in turns
        return int.from_bytes(data, sys.byteorder, signed=bool(kind % 2))
    return data.rstrip(b"\0").decode(errors="replace")


def read_identity() -> Identity:
    """Return who this node is, as the local Corosync says; blocks. Raises: CorosyncError; LiveError if it is not
    installed."""
    connection = Map()
    try:
        return connection.identity()
    finally:
        connection.close()
