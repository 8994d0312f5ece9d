"""The transition as a diagram."""

from __future__ import annotations

from standfast.transition import Diagram, Edge, Vertex, diagram


def test_actions_and_what_they_wait_for() -> None:
    """An administrator could not draw a transition."""
    found = diagram.render(
        Diagram(
            (
                Vertex("a_start_0 n1"),
                Vertex("g_start_0", font="orange"),
                Vertex("b_stop_0 n1", bold=False, color="red"),
            ),
            (Edge("g_start_0", "a_start_0 n1"), Edge("b_stop_0 n1", "a_start_0 n1", bold=False)),
        )
    )
    assert found.splitlines() == [
        ' digraph "g" {',
        '"a_start_0 n1" [ style=bold color="green" fontcolor="black"]',
        '"g_start_0" [ style=bold color="green" fontcolor="orange"]',
        '"b_stop_0 n1" [ style=dashed color="red" fontcolor="black"]',
        '"g_start_0" -> "a_start_0 n1" [ style = bold]',
        '"b_stop_0 n1" -> "a_start_0 n1" [ style = dashed]',
        "}",
    ]
