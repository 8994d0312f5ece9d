"""The parts of statements: heads of objects, lists of attributes, operations, rules, sets."""

from __future__ import annotations

import re
from collections.abc import Callable

from lxml import etree

from standfast.dialects.crm import vocabulary
from standfast.dialects.crm.resource_sets import DEGENERATE

BREAK = " \\\n\t"
KEYWORDS = vocabulary.KEYWORD_OF_TAG
_PLAIN = re.compile(r"[\w.-]+")
_LISTS = {tag: keyword for keyword, tag in vocabulary.ATTRIBUTE_LISTS.items()}
_OPERATION_LISTS = {tag: keyword for keyword, tag in vocabulary.OPERATION_LISTS.items()}
_ATTRIBUTES_LISTS = {"instance_attributes": "attributes", "utilization": "utilization", "meta_attributes": "meta"}
_OPERATION_ORDER = ("interval", "timeout", "on-fail", "role", "start-delay", "interval-origin", "enabled")
_MEMBERS = ("primitive", "group", "crm-ref")


def quote(text: str) -> str:
    """Return the text as one word."""
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def pair(name: str, value: str | None) -> str:
    """Return `name=value`, or the bare name."""
    return name if value is None else f"{name}={quote(value)}"


def score(text: str) -> str:
    """Return a score as people write it."""
    return text.replace("INFINITY", "inf")


def _score_word(element: etree._Element) -> str:
    text = element.get("score") or element.get("score-attribute") or ""
    return f"{score(text)}:" if text else ""


def _joined(*words: str) -> str:
    return " ".join(w for w in words if w)


def nvpair(element: etree._Element, referenced: frozenset[str]) -> str:
    """Return one attribute."""
    name, value = element.get("name", ""), element.get("value")
    if reference := element.get("id-ref"):
        return f"@{reference}:{name}" if name else f"@{reference}"
    if element.get("id") in referenced:
        return f"${element.get('id')}:{pair(name, value)}"
    return pair(name, value)


def _id_word(element: etree._Element, referenced: frozenset[str]) -> str:
    if reference := element.get("id-ref"):
        return f"$id-ref={quote(reference)}"
    return f"$id={quote(element.get('id', ''))}" if element.get("id") in referenced else ""


def attribute_list(element: etree._Element, keyword: str, referenced: frozenset[str]) -> str:
    """Return a list of attributes with its rules."""
    words = [keyword, _id_word(element, referenced), _score_word(element)]
    words += [rule(r, referenced) for r in element.findall("rule")]
    words += [nvpair(p, referenced) for p in element.findall("nvpair")]
    return _joined(*words)


def rule(element: etree._Element, referenced: frozenset[str]) -> str:
    """Return a rule with its keyword."""
    words = ["rule", _id_word(element, referenced)]
    if role := element.get("role"):
        words.append(f"$role={role}")
    if "id-ref" in element.attrib:
        return _joined(*words)
    if element.get("score") != "INFINITY":
        words.append(_score_word(element))
    joint = f" {element.get('boolean-op', 'and')} "
    words.append(joint.join(_expression(e) for e in element.iterchildren(etree.Element)))
    return _joined(*words)


def _expression(element: etree._Element) -> str:
    if element.tag == "date_expression":
        return _date(element)
    operation, attribute = element.get("operation", ""), element.get("attribute", "")
    if element.get("value") is None:
        return f"{operation} {attribute}"
    kind, source, value = element.get("type"), element.get("value-source"), element.get("value", "")
    word = f"{kind}:{operation}" if kind else operation
    return f"{attribute} {word} " + (f"{source}{{{value}}}" if source else quote(value))


def _date(element: etree._Element) -> str:
    operation = element.get("operation", "")
    word = {"in_range": "in", "date_spec": "spec"}.get(operation, operation)
    if operation in ("lt", "gt"):
        return f"date {word} {quote(element.get('end' if operation == 'lt' else 'start', ''))}"
    words = [pair(k, element.get(k)) for k in ("start", "end") if k in element.attrib]
    for part in element.iterchildren(etree.Element):
        words += [pair(str(k), str(v)) for k, v in part.attrib.items() if k != "id"]
    return _joined("date", word, *words)


def operations(element: etree._Element, referenced: frozenset[str]) -> list[str]:
    """Return the operations of a primitive."""
    named = "operations " + _id_word(element, referenced) if "id-ref" in element.attrib else ""
    if element.get("id"):
        named = f"operations $id={quote(element.get('id', ''))}"
    parts = [named]
    for operation in element.findall("op"):
        names = [k for k in operation.attrib if k not in ("id", "name")]
        names.sort(key=lambda k: _OPERATION_ORDER.index(k) if k in _OPERATION_ORDER else len(_OPERATION_ORDER))
        words = [pair(str(k), operation.get(k)) for k in names]
        parts.append(_joined("op", operation.get("name", ""), *words))
        for child in operation.iterchildren(etree.Element):
            parts.append(attribute_list(child, _OPERATION_LISTS.get(str(child.tag), "?"), referenced))
    return parts


