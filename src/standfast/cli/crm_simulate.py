"""The command `crm_simulate`: files in, text and files out. With `--serve` it stays and answers JSON lines."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence

from standfast import __version__, cib, garbage
from standfast.cli.live import inputs, terminal
from standfast.dialects import crm_simulate
from standfast.errors import ConfigError, Exit, LiveError, RequestError


def main(argv: Sequence[str]) -> int:
    """Run `crm_simulate` with these arguments; return the exit status."""
    if "--serve" in argv:
        return serve()
    try:
        with garbage.held_back(stays=True):
            output = run(argv)
    except SystemExit as e:
        return int(e.code or 0)
    sys.stdout.write(output.stdout)
    sys.stderr.write(output.stderr)
    return output.exit_status


def serve() -> int:
    """Answer requests `{"argv": [...], "merge": bool}`, one a line, until the input ends."""
    import json

    for line in sys.stdin:
        if line.strip():
            sys.stdout.write(json.dumps(_answer(line)) + "\n")
            sys.stdout.flush()
    return Exit.OK


def _answer(line: str) -> dict[str, object]:
    import json

    try:
        request = json.loads(line)
        output = run([str(word) for word in request["argv"]])
    except SystemExit as e:
        return {"rc": int(e.code or 0), "stdout": "", "stderr": ""}
    except Exception as e:  # whatever it is: the next request is answered
        return {"rc": int(Exit.SOFTWARE), "stdout": "", "stderr": f"{type(e).__name__}: {e}\n"}
    if request.get("merge"):
        return {"rc": output.exit_status, "stdout": output.stderr + output.stdout, "stderr": ""}
    return {"rc": output.exit_status, "stdout": output.stdout, "stderr": output.stderr}


def run(argv: Sequence[str]) -> crm_simulate.Output:
    """Read what the arguments name, simulate, write what they name; mistakes become an exit status."""
    try:
        arguments = crm_simulate.parse(argv)
        output = _answer_to(arguments)
        if arguments.output_to != "-":
            _write_bytes(arguments.output_to, output.stdout.encode())
            output.stdout = ""
    except crm_simulate.UnknownFormatError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=Exit.NO_SUCH)
    except crm_simulate.UsageError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=Exit.USAGE)
    except ConfigError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=Exit.DATA)
    except (RequestError, LiveError) as e:
        status = getattr(e, "exit_status", Exit.DISCONNECTED)
        return crm_simulate.Output(stderr=f"crm_simulate: {e}\n", exit_status=status)
    except OSError as e:
        return crm_simulate.Output(stderr=f"crm_simulate: {e.filename}: {e.strerror}\n", exit_status=Exit.IO)
    return output


def _answer_to(arguments: argparse.Namespace) -> crm_simulate.Output:
    if arguments.version:
        return crm_simulate.Output(crm_simulate.version(arguments, __version__))
    if arguments.profile:
        return _profile(arguments)
    source = "-" if arguments.xml_pipe or not arguments.xml_file else arguments.xml_file
    if arguments.in_place and (arguments.live_check or source == "-"):
        raise crm_simulate.UsageError("crm_simulate: --in-place needs a file to write to (expected --xml-file FILE)")
    document = inputs.live_document() if arguments.live_check else inputs.read_document(source)
    now_s, offset_s = terminal.today()
    output = crm_simulate.run(arguments, document, int(now_s), offset_s)
    for option, data in output.files.items():
        name = getattr(arguments, option) or (arguments.in_place and option == "save_output" and source)
        if name:
            _write(name, data)
    return output


def _write(name: str, data: bytes) -> None:
    """Write a file; one that is named `.bz2` is compressed, so that it can be read again by its name."""
    if name.endswith(".bz2"):
        import bz2

        data = bz2.compress(data)
    _write_bytes(name, data)


def _write_bytes(name: str, data: bytes) -> None:
    with open(name, "wb") as file:
        file.write(data)


def _profile(arguments: argparse.Namespace) -> crm_simulate.Output:
    """Schedule every input in a folder, and say how long each took, all its repetitions together."""
    folder = arguments.profile
    names = sorted(os.listdir(folder))
    timings = []
    for name in names:
        if name.endswith((".xml", ".bz2")):
            path = os.path.join(folder, name)
            document = inputs.read_document(path)
            timings.append((path, _seconds(document, max(1, arguments.repeat))))
    return crm_simulate.Output(crm_simulate.timings(arguments, timings))


def _seconds(document: cib.Document, repeat: int) -> float:
    quiet, found = crm_simulate.parse(["-R", "-Q"]), []
    for _ in range(repeat):
        begin = time.process_time()
        crm_simulate.run(quiet, document, int(time.time()))
        found.append(time.process_time() - begin)
    return sum(found)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
