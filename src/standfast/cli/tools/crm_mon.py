"""crm_mon: the cluster's state as the daemon renders it: once, over and over, or into a file."""

from __future__ import annotations

import os
import sys

from standfast.cli.tools import printing, tree
from standfast.cli.tools.client import Api
from standfast.cli.tools.durations import milliseconds
from standfast.cli.tools.exits import OK, UNIMPLEMENTED, USAGE, ToolError
from standfast.cli.tools.options import COMMON, OPTIONAL, VALUE, Option, Options, parse

FORMATS = ("console", "text", "xml", "html")
SHOWN = ("group-by-node", "inactive", "failcounts", "operations", "timing-details", "show-node-attributes", "tickets",
         "hide-headers", "show-detail", "brief")  # fmt: skip
OPTIONS = (
    *COMMON,
    Option("one-shot", "1"),
    Option("as-xml", "X"),
    Option("as-html", "h", VALUE),
    Option("web-cgi", "w"),
    Option("html-cgi"),
    Option("html-title", "", VALUE),
    Option("html-stylesheet", "", VALUE),
    Option("text-fancy"),
    Option("output-to", "", VALUE),
    Option("include", "I", VALUE),
    Option("exclude", "U", VALUE),
    Option("node", "", VALUE),
    Option("resource", "", VALUE),
    Option("group-by-node", "n"),
    Option("inactive", "r"),
    Option("failcounts", "f"),
    Option("operations", "o"),
    Option("timing-details", "t"),
    Option("tickets", "c"),
    Option("fence-history", "m", OPTIONAL),
    Option("neg-locations", "L", OPTIONAL),
    Option("show-node-attributes", "A"),
    Option("hide-headers", "D"),
    Option("show-detail", "R"),
    Option("brief", "b"),
    Option("simple-status", "s"),
    Option("interval", "i", VALUE),
    Option("daemonize", "d"),
    Option("pid-file", "p", VALUE),
    Option("disable-ncurses", "N"),
    Option("external-agent", "E", VALUE),
    Option("external-recipient", "e", VALUE),
    Option("watch-fencing", "W"),
    Option("quiet", "Q"),
)


def main(arguments: list[str]) -> int:
    """Print the state in the form that is asked for."""
    asked = parse(OPTIONS, arguments)
    if asked.has("version"):
        printing.out(printing.VERSION)
        return OK
    if asked.has("external-agent"):
        raise ToolError("--external-agent is not supported: alerts are, in the configuration", UNIMPLEMENTED)
    form = _form(asked)
    if asked.has("simple-status"):
        return _simple(Api())
    request = " ".join(["crm_mon", *arguments])
    once = asked.has("one-shot") or form == "xml" or (form != "html" and not sys.stdout.isatty())
    if asked.has("daemonize"):
        _detach(asked)
    elif once or (form == "html" and not asked.has("interval")):
        _write(asked, _rendered(asked, form, request))
        return OK
    return _repeat(asked, form, request)


def _form(asked: Options) -> str:
    if asked.has("as-xml"):
        return "xml"
    if asked.has("as-html") or asked.has("web-cgi"):
        return "html"
    form = asked.get("output-as", "console")
    if form not in FORMATS:
        raise ToolError(f"no output format {form!r}: expected one of {', '.join(FORMATS)}", USAGE)
    return form


def _rendered(asked: Options, form: str, request: str) -> str:
    """Return the daemon's text; what is to be shown goes with the question."""
    api = Api()
    shown = {name.replace("-", "_"): "1" for name in SHOWN if asked.has(name)}
    shown |= {name: asked.get(name) for name in ("include", "exclude", "node", "resource") if asked.has(name)}
    if form == "xml":
        return api.get("/v1/status.xml", request=request, **shown).decode()
    text = api.get("/v1/status.txt", request=request, **shown).decode()
    return _page(asked, text) if form == "html" else text


def _page(asked: Options, text: str) -> str:
    title = tree.escape(asked.get("html-title", "Cluster status"))
    again = f'<meta http-equiv="refresh" content="{_interval_ms(asked) // 1000}"/>' if asked.has("interval") else ""
    body = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    head = "Content-Type: text/html\n\n" if asked.has("web-cgi") or asked.has("html-cgi") else ""
    return (
        f"{head}<!DOCTYPE html><html><head><title>{title}</title>{again}</head><body><pre>{body}</pre></body></html>\n"
    )


def _write(asked: Options, text: str) -> None:
    """Print the text, or put it into a file at one stroke."""
    where = asked.get("output-to") or asked.get("as-html") or "-"
    text = text if text.endswith("\n") else text + "\n"
    if where == "-":
        sys.stdout.write(text)
        return
    try:
        with open(where + ".new", "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(where + ".new", where)
    except OSError as e:
        raise ToolError(f"{where}: {e.strerror}") from None


def _interval_ms(asked: Options) -> int:
    return max(1000, milliseconds(asked.get("interval", "5")))


def _repeat(asked: Options, form: str, request: str) -> int:
    """Print again and again; while the cluster does not answer that is what is shown."""
    import time

    screen = "\x1b[H\x1b[2J" if form == "console" and sys.stdout.isatty() else ""
    while True:
        try:
            text = _rendered(asked, form, request)
        except ToolError as e:
            text = f"crm_mon: {e}\n"
        _write(asked, screen + text)
        sys.stdout.flush()
        time.sleep(_interval_ms(asked) / 1000)


def _detach(asked: Options) -> None:
    """Go on in the background; the number of the process is left in the file that is named."""
    if not asked.has("output-to") and not asked.has("as-html"):
        raise ToolError("--daemonize requires at least one of --output-to and --external-agent", USAGE)
    if os.fork():
        os._exit(OK)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(null, number)
    path = asked.get("pid-file")
    if path:
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{os.getpid()}\n")


def _simple(api: Api) -> int:
    """Print one line for Nagios; the exit status is its."""
    status = api.read("/v1/status")
    nodes, found = status["nodes"], len(status["resources"])
    lost = [f"offline node: {n['name']}" for n in nodes if not n["online"]]
    lost += [f"standby node: {n['name']}" for n in nodes if n["online"] and n.get("standby")]
    if not status["dc"]:
        printing.out("CLUSTER CRIT: no DC")
        return 2
    if lost:
        printing.out(f"CLUSTER WARN: {', '.join(lost)}")
        return 1
    printing.out(f"CLUSTER OK: {len(nodes)} nodes online, {found} resource instances configured")
    return OK
