"""The director: virtual services spread over real servers."""

from standfast.director import lvs

__all__ = ["lvs"]
