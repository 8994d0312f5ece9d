"""The environment of agents."""

from __future__ import annotations

from standfast.agents import AgentName, Invocation, Site, environment

OCF = AgentName("ocf", "IPaddr", "heartbeat")


def call(**changes: object) -> dict[str, str]:
    settings: dict[str, object] = {"agent": OCF, "action": "start", "timeout_ms": 20000, "resource_id": "ip"}
    return environment(Invocation(**(settings | changes)), Site())  # type: ignore[arg-type]


def test_ocf_names() -> None:
    """Agents would not know which instance they are, nor that an OCF manager calls them."""
    names = call()
    assert names["OCF_ROOT"] == "/usr/lib/ocf"
    assert (names["OCF_RA_VERSION_MAJOR"], names["OCF_RA_VERSION_MINOR"]) == ("1", "1")
    assert names["OCF_RESOURCE_INSTANCE"] == "ip"
    assert (names["OCF_RESOURCE_TYPE"], names["OCF_RESOURCE_PROVIDER"]) == ("IPaddr", "heartbeat")
    assert names["OCF_RESKEY_crm_feature_set"].startswith("3.")


def test_parameters_and_meta_attributes() -> None:
    """Agents would miss their parameters, and clones would not know how many they are."""
    names = call(parameters={"ip": "10.0.0.1"}, meta={"clone-max": "2", "notify_type": "pre", "timeout": "20000"})
    assert names["OCF_RESKEY_ip"] == "10.0.0.1"
    assert names["OCF_RESKEY_CRM_meta_clone_max"] == "2"
    assert names["OCF_RESKEY_CRM_meta_notify_type"] == "pre"
    assert names["OCF_RESKEY_CRM_meta_timeout"] == "20000"


def test_check_level_is_a_variable_of_its_own() -> None:
    """Deep monitors would be shallow ones: agents read OCF_CHECK_LEVEL, not OCF_RESKEY_OCF_CHECK_LEVEL."""
    names = call(parameters={"OCF_CHECK_LEVEL": "10"})
    assert names["OCF_CHECK_LEVEL"] == "10"
    assert "OCF_RESKEY_OCF_CHECK_LEVEL" not in names
    assert call(meta={"OCF_CHECK_LEVEL": "20"})["OCF_CHECK_LEVEL"] == "20"


def test_our_commands_stand_in_front_of_the_path() -> None:
    """Agents would call another cluster's crm_attribute, or none."""
    site = Site(sbin_directory="/usr/lib/standfast/sbin", log_facility="local3", extra={"PCMK_node_name": "n1"})
    names = environment(Invocation(OCF, "start", 1000), site)
    assert names["PATH"].split(":")[0] == "/usr/lib/standfast/sbin" == names["HA_SBIN_DIR"]
    assert "/usr/bin" in names["PATH"].split(":")
    assert names["HA_LOGFACILITY"] == "local3"
    assert names["PCMK_node_name"] == "n1"


def test_log_file_only_when_there_is_one() -> None:
    """Agents would write into a file named "" or not into the configured one."""
    assert "HA_LOGFILE" not in call()
    assert environment(Invocation(OCF, "start", 1), Site(log_file="/var/log/x"))["HA_LOGFILE"] == "/var/log/x"


def test_only_ocf_agents_get_ocf_names() -> None:
    """An init script would think that it is an OCF agent."""
    names = environment(Invocation(AgentName("lsb", "nginx"), "start", 1000, parameters={"a": "b"}), Site())
    assert not [n for n in names if n.startswith("OCF_")]
    assert "PATH" in names


def test_what_no_environment_can_hold_is_left_out() -> None:
    """One odd parameter would make every call of the resource impossible."""
    names = call(parameters={"a=b": "1", "nul": "x\0y", "good": "z"})
    assert "OCF_RESKEY_good" in names
    assert not [n for n in names if "=" in n or "nul" in n]
