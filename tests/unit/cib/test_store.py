"""The store on a disk that crashes."""

from __future__ import annotations

import random

import pytest

from standfast import cib
from standfast.cib.disk import ModelDisk
from standfast.cib.store import Store, pack, unpack
from standfast.errors import LiveError


class Dying(ModelDisk):
    """A disk whose machine dies before its n-th change from now."""

    def __init__(self) -> None:
        super().__init__()
        self.left = -1

    def _change(self) -> None:
        if self.left == 0:
            raise SystemExit
        self.left -= 1


def document(epoch: int) -> cib.Document:
    made = cib.Document.empty("store")
    made.root.set("epoch", str(epoch))
    return made


@pytest.mark.parametrize("changes", range(9))
def test_no_crash_loses_what_was_acknowledged(changes: int) -> None:
    """A power failure while storing would lose an acknowledged change, or leave half a document to be run."""
    outcomes = set()
    for seed in range(60):
        disk = Dying()
        store = Store(disk, keep=2)
        for epoch in (1, 2, 3):
            store.save(document(epoch), epoch, ("n1",))
        disk.left = changes
        acknowledged = 3
        try:
            for epoch in (4, 5):
                store.save(document(epoch), epoch, ("n1",))
                acknowledged = epoch
        except SystemExit:
            pass
        disk.left = -1
        choose = random.Random(seed)
        disk.crash(choose.randrange)
        found = store.load()
        assert found.document is not None
        assert acknowledged <= found.document.version.epoch <= acknowledged + 1
        assert found.term == found.document.version.epoch
        assert found.refused == ()
        store.save(document(9), 9, ())
        outcomes.add(found.document.version.epoch - acknowledged)
    assert outcomes <= {0, 1}


def test_without_syncing_the_model_does_lose() -> None:
    """The model would forgive what a real disk does not, and the test above prove nothing."""
    lost = 0
    for seed in range(40):
        disk = ModelDisk()
        disk.write("f", b"content")
        disk.rename("f", "g")
        disk.crash(random.Random(seed).randrange)
        lost += disk.names() != ("g",) or disk.read("g") != b"content"
    assert lost > 10


def test_a_disk_in_trouble_refuses_and_the_old_stays() -> None:
    """A full disk would end the daemon or spoil the last good document."""
    disk = ModelDisk()
    store = Store(disk)
    store.save(document(1), 1, ())
    disk.trouble = "no space left on device"
    with pytest.raises(LiveError, match="no space"):
        store.save(document(2), 1, ())
    disk.trouble = ""
    found = store.load()
    assert found.document is not None
    assert found.document.version.epoch == 1


def test_packing_is_from_the_moment() -> None:
    """A status change during a save would be half in the file."""
    made = document(1)
    packed = pack(made, 1, ())
    made.root.set("epoch", "2")
    found = unpack(packed)
    assert found.document is not None
    assert found.document.version.epoch == 1
