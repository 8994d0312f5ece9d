"""`crm_simulate` as a function: what is printed and saved."""

from __future__ import annotations

import pytest
from lxml import etree

from standfast import cib, transition
from standfast.dialects import crm_simulate

NOW_S = 1_700_000_000


def run(document: cib.Document, *argv: str) -> crm_simulate.Output:
    return crm_simulate.run(crm_simulate.parse(argv), document, NOW_S)


def test_the_status_alone(document) -> None:
    """An administrator would not see what the cluster's state is."""
    assert run(document).stdout == (
        "Current cluster status:\n"
        "  * Node List:\n"
        "    * Online: [ n1 n2 ]\n"
        "\n"
        "  * Full List of Resources:\n"
        "    * a\t(ocf:pacemaker:Dummy):\t Stopped\n"
    )


def test_what_would_be_done(document) -> None:
    """An administrator could not try a change before it is made."""
    assert "Transition Summary:\n  * Start      a       (    n1 )\n" in run(document, "-R").stdout


def test_what_would_become_of_it(document) -> None:
    """A transition could not be looked at to its end."""
    output = run(document, "-S")
    executing, revised = output.stdout.split("Executing Cluster Transition:\n")[1].split("\nRevised Cluster Status:\n")
    assert executing.splitlines() == [
        "  * Resource action: a               monitor on n2",
        "  * Resource action: a               monitor on n1",
        "  * Resource action: a               start on n1",
        "  * Resource action: a               monitor=10000 on n1",
    ]
    assert "    * a\t(ocf:pacemaker:Dummy):\t Started n1\n" in revised
    after = cib.Document.parse(output.files["save_output"])
    assert run(after, "-R").stdout.endswith("Transition Summary:\n")


def test_quiet_is_quiet(document) -> None:
    """Scripts would have to filter what they did not ask for."""
    assert run(document, "-R", "-Q").stdout == ""
    lines = run(document, "-R", "-Q", "-s").stdout.splitlines()
    assert [line for line in lines if line] == [
        "pcmk__primitive_assign: a allocation score on n1: 0",
        "pcmk__primitive_assign: a allocation score on n2: 0",
    ]


def test_the_graph_and_the_diagram(document) -> None:
    """What the cluster would do could not be kept or drawn."""
    files = run(document, "-R", "-G", "graph", "-D", "dot").files
    assert {a.operation_key for a in transition.xml.parse(files["save_graph"]).actions()} >= {
        "a_start_0",
        "a_monitor_10000",
    }
    assert b'"a_start_0 n1" -> "a_monitor_10000 n1" [ style = bold]' in files["save_dotfile"]


def test_the_document_is_not_changed(document) -> None:
    """A simulation would change the cluster."""
    before = document.render()
    run(document, "-S", "-d", "n1", "-i", "a_monitor_0@n2=0")
    assert document.render() == before


def test_another_time(document) -> None:
    """Rules that depend on the time could not be tried."""
    assert run(document, "-t", "2024-02-03 04:05:06Z").stdout.startswith(
        "Setting effective cluster time: 2024-02-03 04:05:06Z\n"
    )


def test_a_circle_of_constraints_is_told(document) -> None:
    """An administrator would wonder why nothing happens."""
    section = document.section("constraints")
    section.append(etree.fromstring('<rsc_order id="o1" first="a" then="b"/>'))
    section.append(etree.fromstring('<rsc_order id="o2" first="b" then="a"/>'))
    document.section("resources").append(
        etree.fromstring('<primitive id="b" class="ocf" provider="pacemaker" type="Dummy"/>')
    )
    output = run(document, "-S")
    assert "scheduler.impossible" in output.stderr
    assert output.exit_status == 0


@pytest.mark.parametrize("argv", [["--nonsense"], ["-N", "many"], ["-x"]])
def test_what_is_not_understood_is_refused(argv: list[str]) -> None:
    """A typing error would run something else."""
    with pytest.raises(crm_simulate.UsageError, match="crm_simulate"):
        crm_simulate.parse(argv)