def part(child: etree._Element, owner: str, referenced: frozenset[str]) -> list[str]:
    """Return the words for a child of an object."""
    tag = str(child.tag)
    if tag == "operations":
        return operations(child, referenced)
    if tag == "rule":
        return [rule(child, referenced)]
    if tag in ("instance_attributes", "meta_attributes", "utilization"):
        names = _ATTRIBUTES_LISTS if owner in ("node", "alert", "recipient") else _LISTS
        return [attribute_list(child, names[tag], referenced)]
    if tag == "acl_permission":
        return [_permission(child)]
    if tag == "recipient":
        return [_recipient(child, referenced)]
    if tag == "select":
        return [_joined("select", *(_selected(c) for c in child))]
    if owner == "bundle":
        return [_bundle_part(child)]
    return []


def _recipient(element: etree._Element, referenced: frozenset[str]) -> str:
    words = [quote(element.get("value", ""))]
    if description := element.get("description"):
        words.append(pair("description", description))
    for child in element.iterchildren(etree.Element):
        words += part(child, "recipient", referenced)
    return _joined("to", "{", *words, "}")


def _selected(element: etree._Element) -> str:
    kind = str(element.tag).removeprefix("select_")
    return f"{kind} {{ {' '.join(e.get('name', '') for e in element)} }}" if kind == "attributes" else kind


def _bundle_part(element: etree._Element) -> str:
    if element.tag in _MEMBERS:
        return f"primitive {element.get('id')}"
    words = [pair(str(k), str(v)) for k, v in element.attrib.items()]
    for mapping in element.iterchildren(etree.Element):
        words += [str(mapping.tag), *(pair(str(k), str(v)) for k, v in mapping.attrib.items())]
    return _joined(str(element.tag), *words)


def _permission(element: etree._Element) -> str:
    words = [element.get("kind", "")]
    if description := element.get("description"):
        words.append(pair("description", description))
    names = (("xpath", "xpath"), ("reference", "ref"), ("object-type", "type"), ("attribute", "attribute"))
    for name, word in names:
        if (value := element.get(name)) is not None:
            short = _shortcut(value) if name == "xpath" else ""
            words.append(short or f"{word}:{quote(value)}")
    return _joined(*words)


def _shortcut(path: str) -> str:
    """Return the short form of a path in an access rule; empty if it has none."""
    for word, parts in vocabulary.ACL_SHORTCUTS.items():
        for count in range(len(parts), 0, -1):
            form = re.escape("".join(parts[:count])).replace(r"\{\}", "([a-zA-Z_][a-zA-Z0-9_.-]*)")
            form = form.replace(r"\{0\}", "([a-zA-Z_][a-zA-Z0-9_.-]*)", 1).replace(r"\{0\}", r"\1")
            if found := re.fullmatch(form, path):
                return ":".join((word, *found.groups()))
    return ""


def resource_sets(element: etree._Element, *, minimum: int) -> list[str]:
    """Return the sets of a constraint as words. Fewer words than `minimum` + 1 are marked as a set."""
    words: list[str] = []
    before: tuple[str, str] | None = None
    for part_ in element.findall("resource_set"):
        qualifier = part_.get("role") or part_.get("action") or ""
        sequential, everything = part_.get("sequential") != "false", part_.get("require-all") != "false"
        members = [f"{r.get('id')}:{qualifier}" if qualifier else r.get("id", "") for r in part_]
        kind = "plain" if sequential and everything else ("(" if everything else "[")
        if kind == "plain" and before == ("plain", qualifier):
            kind = "("
        if kind != "plain":
            members = [kind, *members, *(["sequential=true"] if sequential else []), ")" if kind == "(" else "]"]
        words += members
        before = (kind, qualifier)
    return [DEGENERATE, *words] if len(words) <= minimum else words


def _qualified(element: etree._Element, name: str, suffix: str) -> str:
    text, qualifier = element.get(name, ""), element.get(f"{name}-{suffix}")
    return f"{text}:{qualifier}" if qualifier else text


def _primitive(element: etree._Element) -> list[str]:
    template = element.get("template")
    return [_joined(KEYWORDS[str(element.tag)], element.get("id", ""), f"@{template}" if template else agent(element))]


