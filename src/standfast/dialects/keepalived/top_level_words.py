"""The words that begin VRRP's and BFD's blocks, and tracked files. Their tables are imported when a file has one."""

from __future__ import annotations

INSTANCE = "vrrp_instance"
SYNC = "vrrp_sync_group"
SCRIPT = "vrrp_script"
PROCESS = "vrrp_track_process"
TRACK_GROUP = "track_group"
GARP = "garp_group"
LINKBEAT = "linkbeat_interfaces"
UP_DOWN = "interface_up_down_delays"
OF_VRRP = (
    TRACK_GROUP, "static_ipaddress", "static_routes", "static_rules", SYNC, GARP, LINKBEAT, INSTANCE, SCRIPT, PROCESS,
    UP_DOWN,
)  # fmt: skip
OF_BFD = ("bfd_instance",)
OF_FILES = ("track_file", "vrrp_track_file")
