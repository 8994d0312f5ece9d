"""Loads a configuration in the crm shell's language into a running lab."""

from __future__ import annotations

from standfast import cib
from standfast.dialects import crm
from standfast.errors import Exit, RequestError
from standfast.lab.live.node_api import NodeApi
from standfast.web import schema

_ATTEMPTS = 5


def load(api: NodeApi, text: str, file: str) -> schema.ChangeAnswer:
    """Change the configuration as the text says. Raises: ConfigError with every mistake; RequestError, LiveError."""
    script = crm.read(text, file)
    for attempt in range(_ATTEMPTS):
        document = cib.Document.parse(api.document(), "the node's document")
        changed, _ = crm.change(document, script)
        version = document.version
        configuration = cib.Document(changed.configuration).render().decode()
        edit = schema.Edit("replace", configuration, scope="configuration")
        try:
            return api.change(edit, based_on=f"{version.admin_epoch}.{version.epoch}")
        except RequestError as error:
            if error.exit_status is not Exit.OUTDATED or attempt == _ATTEMPTS - 1:
                raise
    raise AssertionError("the last attempt returns or raises")
