"""crm_attribute, crm_master, crm_standby: outputs and exit statuses as Pacemaker 2.1.5's, measured."""

from __future__ import annotations

import pytest

MISSING = "crm_attribute: Error performing operation: No such device or address\n"


@pytest.mark.parametrize(
    ("line", "out"),
    [
        ("crm_attribute -N n1 -n office -G", "scope=nodes  name=office value=back\n"),
        ("crm_attribute -N n1 -n office -G -q", "back\n"),
        ("crm_attribute --node=n1 --name office --query --quiet", "back\n"),
        ("crm_attribute -N n1 -n nope -G -q -d x", "x\n"),
        ("crm_attribute -N n1 -n nope -G -d x", "scope=nodes  name=nope value=x\n"),
        ("crm_attribute -N n1 -l reboot -n pingd -G", "scope=status  name=pingd value=1000\n"),
        ("crm_attribute -N n1 -l reboot --name pingd --quiet", "1000\n"),
        ("crm_attribute --type crm_config --name stonith-enabled --query --quiet", "false\n"),
        ("crm_attribute -n stonith-enabled -G", "scope=crm_config  name=stonith-enabled value=false\n"),
        ("crm_attribute --type crm_config --name nope --query --quiet --default=true", "true\n"),
        ("crm_attribute -n mysql_REPL_INFO -s mysql_replication -G -q", "n1|bin.1|44\n"),
        ("crm_attribute -N n1 -z -n cpu -G -q", "4\n"),
        ("crm_attribute --quiet -t nodes --node n1 -z -n cpu", "4\n"),
        ("crm_attribute -p db -N n1 -G", "scope=status  name=master-db value=10\n"),
        ("crm_attribute -G -N n1", "scope=nodes  name=office value=back\n"),
        ("crm_attribute -N n1 -n office -v front -G", "scope=nodes  name=office value=back\n"),
        ("crm_attribute -l forever -n office -G --quiet", "back\n"),
        ("crm_master -r db -N n1 -l reboot -G -q", "10\n"),
        ("crm_standby -G -N n1", "scope=status  name=standby value=off\n"),
        ("crm_standby -G -N n1 -q", "off\n"),
    ],
)
def test_queries(sh, line: str, out: str) -> None:
    """An agent that asks for a value would take something else for it."""
    ran = sh(line)
    assert (ran.code, ran.out, ran.err) == (0, out, "")


def test_missing_values_and_bad_lines(sh) -> None:
    """An agent would take a missing score for one, or a mistyped option for an answer."""
    ran = sh("crm_attribute -N n1 -n nope -G -q")
    assert (ran.code, ran.out, ran.err) == (105, "", MISSING)
    assert sh("crm_attribute -N n2 -l reboot --name pingd --quiet").code == 105
    unknown = sh("crm_attribute --foo")
    assert (unknown.code, unknown.err) == (64, "crm_attribute: Unknown option --foo\n")
    assert sh("crm_attribute -p -N n1 -G -q").code == 64
    assert sh("crm_attribute -t bogus -n a -G").code == 64
    assert sh("crm_master -G").code == 1
    assert sh("crm_attribute -N n9 -z -n cpu -G").code == 105


def test_xml_output(sh) -> None:
    """A program that reads XML would find none."""
    assert sh("crm_attribute -N n1 -n office -G --output-as=xml").out == (
        '<pacemaker-result api-version="2.25" request="crm_attribute -N n1 -n office -G --output-as=xml">\n'
        '  <attribute name="office" value="back" scope="nodes"/>\n'
        '  <status code="0" message="OK"/>\n</pacemaker-result>\n'
    )


def test_node_attributes_are_set_and_deleted(sh, daemon) -> None:
    """Promotion scores, the agents' memory, would not reach the cluster."""
    assert sh("crm_attribute -N n2 -l reboot --name pingd -v 5").code == 0
    assert sh("crm_attribute -n rack --update", "row 1", "-l", "forever").code == 0  # this node
    assert sh("crm_attribute -N n1 -l forever -n office -D").code == 0
    assert sh("crm_attribute --promotion -v 100", OCF_RESOURCE_INSTANCE="db").code == 0
    assert sh("crm_attribute -N n1 -l reboot -n empty --update=").code == 0
    assert daemon.attributes == {
        ("n2", "pingd", "reboot"): "5",
        ("n1", "pingd", "reboot"): "1000",
        ("n1", "rack", "forever"): "row 1",
        ("n1", "master-db", "reboot"): "100",
        ("n1", "empty", "reboot"): "",
    }