def agent(element: etree._Element) -> str:
    """Return an agent's name, short where it is one of ocf:heartbeat's."""
    standard, provider, kind = (element.get(k, "") for k in ("class", "provider", "type"))
    home = "pacemaker" if kind in vocabulary.PACEMAKER_AGENTS else "heartbeat"
    if (standard, provider) == ("ocf", home):
        return kind
    return ":".join(p for p in (standard, provider, kind) if p)


def _container(element: etree._Element) -> list[str]:
    members = [m.get("id", "") for m in element.iterchildren(*_MEMBERS)]
    return [_joined(KEYWORDS[str(element.tag)], element.get("id", ""), *members)]


def _location(element: etree._Element) -> list[str]:
    what = element.get("rsc", "")
    if pattern := element.get("rsc-pattern"):
        what = quote(f"/{pattern}/") if " " in pattern else f"/{pattern}/"
    elif element.find("resource_set") is not None:
        what = " ".join(("{", *resource_sets(element, minimum=-1), "}"))
    words = [f"{k}={element.get(k)}" for k in ("role", "resource-discovery") if k in element.attrib]
    preference = f"{_score_word(element)} {quote(element.get('node', ''))}" if element.get("node") else ""
    return [_joined("location", element.get("id", ""), what, *words, preference)]


def _colocation(element: etree._Element) -> list[str]:
    words = ["colocation", element.get("id", ""), _score_word(element)]
    if element.find("resource_set") is not None:
        words += resource_sets(element, minimum=2)
    else:
        words += [_qualified(element, "rsc", "role"), _qualified(element, "with-rsc", "role")]
    if attribute := element.get("node-attribute"):
        words.append(f"node-attribute={quote(attribute)}")
    return [_joined(*words)]


def _order(element: etree._Element) -> list[str]:
    kind = element.get("kind")
    words = ["order", element.get("id", ""), f"{kind}:" if kind else _score_word(element)]
    if element.find("resource_set") is not None:
        words += resource_sets(element, minimum=2)
    else:
        words += [_qualified(element, "first", "action"), _qualified(element, "then", "action")]
    words += [f"{k}={element.get(k)}" for k in ("require-all", "symmetrical") if k in element.attrib]
    return [_joined(*words)]


def _ticket(element: etree._Element) -> list[str]:
    words = ["rsc_ticket", element.get("id", ""), quote(element.get("ticket", "")) + ":"]
    if element.find("resource_set") is not None:
        words += resource_sets(element, minimum=1)
    else:
        words.append(_qualified(element, "rsc", "role"))
    if policy := element.get("loss-policy"):
        words.append(f"loss-policy={policy}")
    return [_joined(*words)]


def _node(element: etree._Element) -> list[str]:
    uname, kind = element.get("uname", ""), element.get("type")
    name = f"{element.get('id')}:" if element.get("id") not in (None, uname) else ""
    return [_joined("node", name, f"{uname}:{kind}" if kind else uname)]


def _names(element: etree._Element) -> list[str]:
    """Return a tag, acl_target or acl_group: an id, then the ids it names."""
    return [_joined(KEYWORDS[str(element.tag)], element.get("id", ""), *(e.get("id", "") for e in element))]


def _topology(element: etree._Element) -> list[str]:
    parts = ["fencing_topology"]
    last = ""
    for level in element.findall("fencing-level"):
        if pattern := level.get("target-pattern"):
            target = f"pattern:{pattern}"
        elif attribute := level.get("target-attribute"):
            target = f"attr:{attribute}={level.get('target-value')}"
        else:
            target = f"{level.get('target')}:"
        if target == last:
            parts[-1] += f" {level.get('devices')}"
        else:
            parts.append(f"{quote(target) if ' ' in target else target} {level.get('devices')}")
        last = target
    return parts


def _alert(element: etree._Element) -> list[str]:
    return [_joined("alert", element.get("id", ""), quote(element.get("path", "")))]


def _simple(element: etree._Element) -> list[str]:
    return [_joined(KEYWORDS[str(element.tag)], element.get("id", ""))]


def settings(element: etree._Element, keyword: str, referenced: frozenset[str]) -> list[str]:
    """Return a set of properties or defaults."""
    parts = [f"{keyword} {element.get('id')}:"]
    parts += [rule(r, referenced) for r in element.findall("rule")]
    return parts + [nvpair(p, referenced) for p in element.findall("nvpair")]


HEADS: dict[str, Callable[[etree._Element], list[str]]] = {
    "primitive": _primitive,
    "template": _primitive,
    "group": _container,
    "clone": _container,
    "master": _container,
    "bundle": _simple,
    "rsc_location": _location,
    "rsc_colocation": _colocation,
    "rsc_order": _order,
    "rsc_ticket": _ticket,
    "node": _node,
    "tag": _names,
    "acl_target": _names,
    "acl_group": _names,
    "acl_role": _simple,
    "fencing-topology": _topology,
    "alert": _alert,
}
