"""Bundles: containers with what runs in them."""

from __future__ import annotations

from itertools import pairwise


def bundle(small, replicas: int = 2, inner: bool = True) -> str:
    child = small.primitive("httpd") if inner else ""
    return (
        f'<bundle id="web"><podman image="localhost/web" replicas="{replicas}"/>'
        '<network ip-range-start="192.0.2.10"><port-mapping id="p" port="80"/></network>'
        '<storage><storage-mapping id="s" source-dir="/srv" target-dir="/var/www" options="rw"/></storage>'
        f"{child}</bundle>"
    )


def test_a_replica_is_a_container_an_address_and_a_node(small) -> None:
    """Containers would be started without their addresses, or nothing in them."""
    plan = small.plan(bundle(small), nodes=["n1", "n2"])
    assert {"web-podman-0", "web-podman-1", "web-ip-192.0.2.10", "web-ip-192.0.2.11", "web-0", "web-1"} <= set(
        plan.node
    )
    assert plan.node["httpd:0"] == "web-0"
    assert {plan.node["web-podman-0"], plan.node["web-podman-1"]} == {"n1", "n2"}


def test_the_order_in_a_replica(small) -> None:
    """A service would be started in a container that is not there yet."""
    plan = small.plan(bundle(small, replicas=1), nodes=["n1"])
    chain = ["web-ip-192.0.2.10_start_0 n1", "web-podman-0_start_0 n1", "web-0_start_0 n1", "httpd:0_start_0 web-0"]
    assert all(plan.precedes(first, then) for first, then in pairwise(chain))


def test_what_the_container_is_started_with(small) -> None:
    """The container would not have its ports and volumes."""
    attributes = small.plan(bundle(small, replicas=1), nodes=["n1"]).attributes("web-podman-0_start_0 n1")
    assert attributes["image"] == "localhost/web"
    assert "/srv:/var/www:rw" in attributes["run_opts"]
    assert "-p 192.0.2.10:80:80" in attributes["run_opts"]


def test_the_state_tells_replicas(small) -> None:
    """Status commands would show containers without a bundle."""
    found = small.state(bundle(small)).resources[0]
    assert (found.kind, found.image, len(found.replicas)) == ("bundle", "localhost/web", 2)
    assert found.replicas[0].address == "192.0.2.10"


def test_a_bundle_without_anything_inside(small) -> None:
    """Plain containers could not be clustered."""
    plan = small.plan(bundle(small, inner=False), nodes=["n1", "n2"])
    assert {one for one in plan.node if "podman" in one} == {"web-podman-0", "web-podman-1"}
    assert "web-0" not in plan.node
