"""Names of virtual MACs' interfaces and of ipvlans, as keepalived 2.2.7 gives them, and which addresses they hold."""

from __future__ import annotations

import msgspec

from standfast.dialects.keepalived.engine import Draft

_NAME_MAX = 15


class VmacNames(msgspec.Struct, frozen=True):
    """`own`: by an instance's name. `of_addresses`: by the instance's name, interface and family."""

    own: dict[str, str]
    of_addresses: dict[tuple[str, str, int], str]


def vmac_names(instances: list[Draft], values: Draft) -> VmacNames:
    """Return all names; instances of one number share the virtual MACs of one interface and family."""
    plain: str = values.get("vmac_prefix", "vrrp")
    prefix: str = values.get("vmac_addr_prefix", plain)
    named = [draft for draft in instances if draft.get("vmac_name")]
    taken = {draft["vmac_name"] for draft in named}
    shared: dict[tuple[str, int, str], str] = {}
    for draft in (draft for draft in named if draft.get("vmac")):
        shared[_place(draft, draft["interface"], draft.get("family", 4))] = draft["vmac_name"]
    own: dict[str, str] = {}
    of_addresses: dict[tuple[str, str, int], str] = {}

    def name(draft: Draft, interface: str, family: int, prefix: str) -> str:
        place = _place(draft, interface, family)
        if place not in shared:
            shared[place] = _free(prefix, draft.get("vrid", 0), family, taken)
        return shared[place]

    for draft in instances:
        if draft.get("ipvlan"):
            free = draft.get("vmac_name") or _free(plain, draft.get("vrid", 0), draft.get("family", 4), taken)
            own[draft["name"]] = free
        elif draft.get("vmac"):
            plain_name = draft.get("vmac_name") or name(draft, draft["interface"], draft.get("family", 4), plain)
            own[draft["name"]] = plain_name
        for entry in (*draft.get("addresses", []), *draft.get("excluded", [])):
            if has_vmac(draft, entry):
                interface, family = _interface(draft, entry), entry["address"].version
                of_addresses[draft["name"], interface, family] = name(draft, interface, family, prefix)
    return VmacNames(own, of_addresses)


def name_for(names: VmacNames, draft: Draft, entry: Draft) -> str:
    """Return the interface with a virtual MAC that is made for an address, if one is."""
    if not has_vmac(draft, entry):
        return ""
    return names.of_addresses[draft["name"], _interface(draft, entry), entry["address"].version]


def has_vmac(draft: Draft, entry: Draft) -> bool:
    """Return whether an address has a virtual MAC that is not its instance's."""
    elsewhere = _interface(draft, entry) != draft["interface"]
    strange = elsewhere or entry["address"].version != draft.get("family", 4)
    if draft.get("vmac_addresses"):
        return strange or ("use_vmac" in entry["flags"] and not draft.get("vmac"))
    return "use_vmac" in entry["flags"] and (strange or not draft.get("vmac"))


def _interface(draft: Draft, entry: Draft) -> str:
    return str(entry.get("interface") or draft["interface"])


def _place(draft: Draft, interface: str, family: int) -> tuple[str, int, str]:
    """Return what makes two virtual MACs one: an interface cannot have two of one MAC."""
    mac = str(draft.get("mac", ""))
    return interface, 0 if mac else family << 8 | int(draft.get("vrid", 0)), mac


def _free(prefix: str, vrid: int, family: int, taken: set[str]) -> str:
    """Return the first name that nobody has: with no number, for IPv6 then 6, then 1, 2 and so on."""
    numbers = ["", "6", *(str(n) for n in range(1, 256) if n != 6)] if family == 6 else ["", *map(str, range(1, 256))]
    for number in numbers:
        end = f"{number}.{vrid}"
        name = prefix[: _NAME_MAX - len(end)] + end
        if name not in taken:
            break
    taken.add(name)
    return name
