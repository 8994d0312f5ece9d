"""A small XML tree on expat alone: what the tools look up in the CIB, and how they print it."""

from __future__ import annotations

from standfast.cli.tools.exits import DATA, ToolError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\t": "&#9;", "\r": "&#13;"}


class Element:
    """A tag, its attributes, its children in order, and its text."""

    __slots__ = ("attributes", "children", "parent", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None = None) -> None:
        self.tag, self.attributes, self.parent = tag, attributes, parent
        self.children: list[Element] = []
        self.text = ""

    def get(self, name: str) -> str:
        """Return an attribute; nothing if it is missing."""
        return self.attributes.get(name, "")

    def all(self, tag: str = "") -> Iterator[Element]:
        """Yield this element and all below it, in the document's order; only those of a tag, if one is named."""
        if tag in ("", self.tag):
            yield self
        for child in self.children:
            yield from child.all(tag)

    def find(self, name: str) -> Element | None:
        """Return the first element with this id."""
        return next((e for e in self.all() if e.get("id") == name), None)


def parse(data: bytes) -> Element:
    """Return the tree; entities are not expanded. Raises: ToolError (65) if it is no XML."""
    from pyexpat import ExpatError, ParserCreate

    top: list[Element] = [Element("", {})]

    def start(tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, top[-1])
        top[-1].children.append(element)
        top.append(element)

    def text(data: str) -> None:
        top[-1].text += data

    def refuse(*_: object) -> None:
        raise ToolError("an XML document with a document type is not taken", DATA)

    parser = ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda _: top.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except ExpatError as e:
        raise ToolError(f"no XML: {e}", DATA) from None
    return top[0].children[0]


def escape(text: str) -> str:
    """Return the text as it may stand in an attribute."""
    return "".join(_ESCAPES.get(c, c) for c in text)


def render(element: Element, depth: int = 0) -> str:
    """Return the element over lines, two blanks a level, each ended."""
    indent = "  " * depth
    head = f"{indent}<{element.tag}" + "".join(f' {k}="{escape(v)}"' for k, v in element.attributes.items())
    text = element.text.strip()
    if not element.children:
        return f"{head}>{escape(text)}</{element.tag}>\n" if text else f"{head}/>\n"
    return f"{head}>\n" + "".join(render(c, depth + 1) for c in element.children) + f"{indent}</{element.tag}>\n"


def tag(word: str, inner: str = "", /, **attributes: str) -> str:
    """Return an element as text; a trailing underscore of an attribute's name is left out, others become hyphens."""
    pairs = "".join(f' {k.rstrip("_").replace("_", "-")}="{escape(v)}"' for k, v in attributes.items())
    return f"<{word}{pairs}>{inner}</{word}>" if inner else f"<{word}{pairs}/>"