def test_node_of_the_agents_environment(sh, daemon) -> None:
    """A score would be set for the node that answers, not for the one where the agent runs."""
    assert sh("crm_attribute -p -v 7", OCF_RESOURCE_INSTANCE="db", OCF_RESKEY_CRM_meta_on_node="n2").code == 0
    assert daemon.attributes[("n2", "master-db", "reboot")] == "7"
    assert not daemon.asked  # no question was needed for it


def test_options_of_the_cluster_are_edits_of_the_document(sh, daemon) -> None:
    """Setting an option twice would leave two values, or setting one would remove others."""
    assert sh("crm_attribute -n stonith-enabled -v true").code == 0
    assert sh("crm_attribute --name=no-quorum-policy --update=freeze").code == 0
    assert sh("crm_attribute -n mysql_REPL_INFO -s mysql_replication -v", "n2|bin|1").code == 0
    assert sh("crm_attribute -t rsc_defaults -n resource-stickiness -v 5").code == 0
    assert sh("crm_attribute -N n1 -z -n cpu -v 8").code == 0
    assert sh("crm_attribute -N n2 -z -n cpu -v 2").code == 0
    root = daemon.document.root
    values = {p.get("id"): p.get("value") for p in root.iterfind("configuration/crm_config//nvpair")}
    assert values == {
        "o1": "true",
        "o2": "lab",
        "o9": "n2|bin|1",
        "cib-bootstrap-options-no-quorum-policy": "freeze",
    }
    assert root.findtext("configuration/rsc_defaults//nvpair") == ""
    assert [p.get("value") for p in root.iterfind("configuration/nodes/node/utilization/nvpair")] == ["8", "2"]
    assert sh("crm_attribute -n stonith-enabled -D").code == 0
    assert sh("crm_attribute -n nope -D").code == 0
    assert sh("crm_attribute -n stonith-enabled -G -q").code == 105


def test_lines_of_the_agents(sh, daemon) -> None:
    """The agents of mysql, redis, galera, pgsql, rabbitmq and Stateful would fail or elect the wrong node."""
    instance = {"OCF_RESOURCE_INSTANCE": "db"}
    lines = [
        "crm_attribute --promotion -v 10",  # ocf:pacemaker:Stateful
        "crm_attribute -p -v 5",  # ocf_promotion_score
        "crm_master -N n2 -l reboot -v 3",  # redis
        "crm_master -Q -v 100 -l reboot",  # SAPInstance, conntrackd
        "crm_attribute -N n1 -l reboot --name g-bootstrap -v true",  # galera
        "crm_attribute -l reboot -N n1 -n master-db -v 1000",  # pgsql
        "crm_attribute -N n1 -l reboot --name rabbit-start-time --update 7",  # rabbitmq-server-ha
        "crm_attribute --lifetime=reboot --name=master-sg --node=n1 --update=9",  # sg_persist
    ]
    assert [sh(line, **instance).code for line in lines] == [0] * len(lines)
    questions = {
        "crm_attribute -N n1 -l reboot --name g-bootstrap --quiet": "true\n",
        "crm_attribute -p -G -N n1": "scope=status  name=master-db value=1000\n",  # mariadb
        "crm_master -N n2 -l reboot -G --quiet": "3\n",
        "crm_attribute -l reboot -N n1 -n master-db -G -q": "1000\n",
        "crm_attribute --lifetime=reboot --name=master-sg --node=n1 --query --quiet": "9\n",
    }
    assert {line: sh(line, **instance).out for line in questions} == questions
    deletions = ["crm_attribute --promotion -D", "crm_master -N n2 -l reboot -D", "crm_attribute -p -D"]
    assert [sh(line, **instance).code for line in deletions] == [0, 0, 0]
    assert not any(name == "master-db" for _, name, _ in daemon.attributes)


def test_standby(sh, daemon) -> None:
    """A node could not be set aside with the command of old."""
    assert sh("crm_standby -v on -N n2").code == 0
    assert sh("crm_standby -G -q -N n2").out == "on\n"
    assert sh("crm_standby -D -N n2").code == 0
    assert ("n2", "standby", "forever") not in daemon.attributes


def test_no_daemon(sh, daemon) -> None:
    """An agent could not tell a cluster that is away from a value that is missing."""
    ran = sh("crm_attribute -N n1 -n a -G", STANDFAST_SOCKET="/nowhere/api.sock")
    assert (ran.code, ran.err[:44]) == (102, "crm_attribute: not connected to the cluster:")


def test_refusals_keep_their_exit_status(sh, daemon) -> None:
    """A change that was refused would pass for one that was made."""
    daemon.refuses = (503, {"error": "no quorum", "exit_status": 106})
    ran = sh("crm_attribute -n stonith-enabled -v true")
    assert (ran.code, ran.err) == (106, "crm_attribute: no quorum\n")
    daemon.refuses = (500, ["strange"])
    assert sh("crm_attribute -n stonith-enabled -v true").code == 1
