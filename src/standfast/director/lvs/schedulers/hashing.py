"""The kernel's hash functions that LVS schedulers use."""

from __future__ import annotations

from standfast.director.lvs.services import Address

_MASK = 0xFFFFFFFFFFFFFFFF
_GOLDEN_RATIO_32 = 0x61C88647


def folded(address: Address) -> int:
    """Return 32 bits of an address: IPv4 as it is, the four words of IPv6 exclusive-ored."""
    value = int(address)
    return (value >> 96 ^ value >> 64 ^ value >> 32 ^ value) & 0xFFFFFFFF


def hash_32(value: int, bits: int = 8) -> int:
    """Return the upper bits of a multiplicative hash. Source: linux/hash.h, hash_32."""
    return (value * _GOLDEN_RATIO_32 & 0xFFFFFFFF) >> (32 - bits)


def _rotated(value: int, bits: int) -> int:
    return (value << bits | value >> (64 - bits)) & _MASK


def _round(v0: int, v1: int, v2: int, v3: int) -> tuple[int, int, int, int]:
    v0 = (v0 + v1) & _MASK
    v1 = _rotated(v1, 13) ^ v0
    v2 = (v2 + v3) & _MASK
    v3 = _rotated(v3, 16) ^ v2
    v0 = (_rotated(v0, 32) + v3) & _MASK
    v3 = _rotated(v3, 21) ^ v0
    v2 = (v2 + v1) & _MASK
    v1 = _rotated(v1, 17) ^ v2
    return v0, v1, _rotated(v2, 32), v3


def half_siphash(value: int, key: tuple[int, int]) -> int:
    """Return the low 32 bits of SipHash-1-3 over one 32-bit word, as 64-bit kernels have it. Source: lib/siphash.c."""
    block = 4 << 56 | value & 0xFFFFFFFF
    v0, v1 = 0x736F6D6570736575 ^ key[0], 0x646F72616E646F6D ^ key[1]
    v2, v3 = 0x6C7967656E657261 ^ key[0], 0x7465646279746573 ^ key[1]
    v0, v1, v2, v3 = _round(v0, v1, v2, v3 ^ block)
    v0, v2 = v0 ^ block, v2 ^ 0xFF
    for _ in range(3):
        v0, v1, v2, v3 = _round(v0, v1, v2, v3)
    return (v0 ^ v1 ^ v2 ^ v3) & 0xFFFFFFFF
