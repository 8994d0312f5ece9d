"""Changes of the configuration by text: read what there is, change a copy, send the difference; again if it moved."""

from __future__ import annotations

from collections.abc import Callable

from standfast import cib
from standfast.cli.live import api
from standfast.dialects import crm
from standfast.errors import ConfigError, Exit, Place, Report, RequestError, Severity
from standfast.web import schema

_ATTEMPTS = 5

Changer = Callable[[cib.Document], tuple[cib.Document, tuple[Report, ...]]]


def fetch(client: api.Client) -> cib.Document:
    """Return the document as the daemon has it."""
    return cib.Document.parse(client.cib(), "the daemon's document")


def base_of(document: cib.Document) -> str:
    """Return the version that a change is based on, as `ChangeRequest.based_on` has it."""
    version = document.version
    return f"{version.admin_epoch}.{version.epoch}"


def edits_between(old: cib.Document, new: cib.Document) -> list[schema.Edit]:
    """Return the edits that make the one configuration the other; none if they are equal."""
    before, after = configuration_text(old), configuration_text(new)
    return [] if before == after else [schema.Edit("replace", after, scope="configuration")]


def configuration_text(document: cib.Document) -> str:
    """Return the configuration element as text."""
    root = document.root
    found = root if root.tag == "configuration" else root.find("configuration")
    if found is None:
        raise ConfigError(
            [Report("cli.no-configuration", f"<{root.tag}> holds no configuration", "<cib> or <configuration>")]
        )
    return cib.Document(found).render().decode().strip()


def change(
    client: api.Client, changer: Changer, *, force: bool = False
) -> tuple[schema.ChangeAnswer | None, tuple[Report, ...]]:
    """Change the configuration and return the answer (None: nothing to do) and warnings.

    Raises: ConfigError if the text is wrong, RequestError if it is refused.
    """
    for attempt in range(_ATTEMPTS):
        document = fetch(client)
        changed, warnings = changer(document)
        edits = edits_between(document, changed)
        if not edits:
            return None, warnings
        try:
            return client.change(schema.ChangeRequest(edits, force=force, based_on=base_of(document))), warnings
        except RequestError as e:
            if e.exit_status != Exit.OUTDATED or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")


def by_script(script: crm.Script, method: crm.Method) -> Changer:
    """Return a changer that applies a script in the crm shell's language."""
    return lambda document: crm.change(document, script, method)


def by_text(text: str, file: str, method: crm.Method = crm.Method.UPDATE) -> Changer:
    """Return a changer for a text that is CIB XML or in the crm shell's language."""
    if not is_xml(text):
        return by_script(crm.read(text, file), method)
    given = cib.Document.parse(text, file)
    return lambda document: _replaced(document, given, file)


def is_xml(text: str) -> bool:
    """Return whether the text is XML (else it is in the crm shell's language)."""
    return text.lstrip("\ufeff \t\r\n").startswith("<")


def _replaced(document: cib.Document, given: cib.Document, file: str) -> tuple[cib.Document, tuple[Report, ...]]:
    """Return the document with the given configuration, upgraded if it is of an older schema, and what that lost."""
    reports: tuple[Report, ...] = ()
    if given.root.tag == "cib" and cib.upgrade.path.major(given) < cib.upgrade.path.major(document):
        given, reports = cib.upgrade.upgrade(given)
    changed = _with_configuration(document, given, file)
    findings = [r for r in cib.checks.verify(changed, file) if r.severity == Severity.ERROR]
    if findings:
        raise ConfigError(findings)
    return changed, reports


def _with_configuration(document: cib.Document, given: cib.Document, file: str) -> cib.Document:
    """Return the document with the other's configuration in the place of its own."""
    root = given.root
    new = root if root.tag == "configuration" else root.find("configuration")
    if new is None:
        place = Place(file, 1)
        raise ConfigError([Report("cli.no-configuration", f"<{root.tag}> holds no configuration", "<cib>", place)])
    out = document.copy()
    old = out.root.find("configuration")
    copied = cib.Document(new).copy().root
    if old is None:
        out.root.insert(0, copied)
    else:
        out.root.replace(old, copied)
    return out
