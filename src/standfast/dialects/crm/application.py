"""What the commands of a text make of a document."""

from __future__ import annotations

from standfast import cib
from standfast.dialects.crm import definitions, nouns, removal
from standfast.dialects.crm.configuration import Configuration
from standfast.dialects.crm.nouns import Method
from standfast.dialects.crm.statements import Script
from standfast.errors import Report


def apply(document: cib.Document, script: Script, method: Method = Method.UPDATE) -> tuple[cib.Document, list[Report]]:
    """Return the document with the script's commands applied, and all reports: the script's own, then its effects'.

    The document is only good if no report is an error.
    """
    target = Configuration(document, script.unread)
    if method == Method.REPLACE:
        removal.erase(target.root, nodes=False)
        target.reindex()
    batch: list[nouns.Define] = []
    for command in script.commands:
        if isinstance(command, nouns.Define):
            batch.append(command)
            continue
        definitions.define_all(target, batch, method)
        batch = []
        removal.execute(target, command)
    definitions.define_all(target, batch, method)
    if method == Method.PUSH:
        removal.drop_others(target.root, target.defined)
    return target.document, [*script.reports, *target.reports]
