"""What those keywords of `global_defs` do that set more than one field. Source: keepalived.conf(5)."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from standfast.dialects.keepalived import numbers
from standfast.dialects.keepalived.addresses import address_of
from standfast.dialects.keepalived.commands import default_user, known
from standfast.dialects.keepalived.engine import Draft, Keyword, Session, Words, argument, block_words
from standfast.dialects.keepalived.includes import OPTIONS
from standfast.dialects.keepalived.settings import Fields

GLOBAL = "global_defs"
_G = Fields(GLOBAL)
_UINT = numbers.UINT_MAX
PROCESS_NAME_MAX = 15
LVS_TIMEOUT_MAX = 86400 * 31
REALTIME_PRIORITY_MAX = 99


def values_of(session: Session) -> Draft:
    """Return the draft of global_defs."""
    return session.current[GLOBAL]


def process_name(field: str) -> Keyword:
    """Return a keyword with a process's name."""

    def handler(session: Session, words: Words) -> None:
        name = argument(words)
        if len(name) > PROCESS_NAME_MAX:
            session.complain("value", f"{words[0]} {name} is cut to {PROCESS_NAME_MAX} characters", name)
        values_of(session)[field] = name[:PROCESS_NAME_MAX]

    return Keyword(handler)


def smtp_server(session: Session, words: Words) -> None:
    """Read `smtp_server`: a host and a port."""
    host = argument(words)
    port: int | None = 25
    if len(words) > 2:
        port = numbers.unsigned(session, words[2], 1, 65535, "the port", lenient=False)
    if port is None or not (address_of(host) or session.around.resolves(host)):
        session.complain("value", f"smtp_server {host} leads to no address", host)
        return
    values_of(session)["smtp_server"] = (host, port)


def emails(session: Session, words: Words) -> None:
    """Read `notification_email`: a block of addresses."""
    found = block_words(session, words)
    if not found:
        session.complain("empty", "notification_email names nobody")
    values_of(session).setdefault("emails", []).extend(found)


def script_user(session: Session, words: Words) -> None:
    """Read `script_user`: whom commands run as."""
    if len(words) < 2:
        session.complain("value", "script_user lacks its user", words[0])
        return
    group = words[2] if len(words) > 2 else ""
    session.shared["script_user"] = words[1], group
    there = session.around.user_exists(words[1]) and (not group or session.around.group_exists(group))
    if not there or session.shared.get("script_user_failed"):
        session.complain("user", f"script_user {' '.join(words[1:3])}: there is no such user or group", words[1])
        session.shared["script_user_failed"] = True


def security(session: Session, words: Words) -> None:
    """Read `enable_script_security`."""
    session.shared["script_security"] = True


def dynamic_interfaces(session: Session, words: Words) -> None:
    """Read `dynamic_interfaces`."""
    session.shared["dynamic_interfaces"] = True
    if len(words) > 1 and words[1] != "allow_if_changes":
        session.complain("value", f"dynamic_interfaces knows no {words[1]}", words[1])
    values_of(session)["allow_if_changes"] = "allow_if_changes" in words[1:2]


def max_auto_priority(session: Session, words: Words) -> None:
    """Read `max_auto_priority`."""
    value: int | None = REALTIME_PRIORITY_MAX
    if len(words) > 1:
        value = numbers.integer(session, words[1], -1, REALTIME_PRIORITY_MAX, words[0])
    values_of(session)["max_auto_priority"] = value


def optional(field: str, low: int, high: int) -> Keyword:
    """Return a keyword with a whole number, without which it is complained about and reading goes on."""

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its number", words[0])
            return
        value = numbers.integer(session, words[1], low, high, words[0])
        if value is not None:
            values_of(session)[field] = value

    return Keyword(handler)


def lvs_timeouts(session: Session, words: Words) -> None:
    """Read `lvs_timeouts`: pairs of tcp, tcpfin or udp and seconds."""
    if len(words) < 3:
        session.complain("value", "lvs_timeouts wants tcp, tcpfin or udp with seconds", words[0])
        return
    at = 1
    while at < len(words):
        name = words[at]
        if name not in ("tcp", "tcpfin", "udp"):
            session.complain("value", f"lvs_timeouts knows no {name}", name)
            at += 1
            continue
        if at + 1 == len(words):
            session.complain("value", f"lvs_timeouts {name} lacks its seconds", name)
            return
        value = numbers.unsigned(session, words[at + 1], 0, LVS_TIMEOUT_MAX, name, lenient=False)
        if value is not None:
            values_of(session)[f"timeout_{name}"] = value
        at += 2


_SYNC_NUMBERS = {"id": (0, 255), "maxlen": (1, 65507), "port": (1, 65535), "ttl": (1, 255)}


def sync_daemon(session: Session, words: Words) -> None:
    """Read `lvs_sync_daemon`: an interface, and what the kernel's daemon is told."""
    values = values_of(session)
    if "sync_interface" in values:
        session.complain("twice", "lvs_sync_daemon was said before", words[0])
        return
    if len(words) < 2:
        session.complain("value", "lvs_sync_daemon wants an interface", words[0])
        return
    if len(words[1]) >= 16:
        session.complain("value", f"the interface's name {words[1]} is too long", words[1])
        return
    values["sync_interface"] = words[1]
    at = 2
    while at < len(words):
        at = _sync_option(session, words, at)


