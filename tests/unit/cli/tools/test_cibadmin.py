"""cibadmin: parts of the document, printed and changed."""

from __future__ import annotations


def test_queries(sh) -> None:
    """Agents that search the CIB line by line would find nothing."""
    assert sh("cibadmin -Q -o nodes").out.splitlines()[:4] == [
        "<nodes>",
        '  <node id="1" uname="n1">',
        '    <instance_attributes id="nodes-1">',
        '      <nvpair id="nodes-1-office" name="office" value="back"/>',
    ]
    assert sh("cibadmin -Q").out.startswith('<cib crm_feature_set="3.16.2"')
    assert sh("cibadmin -Q -n -o resources").out == "<resources/>\n"
    assert sh("cibadmin -a").out.startswith("<cib ")


def test_xpath(sh) -> None:
    """rabbitmq-cluster asks so for the nodes that may be joined."""
    assert sh("cibadmin -Q --xpath", "//nvpair[@name='pingd']").out == (
        '<nvpair id="status-1-pingd" name="pingd" value="1000"/>\n'
    )
    found = sh("cibadmin -Q --xpath", "//node_state[@crmd='online']//nvpair").out
    assert found.splitlines()[0] == "<xpath-query>"
    assert len(found.splitlines()) == 5
    ran = sh("cibadmin -Q -A //nope")
    assert (ran.code, ran.err) == (105, "cibadmin: Call failed: No such device or address\n")
    assert sh("cibadmin -Q -e -A", "//nvpair[@name='pingd']").out == (
        "/cib/status/node_state[@id='1']/transient_attributes[@id='1']/instance_attributes[@id='status-1']"
        "/nvpair[@id='status-1-pingd']\n"
    )


def test_edits(sh, daemon, tmp_path) -> None:
    """Scripts that configure a cluster would change nothing, or more than they say."""
    new = '<primitive id="x" class="ocf" provider="heartbeat" type="Dummy"/>'
    assert sh("cibadmin -C -o resources -X", new).code == 0
    assert sh("cibadmin --create -o resources --xml-text", new).code == 108
    assert sh("cibadmin -M -o resources -X", new.replace('"x"', '"y"')).code == 105
    assert sh("cibadmin -M -c -o resources -X", new.replace('"x"', '"y"')).code == 0
    file = tmp_path / "part.xml"
    file.write_text('<primitive id="y" class="ocf" provider="heartbeat" type="Delay"/>')
    assert sh(f"cibadmin --replace -o resources -x {file}").code == 0
    element = daemon.document.find("y")
    assert element.get("type") == "Delay"
    assert sh("cibadmin -D -X", '<primitive id="y"/>').code == 0
    assert daemon.document.find("y") is None
    assert sh("cibadmin -D -A", "//primitive[@id='x']").code == 0
    assert daemon.document.find("x") is None


def test_one_or_all(sh, daemon) -> None:
    """A delete of one match would delete them all."""
    expression = "//rsc_location"
    assert sh("cibadmin -D -A", expression).code == 0
    assert len(daemon.document.root.findall("configuration/constraints/rsc_location")) == 1
    assert sh("cibadmin --delete-all --xpath", expression).code == 0
    assert not daemon.document.root.findall("configuration/constraints/rsc_location")


def test_mistakes(sh) -> None:
    """A mistake would pass for a change."""
    assert sh("cibadmin -C -o resources -X", "<primi").code == 78
    assert sh("cibadmin -C -o resources -x /nonexist").code == 78
    assert sh("cibadmin -D").code == 70
    assert sh("cibadmin").code == 64
    assert sh("cibadmin -E").code == 3
    assert sh("cibadmin -Q", CIB_file="/tmp/some.xml").code == 3
