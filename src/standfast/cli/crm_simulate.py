"""The command `crm_simulate`: files in, text and files out. With `--serve` it stays and answers JSON lines."""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Sequence

from standfast import cib
from standfast.dialects import crm_simulate
from standfast.errors import ConfigError, Exit, LiveError, RequestError


def main(argv: Sequence[str]) -> int:
    """Run `crm_simulate` with these arguments; return the exit status."""
    if list(argv) == ["--serve"]:
        return serve()
    gc.disable()  # all of it lives as long as the process
    try:
        output = run(argv)
    except SystemExit as e:
        return int(e.code or 0)
    sys.stdout.write(output.stdout)
    sys.stderr.write(output.stderr)
    gc.freeze()  # nor is it looked at when the process ends
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
        if arguments.profile:
            return _profile(arguments.profile, arguments.repeat)
        source = "-" if arguments.xml_pipe or not arguments.xml_file else arguments.xml_file
        document = _read_live() if arguments.live_check else _read(source)
        output = crm_simulate.run(arguments, document, int(time.time()))
        for option, data in output.files.items():
            name = getattr(arguments, option) or (arguments.in_place and option == "save_output" and source)
            if name:
                _write(name, data)
    except crm_simulate.UsageError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=Exit.USAGE)
    except ConfigError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=Exit.DATA)
    except RequestError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=e.exit_status)
    except LiveError as e:
        return crm_simulate.Output(stderr=f"{e}\n", exit_status=getattr(e, "exit_status", Exit.DISCONNECTED))
    except OSError as e:
        return crm_simulate.Output(stderr=f"crm_simulate: {e.filename}: {e.strerror}\n", exit_status=Exit.NO_INPUT)
    return output


def _read(source: str) -> cib.Document:
    data = sys.stdin.buffer.read() if source == "-" else _read_file(source)
    return cib.Document.parse(data, "standard input" if source == "-" else source)


def _read_file(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


def _write(name: str, data: bytes) -> None:
    with open(name, "wb") as file:
        file.write(data)


def _read_live() -> cib.Document:
    from standfast.cli.live import api  # only who asks a daemon pays for a client's start

    return cib.Document.parse(api.Client().cib(), "the daemon's document")


def _profile(folder: str, repeat: int) -> crm_simulate.Output:
    """Schedule every XML file in a folder, and say how long each took."""
    from pathlib import Path

    lines = []
    for path in sorted(Path(folder).glob("*.xml")):
        document = cib.Document.parse(path.read_bytes(), str(path))
        arguments = crm_simulate.parse(["-R", "-Q"])
        begin = time.process_time()
        for _ in range(max(1, repeat)):
            crm_simulate.run(arguments, document, int(time.time()))
        lines.append(f"* Testing {path} ... {time.process_time() - begin:.2f} secs\n")
    return crm_simulate.Output(stdout="".join(lines))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
