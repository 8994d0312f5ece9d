"""The elements of the resources that a bundle stands for: containers, addresses, connections, a clone.

Source: Pacemaker Explained, "Bundles"; the agents' parameters as Pacemaker 3.0 makes them.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from lxml import etree

from standfast import cib
from standfast.scheduler.remote_nodes import connection_element

_PORT = "3121"
_KEY = "/etc/pacemaker/authkey"
_LOG = "/var/log"
_BUNDLE_LOG = "/var/log/pacemaker/bundles"
_DAEMON = "/usr/sbin/pacemaker-remoted"


class Mount(msgspec.Struct, frozen=True):
    """A folder in a container; with `subdirectory` each replica has its own below the source."""

    source: str
    target: str
    options: str = ""
    subdirectory: bool = False


class Port(msgspec.Struct, frozen=True):
    """A port of the host, and the container's that it leads to."""

    source: str
    target: str


class Configuration(msgspec.Struct):
    """What a bundle's element says."""

    id: str
    agent: str  # docker or podman
    image: str
    promoted_max: int
    replicas: int
    replicas_per_host: int
    run_command: str | None
    options: str | None
    container_network: str | None
    ip_range_start: str | None
    host_netmask: str | None
    host_interface: str | None
    control_port: str | None
    add_host: bool
    mounts: list[Mount] = msgspec.field(default_factory=list)
    ports: list[Port] = msgspec.field(default_factory=list)
    primitive: etree._Element | None = None

    @property
    def has_network(self) -> bool:
        """Return whether what runs inside can be reached, and so be controlled."""
        return bool(self.ip_range_start or self.control_port)


REPLICAS_MAX = 100
"""How many replicas a bundle has at most: a slip of the finger must not take all memory."""


def read(element: etree._Element) -> Configuration | None:
    """Return what a bundle's element says; None if it names no container technology, or cannot control its content."""
    runtime = next((found for tag in ("docker", "podman") if (found := element.find(tag)) is not None), None)
    if runtime is None:
        return None
    network = element.find("network")
    said: Mapping[str, str] = {} if network is None else {str(k): str(v) for k, v in network.attrib.items()}
    promoted_max = max(0, cib.values.integer(runtime.get("promoted-max")) or 0)
    replicas = runtime.get("replicas")
    configuration = Configuration(
        id=element.get("id") or "",
        agent=str(runtime.tag),
        image=runtime.get("image") or "",
        promoted_max=promoted_max,
        replicas=min(
            REPLICAS_MAX,
            promoted_max if replicas is None and promoted_max else max(1, cib.values.integer(replicas) or 1),
        ),
        replicas_per_host=max(1, cib.values.integer(runtime.get("replicas-per-host")) or 1),
        run_command=runtime.get("run-command"),
        options=runtime.get("options"),
        container_network=runtime.get("network"),
        ip_range_start=said.get("ip-range-start"),
        host_netmask=said.get("host-netmask"),
        host_interface=said.get("host-interface"),
        control_port=said.get("control-port"),
        add_host=cib.values.is_true(said.get("add-host"), True),
        ports=_ports(network),
        mounts=_mounts(element.find("storage")),
        primitive=element.find("primitive"),
    )
    if not configuration.ip_range_start and configuration.control_port:
        configuration.replicas_per_host = 1
    if configuration.primitive is not None:
        if not configuration.has_network:
            return None
        _add_control(configuration)
    return configuration


def _ports(network: etree._Element | None) -> list[Port]:
    found = []
    for mapping in network.iterchildren("port-mapping") if network is not None else ():
        source = mapping.get("port")
        target = mapping.get("internal-port") if source is not None else None
        source = source if source is not None else mapping.get("range")
        if source:
            found.append(Port(source, target or source))
    return found


def _mounts(storage: etree._Element | None) -> list[Mount]:
    found = []
    for mapping in storage.iterchildren("storage-mapping") if storage is not None else ():
        source, root, target = (mapping.get(name) for name in ("source-dir", "source-dir-root", "target-dir"))
        if (source or root) and target:
            options = mapping.get("options") or ""
            found.append(Mount(source or root or "", target, options, subdirectory=source is None))
    return found


def _add_control(configuration: Configuration) -> None:
    """Add what the daemon inside needs: its key, its log, its port."""
    own_log = any(mount.target == _LOG for mount in configuration.mounts)
    configuration.mounts.append(Mount(_KEY, _KEY))
    if not own_log:
        configuration.mounts.append(Mount(_BUNDLE_LOG, _LOG, subdirectory=True))
    port = configuration.control_port or _PORT
    configuration.ports.append(Port(port, port))


