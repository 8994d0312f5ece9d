"""Nouns from JSON: by their own names; addresses, networks and enumerations as text; everything wrong at once."""

from __future__ import annotations

import enum
import json
import types
import typing
from collections.abc import Callable, Mapping
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Any, TypeVar

import msgspec
from msgspec.structs import fields

from standfast.errors import ConfigError, Report, Severity

Noun = TypeVar("Noun")
Shorthands = Mapping[Any, Callable[[str], dict[str, Any]]]
"""By a noun's type: what a text that stands in its place means."""
_TEXTS: dict[Any, Callable[[str], Any]] = {
    IPv4Address | IPv6Address: ip_address,
    IPv4Interface | IPv6Interface: ip_interface,
    IPv4Network | IPv6Network: ip_network,
}


def read(
    wanted: type[Noun], text: str, code: str, reports: Callable[[Noun], list[Report]], shorthands: Shorthands
) -> Noun:
    """Return what a text says; `code` is what a report of its form is called, `reports` finds what else is wrong.

    Raises: ConfigError with everything that is wrong.
    """
    try:
        parsed = json.loads(text)
    except ValueError as e:
        raise ConfigError([Report(code, str(e), "JSON")]) from e
    reading = _Reading(code, shorthands)
    noun = reading.convert(wanted, parsed, "")
    found = reading.found
    if not found:
        found = [report for report in reports(noun) if report.severity is Severity.ERROR]
    if found:
        raise ConfigError(found)
    assert isinstance(noun, wanted)
    return noun


class _Reading:
    """One reading, and what it found wrong."""

    def __init__(self, code: str, shorthands: Shorthands) -> None:
        self._code = code
        self._shorthands = shorthands
        self.found: list[Report] = []

    def convert(self, wanted: Any, value: Any, where: str) -> Any:
        """Return the value as this type; what cannot be so is reported, and None."""
        try:
            return self._plain(wanted, value, where)
        except (ValueError, TypeError, KeyError) as e:
            self._report(f"{where or 'the text'}: {e}", _name(wanted))
            return None

    def _report(self, message: str, expected: str) -> None:
        self.found.append(Report(self._code, message, expected))

    def _plain(self, wanted: Any, value: Any, where: str) -> Any:
        origin = typing.get_origin(wanted)
        if wanted in _TEXTS:
            return _TEXTS[wanted](_of(str, value))
        if origin is types.UnionType:
            return self._union(wanted, value, where)
        if origin is tuple:
            inner = typing.get_args(wanted)[0]
            return tuple(self.convert(inner, each, f"{where}[{at}]") for at, each in enumerate(_of(list, value)))
        if wanted in self._shorthands and isinstance(value, str):
            value = self._shorthands[wanted](value)
        if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
            return self._struct(wanted, _of(dict, value), where)
        if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
            return wanted[_of(str, value)]
        if wanted is bytes:
            return _of(str, value).encode()
        if wanted is IPv4Address:
            return IPv4Address(_of(str, value))
        return _of(wanted, value)

    def _union(self, wanted: Any, value: Any, where: str) -> Any:
        if value is None:
            return None
        rest = tuple(each for each in typing.get_args(wanted) if each is not types.NoneType)
        for known in _TEXTS:
            if set(rest) == set(typing.get_args(known)):
                return _TEXTS[known](_of(str, value))
        return self._plain(rest[0], value, where)

    def _struct(self, wanted: type[msgspec.Struct], value: dict[str, Any], where: str) -> Any:
        hints = typing.get_type_hints(wanted)
        place = f"{where}." if where else ""
        for name in sorted(value.keys() - hints.keys()):
            self._report(f"{place}{name} is not known", ", ".join(hints))
        before = len(self.found)
        known = {name: self.convert(hints[name], value[name], place + name) for name in hints if name in value}
        for each in fields(wanted):
            if each.name not in known and each.required:
                self._report(f"{place}{each.name} is missing", _name(hints[each.name]))
        return wanted(**known) if len(self.found) == before else None


def _of(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not {_name(kind)}")
    return value


def _name(wanted: Any) -> str:
    return wanted.__name__ if isinstance(wanted, type) else str(wanted)
