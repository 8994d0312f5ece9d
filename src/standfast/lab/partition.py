"""How an operator says which nodes are cut from which."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from standfast.errors import Exit, RequestError


def parse(words: Sequence[str], names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the parts that `n1 n2|n3` names, each in the order given.

    One part alone is cut from all others: `n3` is `n1 n2|n3`. The client stays with the first part.
    Raises: RequestError if a node is unknown, named twice or not named.
    """
    parts = [part.split() for part in " ".join(words).split("|")]
    named = [name for part in parts for name in part]
    _check(parts, named, names)
    rest = [name for name in names if name not in named]
    if len(parts) == 1:
        parts.insert(0, rest)
    elif rest:
        raise RequestError(f"on which side is {', '.join(rest)}?", Exit.USAGE)
    return tuple(tuple(part) for part in parts if part)


def _check(parts: Sequence[Sequence[str]], named: Sequence[str], names: Collection[str]) -> None:
    if not all(parts):
        raise RequestError("a part without a node; expected for example: n1 n2|n3", Exit.USAGE)
    for name in named:
        if name not in names:
            raise RequestError(f"no node {name!r}; there are {', '.join(names)}", Exit.NO_SUCH)
        if named.count(name) > 1:
            raise RequestError(f"{name} is named twice", Exit.USAGE)
