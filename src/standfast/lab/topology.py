"""The names and addresses of a lab, and the `ip` batches that wire it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from standfast.errors import Exit, RequestError

Components = Sequence[Sequence[str]]

PREFIX = 16
NODES_MAX = 32
CLIENT = "client"
CLIENT_ADDRESS = "172.16.255.254"
SERVICE_ADDRESS = "172.16.100.12"


@dataclass(frozen=True, slots=True)
class LabNode:
    """A node of the lab. `id` is from 1 up; the port on the bridge has the node's name."""

    id: int
    name: str

    @property
    def address(self) -> str:
        """Return the address of its eth0."""
        return f"172.16.0.{self.id}"

    @property
    def mac(self) -> str:
        """Return the hardware address of its eth0: the same in every life, so that no neighbour's entry goes stale."""
        return f"02:73:66:00:00:{self.id:02x}"


def nodes(count: int) -> tuple[LabNode, ...]:
    """Return n1, n2, … Raises: RequestError if the lab does not hold so many."""
    if not 1 <= count <= NODES_MAX:
        raise RequestError(f"a lab has 1 to {NODES_MAX} nodes, not {count}", Exit.USAGE)
    return tuple(LabNode(number, f"n{number}") for number in range(1, count + 1))


def hosts_file(members: Sequence[LabNode]) -> str:
    """Return /etc/hosts of every node."""
    lines = ["127.0.0.1 localhost", f"{CLIENT_ADDRESS} {CLIENT}", f"{SERVICE_ADDRESS} service"]
    return "".join(line + "\n" for line in [*lines, *(f"{node.address} {node.name}" for node in members)])


def bridge(component: int) -> str:
    """Return the name of the bridge of the component with this number; the client is on that of component 0."""
    return f"br{component}"


def bridge_batch() -> str:
    """Return the commands that raise the bridge and the client's address, in the bridge's namespace."""
    name = bridge(0)
    return (
        f"link set lo up\nlink add {name} type bridge\naddress add {CLIENT_ADDRESS}/{PREFIX} dev {name}\n"
        f"link set {name} up\n"
    )


def port_batch(node: LabNode, pid: int) -> str:
    """Return the commands that give the network namespace of `pid` its eth0, and plug the other end in."""
    return (
        f"link add {node.name} type veth peer name eth0 address {node.mac} netns {pid}\n"
        f"link set {node.name} master {bridge(0)} up\n"
    )


def node_batch(node: LabNode) -> str:
    """Return the commands that raise a node's own network, inside the node."""
    return f"link set lo up\naddress add {node.address}/{PREFIX} dev eth0\nlink set eth0 up\n"


def cut_batch(components: Components, plugged: Collection[str]) -> str:
    """Return the commands that divide the network: a bridge for each component; a node that is alone has its port down.

    The first component keeps the bridge with the client. Only ports of nodes in `plugged` are touched.
    """
    lines = []
    for number, component in enumerate(components):
        if number and len(component) > 1:
            lines.append(f"link add {bridge(number)} type bridge\nlink set {bridge(number)} up")
        lines += [f"link set {name} {port_state(components, name)}" for name in component if name in plugged]
    return "".join(line + "\n" for line in lines)


def port_state(components: Components, name: str) -> str:
    """Return what the port of a node is set to while the lab is cut into these components."""
    number = next((number for number, component in enumerate(components) if name in component), 0)
    if number and len(components[number]) == 1:
        return "down"
    return f"master {bridge(number)} up"


def heal_batch(components: Components, plugged: Collection[str]) -> str:
    """Return the commands that undo `cut_batch` of the same components."""
    lines = [
        f"link set {name} {port_state((), name)}" for component in components for name in component if name in plugged
    ]
    lines += [
        f"link del {bridge(number)}" for number, component in enumerate(components) if number and len(component) > 1
    ]
    return "".join(line + "\n" for line in lines)
