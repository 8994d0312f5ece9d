"""Options, durations, JSON, XML and HTTP as the tools have them, and that they stay small."""

from __future__ import annotations

import json
import resource
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast import errors
from standfast.cli import tools
from standfast.cli.tools import client, durations, exits, installing, json_text, tree
from standfast.cli.tools.exits import ToolError
from standfast.cli.tools.options import FLAG, OPTIONAL, VALUE, Option, parse

KNOWN = (Option("query", "G"), Option("node", "NU", VALUE, "uname"), Option("quiet", "q"), Option("p", "p", OPTIONAL))
NAMES = st.from_regex(r"[a-z]{1,5}", fullmatch=True)
VALUES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]))
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ("-G -N n1", {"query": [""], "node": ["n1"]}),
        ("-Gqn", None),
        ("-GqNn1", {"query": [""], "quiet": [""], "node": ["n1"]}),
        ("--node=n1 --uname n2", {"node": ["n1", "n2"]}),
        ("--que", {"query": [""]}),
        ("--qu", None),
        ("-p -G", {"p": [""], "query": [""]}),
        ("-p db", {"p": ["db"]}),
        ("-N", None),
        ("--query=1", None),
        ("-- -G", {}),
    ],
)
def test_options(words: str, values: dict[str, list[str]] | None) -> None:
    """An agent's line would be read another way than Pacemaker reads it."""
    if values is None:
        with pytest.raises(ToolError) as caught:
            parse(KNOWN, words.split())
        assert caught.value.status == 64
    else:
        assert parse(KNOWN, words.split()).values == values
    assert FLAG == "flag"


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("5", 5000),
        ("5s", 5000),
        ("500ms", 500),
        ("2min", 120_000),
        ("1h", 3_600_000),
        ("PT5S", 5000),
        ("P1DT1M", 86_460_000),
    ],
)
def test_durations(text: str, ms: int) -> None:
    """A dampening would be a thousand times too long."""
    assert durations.milliseconds(text) == ms


@pytest.mark.parametrize("text", ["", "x", "5x", "PX", "-1"])
def test_no_durations(text: str) -> None:
    """A mistyped time would be taken for one."""
    with pytest.raises(ToolError):
        durations.milliseconds(text)


@given(PLAIN)
def test_json_is_json(value: object) -> None:
    """A value with a quote or a line's end would break a request."""
    text = json_text.encode(value)
    assert json.loads(text) == value
    assert json_text.decode(text.encode()) == value


@pytest.mark.parametrize("text", ["", "{", "[1,", "{}x", "nope"])
def test_no_json(text: str) -> None:
    """A broken answer would end a tool in a trace."""
    with pytest.raises(ValueError):
        json_text.decode(text.encode())


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,5}", fullmatch=True),
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"])),
    )
)
def test_xml_round_trip(attributes: dict[str, str]) -> None:
    """A value would change on its way through a tool."""
    root = tree.parse(tree.tag("a", tree.tag("b", **attributes), id="1").encode())
    again = tree.parse(tree.render(root).encode())
    assert [e.attributes for e in again.all("b")] == [attributes]


@pytest.mark.parametrize("text", ["", "<a", "<!DOCTYPE a [<!ENTITY e 'x'>]><a/>"])
def test_no_xml(text: str) -> None:
    """A document with entities could fill the memory of every agent's call."""
    with pytest.raises(ToolError):
        tree.parse(text.encode())


def test_exit_statuses_are_the_suites() -> None:
    """Two tables would drift apart."""
    ours = {k: v for k, v in vars(exits).items() if isinstance(v, int) and k.isupper() and k != "UNIMPLEMENTED"}
    assert ours == {name: int(errors.Exit[name]) for name in ours}


