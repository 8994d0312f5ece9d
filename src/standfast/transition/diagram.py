"""The transition as a diagram: actions and what they wait for, in the dot language."""

from __future__ import annotations

import msgspec


class Vertex(msgspec.Struct, frozen=True):
    """An action in a diagram. One that is not done is not `bold`."""

    name: str
    bold: bool = True
    color: str = "green"
    font: str = "black"


class Edge(msgspec.Struct, frozen=True):
    """One action before another; `bold` where the graph has it as an input."""

    first: str
    then: str
    bold: bool = True


class Diagram(msgspec.Struct, frozen=True):
    """What `render` draws."""

    vertices: tuple[Vertex, ...] = ()
    edges: tuple[Edge, ...] = ()


def render(diagram: Diagram) -> str:
    """Return the diagram as dot text. Source: `crm_simulate --save-dotfile`."""
    lines = [' digraph "g" {']
    for vertex in diagram.vertices:
        style = "bold" if vertex.bold else "dashed"
        lines.append(f'"{vertex.name}" [ style={style} color="{vertex.color}" fontcolor="{vertex.font}"]')
    for edge in diagram.edges:
        lines.append(f'"{edge.first}" -> "{edge.then}" [ style = {"bold" if edge.bold else "dashed"}]')
    return "\n".join([*lines, "}"]) + "\n"
