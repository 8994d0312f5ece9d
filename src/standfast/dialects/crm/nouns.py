"""What statements say: definitions of elements, and orders that change what there is."""

from __future__ import annotations

import enum

import msgspec
from lxml import etree

from standfast.dialects.crm.tokens import Statement, Token
from standfast.errors import Place


class Method(enum.StrEnum):
    """How definitions meet what exists already. Source: crmsh's manual, `load`.

    create: an id that exists is a mistake. update: its element is replaced. push: also, what the text does not
    name goes. replace: the configuration is the text's, nodes stay.
    """

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    PUSH = "push"


class Define(msgspec.Struct, frozen=True):
    """An element is to exist. Its ids are not filled in; a group's or clone's children are `crm-ref` elements."""

    element: etree._Element
    statement: Statement

    @property
    def place(self) -> Place:
        """Return where the definition begins."""
        return self.statement.place(self.statement.tokens[0])

    def place_of(self, name: str) -> Place:
        """Return where this id or value stands in the definition; its beginning if nowhere."""
        for token in self.statement.tokens[1:]:
            word = token.text.strip("()[]{}@")
            if name in (word, word.partition(":")[0], word.partition("=")[2], *word.split(",")):
                return self.statement.place(token)
        return self.place


class AddOperation(msgspec.Struct, frozen=True):
    """`monitor RSC[:ROLE] INTERVAL[:TIMEOUT]`: an operation for a primitive that exists."""

    resource: Token
    element: etree._Element
    place: Place


class Delete(msgspec.Struct, frozen=True):
    """These objects go, with what only they hold together. `missing_ok`: one that is not there is no mistake."""

    ids: tuple[Token, ...]
    place: Place
    missing_ok: bool = False


class Rename(msgspec.Struct, frozen=True):
    """An object gets another id; constraints follow."""

    old: Token
    new: Token
    place: Place


class ModifyGroup(msgspec.Struct, frozen=True):
    """A member is added to a group (before or after another) or removed."""

    group: Token
    add: bool
    member: Token
    before: Token | None
    after: Token | None
    place: Place


class SetValue(msgspec.Struct, frozen=True):
    """`set ID.NAME VALUE`: one attribute of an object."""

    object_id: str
    name: str
    value: str
    token: Token
    place: Place


class Erase(msgspec.Struct, frozen=True):
    """All but the nodes goes; with `nodes`, they too."""

    nodes: bool
    place: Place


Command = Define | AddOperation | Delete | Rename | ModifyGroup | SetValue | Erase

REFERENCE = "crm-ref"  # stands for a child that is defined elsewhere
