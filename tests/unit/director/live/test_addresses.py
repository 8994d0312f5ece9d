"""This machine's addresses."""

import asyncio
from ipaddress import ip_address

from standfast.director import lvs
from standfast.director.live.addresses import Addresses


def test_the_loopback_s_address_is_found() -> None:
    """If this failed, services with `ha_suspend` would be checked nowhere, or everywhere."""

    async def go() -> frozenset[lvs.Address]:
        found: asyncio.Future[frozenset[lvs.Address]] = asyncio.get_running_loop().create_future()
        watching = Addresses(found.set_result)
        try:
            return await asyncio.wait_for(found, 30)
        finally:
            watching.close()

    assert ip_address("127.0.0.1") in asyncio.run(go())