def _sync_option(session: Session, words: Words, at: int) -> int:
    """Read one option of lvs_sync_daemon; return where the next one stands."""
    values, name = values_of(session), words[at]
    if name == "inst":
        values.setdefault("sync_instance", argument(words, at + 1))
        return at + 2
    if name in _SYNC_NUMBERS or name == "group":
        if at + 1 == len(words):
            session.complain("value", f"lvs_sync_daemon {name} lacks its value", name)
            return at + 1
        if name == "group":
            _sync_group(session, words[at + 1])
        else:
            low, high = _SYNC_NUMBERS[name]
            value = numbers.unsigned(session, words[at + 1], low, high, name, lenient=False)
            if value is not None:
                values[f"sync_{name}"] = value
        return at + 2
    if at == 2:
        values["sync_instance"] = name
    elif at == 3:
        value = numbers.unsigned(session, name, 0, 255, "id", lenient=False)
        if value is not None:
            session.complain("value", "before the sync daemon's number stands `id`", name)
            values["sync_id"] = value
    else:
        session.complain("value", f"lvs_sync_daemon knows no {name}", name)
    return at + 1


def _sync_group(session: Session, word: str) -> None:
    address = address_of(word)
    if address is None or not address.is_multicast:
        session.complain("address", f"{word} is no multicast address", word)
    else:
        values_of(session)["sync_group"] = address


def flush_on_stop(session: Session, words: Words) -> None:
    """Read `lvs_flush_on_stop`."""
    if len(words) == 1:
        values_of(session)["flush_on_stop"] = "all"
    elif words[1] == "VS":
        values_of(session)["flush_on_stop"] = "VS"
    else:
        session.complain("value", f"lvs_flush_on_stop knows no {words[1]}", words[1])


def multicast(field: str, version: int) -> Keyword:
    """Return a keyword with a multicast address of this version of IP."""

    def handler(session: Session, words: Words) -> None:
        word = argument(words)
        address = address_of(word)
        if address is None or address.version != version or not address.is_multicast:
            session.complain("address", f"{words[0]} {word} is no multicast address of IPv{version}", word)
            return
        if isinstance(address, IPv6Address) and address.packed[1] & 0x0F != 2:
            session.complain("address", f"{words[0]} {word} should be link-local", word)
        values_of(session)[field] = address

    return Keyword(handler)


def min_garp(session: Session, words: Words) -> None:
    """Read `vrrp_min_garp`."""
    if len(words) < 2:
        value: bool | None = True
    else:
        value = numbers.switch(session, words)
    if value:
        values_of(session)["min_garp"] = True


def garp_extra_interface(session: Session, words: Words) -> None:
    """Read `vrrp_garp_extra_if`."""
    if words[0] == "vrrp_vmac_garp_intvl":
        session.complain("deprecated", "vrrp_vmac_garp_intvl is now vrrp_garp_extra_if", words[0])
    delay: int | None = 0
    for word in words[1:]:
        if word == "all":
            values_of(session)["garp_extra_all"] = True
            continue
        delay = numbers.unsigned(session, word, 1, 86400, words[0])
        if delay is None:
            return
    if not delay:
        session.complain("value", f"{words[0]} wants seconds", words[0])
        return
    values_of(session)["garp_extra_s"] = delay


def realtime_priority(field: str) -> Keyword:
    """Return a keyword with a real-time priority."""

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its number", words[0])
            return
        value = numbers.integer(session, words[1], -(2**31), numbers.INT_MAX, words[0])
        if value is None:
            return
        if not 1 <= value <= REALTIME_PRIORITY_MAX:
            session.complain("value", f"{words[0]} {value} is put between 1 and {REALTIME_PRIORITY_MAX}", words[1])
        values_of(session)[field] = min(max(value, 1), REALTIME_PRIORITY_MAX)

    return Keyword(handler)


def affinity(field: str) -> Keyword:
    """Return a keyword with numbers of processors."""

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} names no processor", words[0])
            return
        found = []
        for word in words[1:]:
            value = numbers.integer(session, word, 0, session.around.processors - 1, words[0])
            if value is None:
                return
            found.append(value)
        values_of(session)[field] = tuple(found)

    return Keyword(handler)