def clone(configuration: Configuration) -> etree._Element | None:
    """Return the clone of what runs in the containers."""
    if configuration.primitive is None:
        return None
    suffix = "master" if configuration.promoted_max else "clone"
    element = etree.Element("clone", {"id": f"{configuration.id}-{suffix}"})
    per_host = configuration.replicas_per_host
    meta = {
        "ordered": "true",
        "clone-max": str(configuration.replicas),
        "clone-node-max": str(per_host),
        "globally-unique": "true" if per_host > 1 else "false",
    }
    if configuration.promoted_max:
        meta |= {"promotable": "true", "promoted-max": str(configuration.promoted_max)}
    _pairs(element, cib.nvpairs.META, f"{configuration.id}-clone-meta", meta)
    element.append(cib.templates.resolved_copy(configuration.primitive))
    return element


def next_address(address: str) -> str:
    """Return the IPv4 address after this one; empty where there is none."""
    octets = [int(octet) for octet in address.split(".") if octet.isdigit()]
    if len(octets) != 4 or octets[2] > 253:
        return ""
    if octets[3] > 253:
        octets[2:] = [octets[2] + 1, 1]
    else:
        octets[3] += 1
    return ".".join(str(octet) for octet in octets)


def host_options(configuration: Configuration, addresses: list[str]) -> str:
    """Return the options that tell each container the names of all."""
    text = ""
    for number, address in enumerate(addresses):
        name = f"{configuration.id}-{number}"
        text += f" --add-host={name}:{address}" if configuration.add_host else f" --hosts-entry={address}={name}"
    return text


def address_resource(configuration: Configuration, number: int, address: str) -> etree._Element:
    """Return the element of a replica's address."""
    name = f"{configuration.id}-ip-{address}"
    element = _primitive(name, "IPaddr2")
    parameters = {"ip": address}
    if configuration.host_interface is not None:
        parameters["nic"] = configuration.host_interface
    parameters["cidr_netmask"] = configuration.host_netmask or "32"
    _pairs(element, cib.nvpairs.INSTANCE, f"{configuration.id}-attributes-{number}", parameters)
    _monitor(element, name)
    return element


def container(configuration: Configuration, number: int, address: str, hosts: str) -> etree._Element:
    """Return the element of a replica's container."""
    name = f"{configuration.id}-{configuration.agent}-{number}"
    element = _primitive(name, configuration.agent)
    sources = [f"{mount.source}/{configuration.id}-{number}" for mount in configuration.mounts if mount.subdirectory]
    parameters = {
        "image": configuration.image,
        "allow_pull": "true",
        "force_kill": "false",
        "reuse": "false",
        "run_opts": _run_options(configuration, number, address, hosts),
        "mount_points": ",".join(sources),
    }
    command = configuration.run_command
    if configuration.primitive is not None:
        command = command or _DAEMON
    if command is not None:
        parameters["run_cmd"] = command
    parameters["monitor_cmd"] = "/bin/true"
    _pairs(element, cib.nvpairs.INSTANCE, f"{configuration.id}-attributes-{number}", parameters)
    _monitor(element, name)
    return element


def _run_options(configuration: Configuration, number: int, address: str, hosts: str) -> str:
    text = " --restart=no" if configuration.agent == "docker" else ""
    if configuration.ip_range_start is not None:
        text += f" -h {configuration.id}-{number}"
    text += " -e PCMK_stderr=1"
    if configuration.container_network is not None:
        text += f" --net={configuration.container_network}"
    text += f" -e PCMK_remote_port={configuration.control_port or _PORT}"
    for mount in configuration.mounts:
        source = f"{mount.source}/{configuration.id}-{number}" if mount.subdirectory else mount.source
        text += f" -v {source}:{mount.target}" + (f":{mount.options}" if mount.options else "")
    for port in configuration.ports:
        if address:
            text += f" -p {address}:{port.source}:{port.target}"
        elif configuration.container_network != "host":
            text += f" -p {port.source}:{port.target}"
    if configuration.options is not None:
        text += f" {configuration.options}"
    return f"{text} {hosts}"


def connection(configuration: Configuration, name: str, container_id: str, address: str) -> etree._Element:
    """Return the element of the connection into a replica's container."""
    return connection_element(
        name,
        container_id,
        parameters={"addr": address or "#uname", "port": configuration.control_port or _PORT},
    )


def _primitive(name: str, agent: str) -> etree._Element:
    return etree.Element("primitive", {"id": name, "class": "ocf", "provider": "heartbeat", "type": agent})


def _pairs(element: etree._Element, tag: str, block_id: str, pairs: Mapping[str, str]) -> None:
    block = etree.SubElement(element, tag, {"id": block_id})
    for name, value in pairs.items():
        etree.SubElement(block, "nvpair", {"id": f"{block_id}-{name}", "name": name, "value": value})


def _monitor(element: etree._Element, name: str) -> None:
    operations = etree.SubElement(element, "operations")
    etree.SubElement(operations, "op", {"id": f"{name}-monitor-60s", "interval": "60s", "name": "monitor"})