def test_an_answer_before_all_was_sent(tmp_path: Path) -> None:
    """Who may not change anything would hear of a broken pipe."""
    path = str(tmp_path / "s")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as server:
        server.bind(path)
        server.listen()

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(100)
                connection.sendall(b'HTTP/1.1 403 Forbidden\r\n\r\n{"error": "not you", "exit_status": 4}')

        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(ToolError) as caught:
            client.Api(path).post("/v1/attributes", {"name": "x" * 10_000_000})
        thread.join()
    assert (str(caught.value), caught.value.status) == ("not you", 4)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{}",
    ],
)
def test_broken_answers(tmp_path: Path, raw: bytes) -> None:
    """A daemon that dies within an answer would look like one that has nothing to say."""
    path = str(tmp_path / "s")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(path)
    server.listen()

    def serve() -> None:
        connection, _ = server.accept()
        connection.recv(4096)
        connection.sendall(raw)
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    with pytest.raises(ToolError) as caught:
        client.Api(path).read("/v1/status")
    assert caught.value.status == 102
    thread.join()
    server.close()


def test_urls_are_quoted() -> None:
    """An XPath would end at its first special character."""
    assert client.quote("//a[@b='c d']&x", slash=False) == "%2F%2Fa%5B%40b%3D%27c%20d%27%5D%26x"


def test_no_third_party_and_nothing_slow(sh) -> None:
    """Every call of an agent would wait for imports that it does not need."""
    slow = ["lxml", "msgspec", "argparse", "json", "socket", "re", "enum", "dataclasses", "typing", "subprocess"]
    launcher = Path(tools.__file__).parent / "launch.py"
    script = (
        "import sys; sys.argv = ['launch.py', {tool!r}, *{words!r}]\n"
        "try: exec(compile(open({path!r}).read(), {path!r}, 'exec'), "
        "{{'__name__': '__main__', '__file__': {path!r}}})\n"
        "except SystemExit: pass\n"
        "print('IMPORTED', *sorted(set({slow!r}) & set(sys.modules)))"
    )
    for tool, words in (
        ("crm_attribute", ["-N", "n1", "-n", "office", "-G"]),
        ("crm_node", ["-n"]),
        ("crm_mon", ["-1"]),
    ):
        text = script.format(tool=tool, words=words, path=str(launcher), slow=slow)
        command = [installing_python(), "-S", "-E", "-s", "-c", text]
        environment = {"STANDFAST_SOCKET": sh.daemon.path, "PATH": "/usr/bin:/bin"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.stdout.splitlines()[-1] == "IMPORTED", (tool, done.stdout, done.stderr)


def test_a_call_costs_little(sh) -> None:
    """Agents that ask for their score in each monitor would keep a processor busy."""
    sh("crm_attribute -N n1 -n office -G")  # the modules are compiled
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for _ in range(5):
        assert sh("crm_attribute -N n1 -n office -G").code == 0
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    assert spent_s / 5 < 0.1


def installing_python() -> str:
    """Return the interpreter that the launchers name."""
    return str(Path(sys.executable).resolve())


def test_launchers_survive_strange_paths(tmp_path: Path) -> None:
    """A folder with a blank or a quote in its name would break every agent."""
    made = installing.install(str(tmp_path / "a b'c"))
    assert len(made) == len(tools.NAMES) + len(tools.PERSONALITIES)
    done = subprocess.run([made[0], "--version"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()[0]) == (0, "Pacemaker")


def test_the_launcher_of_ipvsadm(tmp_path: Path) -> None:
    """Scripts that call `ipvsadm` would end with a missing package."""
    installing.install(str(tmp_path))
    done = subprocess.run([tmp_path / "ipvsadm", "-h"], capture_output=True, text=True, check=False, env={})
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        0,
        "ipvsadm v1.31 2019/12/24 (compiled with popt and IPVS v1.2.1)",
    )


def test_the_launcher_of_genhash(tmp_path: Path) -> None:
    """Scripts that take digests would end with a missing package."""
    installing.install(str(tmp_path))
    done = subprocess.run([tmp_path / "genhash", "-h"], capture_output=True, text=True, check=False, env={})
    assert (done.returncode, done.stderr.splitlines()[0]) == (1, "Usage: genhash COMMAND [OPTIONS]")


def test_tools_install(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The lab and the package could not put the tools where agents look."""
    assert tools.main("tools", ["install", str(tmp_path / "sbin")]) == 0
    assert (tmp_path / "sbin" / "crm_node").stat().st_mode & 0o111
    assert tools.main("tools", ["install"]) == 64
    assert tools.main("crm_simulate", []) == 64
    assert "crm_simulate" in capsys.readouterr().err
