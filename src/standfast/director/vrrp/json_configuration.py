"""A configuration as JSON: the nouns' own names; addresses, networks and enumerations as text.

A script is its command line, or an object with `arguments`, `user`, `group` and `timeout_ms`.
"""

from __future__ import annotations

import enum
import json
import shlex
import types
import typing
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from ipaddress import IPv4Address, ip_address, ip_interface, ip_network
from typing import Any

from standfast.director.checks import Script
from standfast.director.vrrp.configuration import Address, Configuration, Interface, Network, VirtualAddress
from standfast.director.vrrp.validation import reports
from standfast.errors import ConfigError, Report, Severity

_TEXTS: dict[Any, Callable[[str], Any]] = {Address: ip_address, Interface: ip_interface, Network: ip_network}


def read(text: str) -> Configuration:
    """Return what a text says.

    Raises: ConfigError with everything that is wrong.
    """
    try:
        parsed = json.loads(text)
    except ValueError as e:
        raise ConfigError([Report("vrrp.json", str(e), "JSON")]) from e
    found: list[Report] = []
    configuration = _convert(Configuration, parsed, "", found)
    if not found:
        found = [report for report in reports(configuration) if report.severity is Severity.ERROR]
    if found:
        raise ConfigError(found)
    assert isinstance(configuration, Configuration)
    return configuration


def _convert(wanted: Any, value: Any, where: str, found: list[Report]) -> Any:
    """Return the value as this type; what cannot be so is reported, and None."""
    try:
        return _plain(wanted, value, where, found)
    except (ValueError, TypeError, KeyError) as e:
        found.append(Report("vrrp.json", f"{where or 'the text'}: {e}", _name(wanted)))
        return None


def _plain(wanted: Any, value: Any, where: str, found: list[Report]) -> Any:
    origin = typing.get_origin(wanted)
    if wanted in _TEXTS:
        return _TEXTS[wanted](_of(str, value))
    if origin is types.UnionType:
        return _union(wanted, value, where, found)
    if origin is tuple:
        inner = typing.get_args(wanted)[0]
        return tuple(_convert(inner, each, f"{where}[{at}]", found) for at, each in enumerate(_of(list, value)))
    if wanted is VirtualAddress and isinstance(value, str):
        value = {"address": value}
    if wanted is Script and isinstance(value, str):
        value = {"arguments": shlex.split(value)}
    if is_dataclass(wanted):
        return _dataclass(typing.cast("type[Any]", wanted), _of(dict, value), where, found)
    if isinstance(wanted, type) and issubclass(wanted, enum.Enum):
        return wanted[_of(str, value)]
    if wanted is bytes:
        return _of(str, value).encode()
    if wanted is IPv4Address:
        return IPv4Address(_of(str, value))
    return _of(wanted, value)


def _union(wanted: Any, value: Any, where: str, found: list[Report]) -> Any:
    if value is None:
        return None
    rest = tuple(each for each in typing.get_args(wanted) if each is not types.NoneType)
    for known in _TEXTS:
        if set(rest) == set(typing.get_args(known)):
            return _TEXTS[known](_of(str, value))
    return _plain(rest[0], value, where, found)


def _dataclass(wanted: type[Any], value: dict[str, Any], where: str, found: list[Report]) -> Any:
    hints = typing.get_type_hints(wanted)
    place = f"{where}." if where else ""
    for name in sorted(value.keys() - hints.keys()):
        found.append(Report("vrrp.json", f"{place}{name} is not known", ", ".join(hints)))
    before = len(found)
    known = {name: _convert(hints[name], value[name], place + name, found) for name in hints if name in value}
    for each in fields(wanted):
        if each.name not in known and each.default is MISSING and each.default_factory is MISSING:
            found.append(Report("vrrp.json", f"{place}{each.name} is missing", _name(hints[each.name])))
    return wanted(**known) if len(found) == before else None


def _of(kind: type[Any], value: Any) -> Any:
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{value!r} is not {_name(kind)}")
    return value


def _name(wanted: Any) -> str:
    return wanted.__name__ if isinstance(wanted, type) else str(wanted)
