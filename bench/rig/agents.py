"""Cheap agents for measured clusters: shell scripts whose services are files, and a fence agent that asks the rig."""

from __future__ import annotations

from pathlib import Path

_SERVICE = """#!/bin/sh
# The service is a file of the node.
mine="$OCF_RESKEY_folder/$OCF_RESOURCE_INSTANCE@$OCF_RESKEY_CRM_meta_on_node"
case $1 in
start) : >"$mine" ;;
stop) rm -f "$mine" ;;
monitor) test -e "$mine" || exit 7 ;;
meta-data) cat <<X
<?xml version="1.0"?>
<resource-agent name="file" version="1.0"><version>1.1</version><longdesc lang="en">file</longdesc>
<shortdesc lang="en">file</shortdesc><parameters>
<parameter name="folder" required="1"><longdesc lang="en">folder</longdesc><shortdesc lang="en">folder</shortdesc>
<content type="string"/></parameter></parameters>
<actions><action name="start" timeout="20s"/><action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="10s"/><action name="meta-data" timeout="5s"/></actions></resource-agent>
X
;;
*) exit 3 ;;
esac
"""

_FENCE = """#!/bin/sh
# Leaves a wish, and waits until it is granted: the rig takes the file away when the node is off.
while IFS='=' read -r name value; do
case $name in
action) action=$value ;;
port|plug|nodename) target=$value ;;
folder) folder=$value ;;
esac
done
case ${action:-$1} in
metadata|*metadata) cat <<X
<?xml version="1.0"?>
<resource-agent name="fence_rig" shortdesc="rig"><longdesc>rig</longdesc><vendor-url/><parameters>
<parameter name="action" required="1"><getopt mixed="-o"/><content type="string" default="off"/></parameter>
<parameter name="port" required="0"><getopt mixed="-n"/><content type="string"/></parameter>
<parameter name="folder" required="1"><getopt mixed="-f"/><content type="string"/></parameter>
</parameters><actions><action name="on"/><action name="off"/><action name="reboot"/><action name="status"/>
<action name="monitor"/><action name="list"/><action name="metadata"/></actions></resource-agent>
X
;;
off|reboot)
wish="$folder/fence-$target"
echo "$action" >"$wish.new" && mv "$wish.new" "$wish"
while test -e "$wish"; do sleep 0.02; done
;;
esac
exit 0
"""


def install(folder: Path) -> tuple[Path, Path]:
    """Write the agents below this folder; return the folders of OCF providers and of fence agents."""
    ocf, fence = folder / "ocf", folder / "fence"
    for path, text in ((ocf / "bench" / "file", _SERVICE), (fence / "fence_rig", _FENCE)):
        path.parent.mkdir(parents=True)
        path.write_text(text)
        path.chmod(0o755)
    return ocf, fence
