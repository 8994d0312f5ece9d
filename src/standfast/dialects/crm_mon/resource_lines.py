"""crm_mon's lines for resources. Facts: Pacemaker 2.1.5's crm_mon on its own scheduler's cases."""

from __future__ import annotations

from standfast.dialects.crm_mon.facts import Facts
from standfast.dialects.crm_mon.tree import Branch, base_name, is_active, natural, shown_name
from standfast.scheduler import InstanceState, Role, State

_HEADS = {"group": "Resource Group", "clone": "Clone Set", "bundle": "Container bundle set"}
_SUMMED = (Role.PROMOTED, Role.UNPROMOTED, Role.STARTED)


def lines(top: list[Branch | InstanceState], state: State, facts: Facts, indent: str = "  ") -> list[str]:
    """Return the lines of these resources."""
    out: list[str] = []
    for item in top:
        if isinstance(item, Branch):
            out += _branch(item, state, facts, indent)
        else:
            out.append(f"{indent}* {instance_line(item, facts)}")
    return out


def instance_line(instance: InstanceState, facts: Facts) -> str:
    """Return `name (agent): role node (flags)`."""
    words = [w for w, on in (("ORPHANED", instance.orphaned), ("FAILED", instance.failed)) if on]
    if not instance.failed or instance.role == Role.PROMOTED:
        words.append(instance.role.value)
    text = f"{shown_name(instance, facts)}\t({instance.agent}):\t {' '.join(words)}"
    if len(instance.nodes) > 1:
        text += f" [ {' '.join(instance.nodes)} ]"
    elif instance.nodes:
        text += f" {instance.nodes[0]}"
    flags = _flags(instance)
    return text + (f" ({', '.join(flags)})" if flags else "")


def _flags(instance: InstanceState) -> list[str]:
    flags = [instance.pending] if instance.pending else []
    target = instance.target_role.lower()
    if target == "stopped":
        flags.append("disabled")
    elif target in ("unpromoted", "slave") and instance.role == Role.PROMOTED:
        flags.append(f"target-role:{instance.target_role}")
    if instance.blocked:
        flags.append("blocked")
    if instance.maintenance:
        flags.append("maintenance")
    elif not instance.managed:
        flags.append("unmanaged")
    return flags


def _branch(branch: Branch, state: State, facts: Facts, indent: str) -> list[str]:
    if branch.kind == "group":
        head = f"{indent}* Resource Group: {branch.id}{_in_parens(_branch_flags(branch))}:"
        return [head, *lines(branch.children, state, facts, indent + "  ")]
    if branch.kind == "bundle":
        head = f"{indent}* Container bundle set: {branch.id} [{branch.facts.image}]{_in_parens(_branch_flags(branch))}:"
        return [head, *lines(branch.children, state, facts, indent + "  ")]
    return [_clone_head(branch, facts, indent), *_clone_members(branch, state, facts, indent + "  ")]


def _branch_flags(branch: Branch) -> list[str]:
    flags = ["disabled"] if branch.facts.disabled else []
    if branch.facts.maintenance:
        flags.append("maintenance")
    elif not branch.managed:
        flags.append("unmanaged")
    return flags


def _in_parens(words: list[str]) -> str:
    return f" ({', '.join(words)})" if words else ""


def _clone_head(branch: Branch, facts: Facts, indent: str) -> str:
    kinds = [w for w, on in (("promotable", branch.facts.promotable), ("unique", branch.facts.unique)) if on]
    child = branch.facts.child or (base_name(_name(branch.children[0])) if branch.children else "")
    return f"{indent}* Clone Set: {branch.id} [{child}]{_in_parens([*kinds, *_branch_flags(branch)])}:"


def _name(item: Branch | InstanceState) -> str:
    return item.id


def _clone_members(branch: Branch, state: State, facts: Facts, indent: str) -> list[str]:
    """Return the instances that are in order as sums by role, the others one by one."""
    out: list[str] = []
    sums: dict[Role, list[str]] = {}
    for child in branch.children:
        below = list(child.instances()) if isinstance(child, Branch) else [child]
        role = None if branch.facts.unique else _common_role(below)
        if role is not None:
            sums.setdefault(role, []).append(below[0].nodes[0])
        elif branch.facts.unique or any(_is_noteworthy(i) for i in below):
            out += lines([child], state, facts, indent)
    for role in _SUMMED:
        if role in sums:
            out.append(f"{indent}* {role.value}: [ {' '.join(sorted(sums[role], key=natural))} ]")
    if not branch.facts.unique:
        out += _stopped(branch, state, indent)
    return out


def _is_noteworthy(instance: InstanceState) -> bool:
    return is_active(instance) or instance.failed or instance.blocked or bool(instance.pending)


def _common_role(below: list[InstanceState]) -> Role | None:
    """Return the role that all instances have on one node, if nothing is to be said of any; None else."""
    if not below or any(len(i.nodes) != 1 or _flags(i) or i.failed or i.orphaned for i in below):
        return None
    roles = {i.role for i in below}
    role = roles.pop() if len(roles) == 1 else None
    return role if role in _SUMMED and len({i.nodes for i in below}) == 1 else None


def _stopped(branch: Branch, state: State, indent: str) -> list[str]:
    """Return the nodes on which no instance runs, if some instance is stopped."""
    active = {node for i in branch.instances() if is_active(i) for node in i.nodes}
    idle = [n.name for n in state.nodes if n.name not in active and n.kind != "guest"]
    stopped = any(not is_active(i) and not i.orphaned for i in branch.instances())
    return [f"{indent}* Stopped: [ {' '.join(sorted(idle, key=natural))} ]"] if idle and stopped else []
