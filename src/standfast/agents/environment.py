"""The environment that a call of an agent gets: complete, nothing else is passed on.

Source: OCF resource agent API 1.1, "Parameter Passing"; what Pacemaker and heartbeat add to it is said below.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from standfast.agents.invocation import Invocation

OCF_VERSION = (1, 1)
REASON_PREFIX = "ocf-exit-reason:"
CHECK_LEVEL = "OCF_CHECK_LEVEL"
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class Site(msgspec.Struct, frozen=True):
    """What all calls on one node share: where agents are looked up, and what of the environment is the node's.

    `sbin_directory` holds the commands that agents call (crm_attribute, crm_node, …); it is HA_SBIN_DIR and stands
    in front of PATH. `feature_set` is what agents compare to know which meta attributes they get.
    `extra` is added last and wins.
    """

    ocf_root: str = "/usr/lib/ocf"
    ocf_directories: tuple[str, ...] = ("/usr/lib/ocf/resource.d", "/usr/ocf/resource.d")
    init_directory: str = "/etc/init.d"
    heartbeat_directory: str = "/etc/ha.d/resource.d"
    fence_directories: tuple[str, ...] = ("/usr/sbin", "/sbin", "/usr/lib/standfast/fence")
    sbin_directory: str = "/usr/sbin"
    path: str = SYSTEM_PATH
    log_facility: str = "daemon"
    log_file: str = ""
    debug: bool = False
    feature_set: str = "3.20.5"
    extra: Mapping[str, str] = msgspec.field(default_factory=dict)


def node_environment(site: Site) -> dict[str, str]:
    """Return what every agent of any class gets: PATH and the names for logging.

    HA_* are heartbeat's names, which ocf-shellfuncs reads to this day; PCMK_* are Pacemaker's.
    """
    path = [site.sbin_directory] if site.sbin_directory not in site.path.split(":")[:1] else []
    names = {
        "PATH": ":".join([*path, site.path]),
        "LANG": "C.UTF-8",
        "HA_SBIN_DIR": site.sbin_directory,
        "HA_LOGFACILITY": site.log_facility,
        "HA_logfacility": site.log_facility,
        "HA_LOGD": "no",
        "HA_use_logd": "no",
        "HA_debug": str(int(site.debug)),
        "HA_cluster_type": "corosync",
        "PCMK_logfacility": site.log_facility,
        "PCMK_debug": str(int(site.debug)),
        "PCMK_service": "standfast",
        "PCMK_cluster_type": "corosync",
    }
    if site.log_file:
        names |= {"HA_LOGFILE": site.log_file, "HA_logfile": site.log_file, "PCMK_logfile": site.log_file}
    return names


def meta_name(name: str) -> str:
    """Return the name under which a meta attribute reaches an agent: a shell variable holds no hyphen."""
    return "CRM_meta_" + name.replace("-", "_")


def ocf_environment(invocation: Invocation, site: Site) -> dict[str, str]:
    """Return what OCF agents get besides: the API's version, the resource's names, parameters, meta attributes."""
    agent = invocation.agent
    major, minor = OCF_VERSION
    names = {parameter_name(k): v for k, v in invocation.parameters.items()}
    names |= {"OCF_RESKEY_" + meta_name(k): v for k, v in invocation.meta.items() if k != CHECK_LEVEL}
    names |= {
        "OCF_RA_VERSION_MAJOR": str(major),
        "OCF_RA_VERSION_MINOR": str(minor),
        "OCF_ROOT": site.ocf_root,
        "OCF_EXIT_REASON_PREFIX": REASON_PREFIX,
        "OCF_RESOURCE_TYPE": agent.type,
        "OCF_RESKEY_crm_feature_set": site.feature_set,
    }
    if agent.provider:
        names["OCF_RESOURCE_PROVIDER"] = agent.provider
    if invocation.resource_id:
        names["OCF_RESOURCE_INSTANCE"] = invocation.resource_id
    if CHECK_LEVEL in invocation.meta:
        names.setdefault(CHECK_LEVEL, invocation.meta[CHECK_LEVEL])
    return names


def parameter_name(name: str) -> str:
    """Return the variable that carries a parameter; OCF_CHECK_LEVEL is one by itself (Pacemaker's way to set it)."""
    return name if name == CHECK_LEVEL else "OCF_RESKEY_" + name


def environment(invocation: Invocation, site: Site) -> dict[str, str]:
    """Return the whole environment of a call. Names and values that no environment can hold are left out."""
    names = node_environment(site)
    if invocation.agent.standard == "ocf":
        names |= ocf_environment(invocation, site)
    names |= site.extra
    return {k: v for k, v in names.items() if k and "=" not in k and "\0" not in k and "\0" not in v}
