"""`crm configure`: statements, load, show, save, delete."""

from __future__ import annotations

from lxml import etree

from standfast import cib
from standfast.cli import changes
from standfast.cli.crm.session import Command, Session, complete, need, usage
from standfast.cli.live import files, terminal
from standfast.dialects import crm
from standfast.errors import Exit, RequestError, Severity

_METHODS = ("update", "replace", "push")


def default(session: Session, words: list[str]) -> int:
    """Carry out a statement; without one, those on standard input."""
    if not words:
        text = files.stdin_text()
        if text is None:
            raise usage("no statement (expected one, or statements on standard input)")
        return _change(session, crm.read(text, "-"), crm.Method.CREATE)
    name = complete(words[0], (*COMMANDS, *crm.COMMANDS))
    if name in COMMANDS:
        return COMMANDS[name](session, words[1:])
    statement = [name or words[0], *words[1:]]
    return _change(session, crm.read_words(statement, "arguments"), crm.Method.CREATE)


def _change(session: Session, script: crm.Script, method: crm.Method) -> int:
    _, warnings = changes.change(session.client, changes.by_script(script, method), force=session.force)
    terminal.show_reports(warnings)
    return Exit.OK


def _load(session: Session, words: list[str]) -> int:
    """Load a file: `load [xml] update|replace|push FILE|-`."""
    form = "load [xml] update|replace|push FILE|-"
    rest = words[1:] if words[:1] == ["xml"] else words
    need(rest, 2, form)
    method = complete(rest[0], _METHODS)
    if method is None:
        raise usage(f"{rest[0]!r} is no way to load (expected {form})")
    text = files.read_text(rest[1])
    changer = changes.by_text(text, rest[1], crm.Method(method))
    _, warnings = changes.change(session.client, changer, force=session.force)
    terminal.show_reports(warnings)
    return Exit.OK


def _show(session: Session, words: list[str]) -> int:
    """Show the configuration: `show [xml] [changed] [ID|type:KEYWORD …]`."""
    as_xml = "xml" in words
    names = [w for w in words if w not in ("xml", "changed")]
    document = changes.fetch(session.client)
    _check_names(document, names)
    terminal.say(_selected_xml(document, names) if as_xml else crm.render(document, names))
    return Exit.OK


def _check_names(document: cib.Document, names: list[str]) -> None:
    known = {e.get(k) for e in document.root.iter(etree.Element) for k in ("id", "uname")} | {"fencing_topology"}
    for name in names:
        if name not in known and not name.startswith("type:"):
            raise RequestError(f"{name!r} is not defined", Exit.NO_SUCH)


def _selected_xml(document: cib.Document, names: list[str]) -> str:
    """Return the document without its status, with these objects only."""
    out = document.copy()
    configuration = out.root.find("configuration")
    status = out.root.find("status")
    if status is not None:
        out.root.remove(status)
    for section in configuration if configuration is not None and names else ():
        for child in list(section):
            if not any(e.get(k) in names for e in child.iter(etree.Element) for k in ("id", "uname")):
                section.remove(child)
    return out.render(pretty=True).decode()


def _save(session: Session, words: list[str]) -> int:
    """Write the configuration to a file: `save [xml] FILE`."""
    rest = words[1:] if words[:1] == ["xml"] else words
    need(rest, 1, "save [xml] FILE")
    document = changes.fetch(session.client)
    text = document.render(pretty=True).decode() if words[:1] == ["xml"] else crm.render(document)
    files.write_text(rest[0], text)
    return Exit.OK


def _nothing(_session: Session, _words: list[str]) -> int:
    """Every command is committed by itself."""
    return Exit.OK


def _get_property(session: Session, words: list[str]) -> int:
    """Print a cluster property: `get_property NAME`."""
    need(words, 1, "get_property NAME")
    document = changes.fetch(session.client)
    for pair in document.root.iterfind(".//crm_config/cluster_property_set/nvpair"):
        if pair.get("name") == words[-1]:
            terminal.say(pair.get("value", ""))
            return Exit.OK
    raise RequestError(f"the property {words[-1]!r} is not set", Exit.NO_SUCH)


def _verify(session: Session, words: list[str]) -> int:
    """Check the configuration that is in use."""
    reports = cib.checks.verify(changes.fetch(session.client), "configuration")
    terminal.show_reports(reports)
    return Exit.CONFIG if any(r.severity == Severity.ERROR for r in reports) else Exit.OK


def _schema(session: Session, words: list[str]) -> int:
    """Print the schema the configuration claims."""
    terminal.say(changes.fetch(session.client).root.get("validate-with", "none"))
    return Exit.OK


COMMANDS: dict[str, Command] = {
    "load": _load,
    "show": _show,
    "save": _save,
    "commit": _nothing,
    "refresh": _nothing,
    "get_property": _get_property,
    "get-property": _get_property,
    "verify": _verify,
    "schema": _schema,
}
