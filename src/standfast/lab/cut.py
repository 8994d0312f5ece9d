"""How an operator says which nodes are cut from which."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from standfast.errors import Exit, RequestError


def parse(words: Sequence[str], names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Return the components that `n1 n2|n3` names, each in the order given.

    One component alone is cut from all others: `n3` is `n1 n2|n3`. The client stays with the first component.
    Raises: RequestError if a node is unknown, named twice or not named.
    """
    components = [component.split() for component in " ".join(words).split("|")]
    named = [name for component in components for name in component]
    _check(components, named, names)
    rest = [name for name in names if name not in named]
    if len(components) == 1:
        components.insert(0, rest)
    elif rest:
        raise RequestError(f"on which side is {', '.join(rest)}?", Exit.USAGE)
    return tuple(tuple(component) for component in components if component)


def _check(components: Sequence[Sequence[str]], named: Sequence[str], names: Collection[str]) -> None:
    if not all(components):
        raise RequestError("a component without a node; expected for example: n1 n2|n3", Exit.USAGE)
    for name in named:
        if name not in names:
            raise RequestError(f"no node {name!r}; there are {', '.join(names)}", Exit.NO_SUCH)
        if named.count(name) > 1:
            raise RequestError(f"{name} is named twice", Exit.USAGE)