def fifo(field: str) -> Keyword:
    """Return a keyword with the path of a FIFO, user and group."""

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its name", words[0])
            return
        if field in values_of(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
            return
        user, group = (words[2] if len(words) > 2 else ""), (words[3] if len(words) > 3 else "")
        if (user and known(session, user, group)) or (not user and default_user(session) is not None):
            values_of(session)[field] = words[1], user, group

    return Keyword(handler)


def script(field: str) -> Keyword:
    """Return a keyword with a command that is complained about if it is missing."""
    inner = _G.script(field).handler
    assert inner is not None

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its command", words[0])
        elif field in values_of(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
        else:
            inner(session, words)
            if field not in values_of(session) and field in ("startup_script", "shutdown_script"):
                session.complain("command", f"{words[0]}: the command cannot be used", words[0])

    return Keyword(handler)


def snmp_socket(session: Session, words: Words) -> None:
    """Read `snmp_socket`."""
    if len(words) != 2:
        session.complain("value", "snmp_socket takes one name", words[0])
    elif "snmp_socket" in values_of(session):
        session.complain("twice", "snmp_socket was said before", words[0])
    else:
        values_of(session)["snmp_socket"] = words[1]


def receive_policy(session: Session, words: Words) -> None:
    """Read `vrrp_rx_bufs_policy`."""
    if len(words) < 2:
        session.complain("value", "vrrp_rx_bufs_policy wants MTU, ADVERT or a size", words[0])
        return
    policies = {word.upper() for word in words[1:] if word.upper() in ("MTU", "ADVERT")}
    for word in words[1:]:
        if word.upper() not in policies:
            size = numbers.unsigned(session, words[1], 0, _UINT, words[0], lenient=False)
            if size is not None:
                policies.add(str(size))
    if len(policies) > 1:
        session.complain("value", "vrrp_rx_bufs_policy takes one of MTU, ADVERT and a size", words[0])
    values_of(session)["receive_policy"] = tuple(sorted(policies))


def receive_multiplier(session: Session, words: Words) -> None:
    """Read `vrrp_rx_bufs_multiplier`."""
    if len(words) != 2:
        session.complain("value", "vrrp_rx_bufs_multiplier takes one number", words[0])
        return
    value = numbers.unsigned(session, words[1], 1, _UINT, words[0], lenient=False)
    if value is not None:
        values_of(session)["receive_multiplier"] = value


def buffers(field: str) -> Keyword:
    """Return a keyword with the size of a buffer."""

    def handler(session: Session, words: Words) -> None:
        if len(words) < 2:
            session.complain("value", f"{words[0]} lacks its size", words[0])
            return
        value = numbers.unsigned(session, words[1], 0, _UINT, words[0], lenient=False)
        if value:
            values_of(session)[field] = value

    return Keyword(handler)


_BITS = r"I[RWX](?:USR|GRP|OTH)(?:\|I[RWX](?:USR|GRP|OTH))*"


def umask(session: Session, words: Words) -> None:
    """Read `umask`: octal, or bits by name."""
    mask = argument(words)
    if mask[:1].isdigit():
        octal = re.fullmatch(r"0[0-7]*|0[xX][0-9a-fA-F]+|[1-9][0-9]*", mask)
        value = int(mask, 8 if mask[:1] == "0" and mask[1:2] not in ("x", "X") else 0) if octal else -1
        good = len(words) == 2 and 0 <= value <= 0o777
    else:
        good = re.fullmatch(_BITS, "".join(words[1:])) is not None
    if not good:
        session.complain("value", f"umask {' '.join(words[1:])} is no mask of permissions", mask)
        return
    values_of(session)["umask"] = " ".join(words[1:])


def include_check(session: Session, words: Words) -> None:
    """Read `include_check`, of which the reader of lines did what it says."""
    for number, word in enumerate(words[1:]):
        if word.lstrip("+-") not in OPTIONS:
            session.complain("value", f"include_check knows no {word}", word)
        if word[:1] not in "+-" and number:
            session.complain("value", f"include_check {word}: only the first stands without + or -", word)


def save_directory(session: Session, words: Words) -> None:
    """Read `config_save_dir`."""
    path = argument(words)
    state = session.around.state(path)
    if state.exists and not state.folder:
        session.complain("value", f"config_save_dir {path} is no folder", path)
    values_of(session)["config_save_dir"] = path


def directory(session: Session, words: Words) -> None:
    """Read `tmp_config_directory`."""
    if "config_directory" in values_of(session):
        session.complain("twice", f"{words[0]} was said before", words[0])
    elif len(words) < 2:
        session.complain("value", f"{words[0]} lacks its folder", words[0])
    else:
        values_of(session)["config_directory"] = words[1]


def iptables(session: Session, words: Words) -> None:
    """Read `vrrp_iptables`, which nftables replaced."""
    session.complain("deprecated", "iptables and ipsets are not used here: `nftables` replaces both", words[0])


def table_name(field: str, default: str) -> Keyword:
    """Return a keyword with the name of a table of nftables."""

    def handler(session: Session, words: Words) -> None:
        if field in values_of(session):
            session.complain("twice", f"{words[0]} was said before", words[0])
            return
        values_of(session)[field] = words[1] if len(words) > 1 else default

    return Keyword(handler)


def strict_integer(field: str, low: int, high: int) -> Keyword:
    """Return a keyword with a whole number that counts only if it is one."""
    return _G.integer(field, low, high, lenient=False)


def local_igmp(session: Session, words: Words) -> None:
    """Read `disable_local_igmp`."""
    if not session.around.state("/proc/sys/net/ipv4/igmp_link_local_mcast_reports").exists:
        session.complain("value", "the kernel has no igmp_link_local_mcast_reports", words[0])
