"""A systemd for tests, on the bus of DBUS_SYSTEM_BUS_ADDRESS. What a unit does follows from its name.

good: starts and stops after a moment; slow: its jobs never end; broken: its start fails; all others do not exist.
"""

from __future__ import annotations

import asyncio
import itertools

import sdbus
from sdbus import DbusFailedError, DbusInterfaceCommonAsync, dbus_method_async, dbus_property_async, dbus_signal_async

ROOT = "/org/freedesktop/systemd1"


class NoSuchUnitError(DbusFailedError):
    """The unit does not exist."""

    dbus_error_name = "org.freedesktop.systemd1.NoSuchUnit"


class Unit(DbusInterfaceCommonAsync, interface_name="org.freedesktop.systemd1.Unit"):
    """One unit."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "inactive"

    @dbus_property_async("s")
    def active_state(self) -> str:
        return self.state

    @dbus_property_async("s")
    def sub_state(self) -> str:
        return "dead" if self.state == "inactive" else "start"


class Manager(DbusInterfaceCommonAsync, interface_name="org.freedesktop.systemd1.Manager"):
    """The manager."""

    def __init__(self, units: dict[str, Unit]) -> None:
        super().__init__()
        self.units = units
        self.numbers = itertools.count(1)
        self.tasks: set[asyncio.Task[None]] = set()

    @dbus_method_async()
    async def subscribe(self) -> None:
        """Begin to send signals."""

    @dbus_method_async()
    async def reload(self) -> None:
        """Read all files again."""

    @dbus_method_async("s", "o")
    async def load_unit(self, name: str) -> str:
        return f"{ROOT}/unit/{name.removesuffix('.service') if name in self.units else 'none'}"

    @dbus_method_async("ss", "o")
    async def start_unit(self, name: str, mode: str) -> str:
        return self.job(name, "activating", "active")

    @dbus_method_async("ss", "o")
    async def stop_unit(self, name: str, mode: str) -> str:
        return self.job(name, "deactivating", "inactive")

    @dbus_signal_async("uoss")
    def job_removed(self) -> tuple[int, str, str, str]:
        raise AssertionError("a signal is not called")

    def job(self, name: str, way: str, end: str) -> str:
        if name not in self.units:
            raise NoSuchUnitError(f"Unit {name} not found.")
        number = next(self.numbers)
        path = f"{ROOT}/job/{number}"
        self.units[name].state = way
        if not name.startswith("slow"):
            task = asyncio.create_task(self.work(number, path, name, end))
            self.tasks.add(task)
        return path

    async def work(self, number: int, path: str, name: str, end: str) -> None:
        await asyncio.sleep(0.3)
        broken = name.startswith("broken")
        self.units[name].state = "failed" if broken else end
        self.job_removed.emit((number, path, name, "failed" if broken else "done"))


async def main() -> None:
    """Serve until the bus is gone."""
    bus = sdbus.sd_bus_open_system()
    units = {f"{name}.service": Unit() for name in ("good", "slow", "broken")}
    manager = Manager(units)
    manager.export_to_dbus(ROOT, bus)
    for name, unit in units.items():
        unit.export_to_dbus(f"{ROOT}/unit/{name.removesuffix('.service')}", bus)
    missing = Unit()
    missing.export_to_dbus(f"{ROOT}/unit/none", bus)
    await bus.request_name_async("org.freedesktop.systemd1", 0)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
