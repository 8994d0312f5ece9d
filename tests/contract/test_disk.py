"""What every disk must do, in memory and in a folder, and the store on both."""

from __future__ import annotations

from pathlib import Path

import pytest

from standfast import cib
from standfast.cib.disk import Disk, ModelDisk
from standfast.cib.live import Folder
from standfast.cib.store import Store
from standfast.errors import LiveError


@pytest.fixture(params=["model", "folder"])
def disk(request: pytest.FixtureRequest, tmp_path: Path) -> Disk:
    return ModelDisk() if request.param == "model" else Folder(tmp_path / "cib")


def document(epoch: int) -> cib.Document:
    made = cib.Document.empty("store")
    made.root.set("epoch", str(epoch))
    cib.status.set_attribute(made, "1", "n1", "a", "1")
    return made


def overwrite(disk: Disk, name: str, data: bytes) -> None:
    disk.write(name, data)
    disk.sync(name)
    disk.sync_folder()


def test_files_are_written_read_renamed_and_removed(disk: Disk) -> None:
    """The simulated disk would do otherwise than the real one, and its tests prove nothing."""
    assert disk.names() == ()
    disk.write("b", b"1")
    disk.write("a", b"22")
    disk.write("a", b"333")
    disk.sync("a")
    disk.rename("a", "b")
    disk.sync_folder()
    assert (disk.names(), disk.read("b")) == (("b",), b"333")
    disk.remove("b")
    disk.remove("b")
    assert disk.names() == ()
    with pytest.raises(LiveError):
        disk.read("b")


def test_an_empty_store_holds_nothing(disk: Disk) -> None:
    """A new node would not start."""
    found = Store(disk).load()
    assert (found.document, found.term, found.members, found.refused) == (None, 0, (), ())


def test_the_newest_document_comes_back_without_status(disk: Disk) -> None:
    """After a restart the cluster would have an older configuration, another term, or a status long past."""
    store = Store(disk)
    for epoch in (1, 2):
        store.save(document(epoch), 7 + epoch, ("n1", "n?>2"))
    found = Store(disk).load()
    assert found.document is not None
    assert (found.document.version, found.term, found.members) == (cib.Version(0, 2, 0), 9, ("n1", "n?>2"))
    assert len(found.document.status) == 0
    expected = document(2)
    expected.status.clear()
    assert found.document.render() == expected.render()


def test_history_is_bounded(disk: Disk) -> None:
    """The store would fill the disk."""
    store = Store(disk, keep=3)
    for epoch in range(1, 8):
        store.save(document(epoch), 1, ())
    assert store.history() == ("cib-0000000007.xml", "cib-0000000006.xml", "cib-0000000005.xml")
    assert len(disk.names()) == 3


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda data: data[: len(data) // 2], "torn"),
        (lambda data: data.replace(b'value="store"', b'value="other"'), "altered"),
        (lambda data: data.replace(b'"term": 2', b'"term": 9'), "altered"),
        (lambda data: b"", "empty"),
        (lambda data: b"\0" * len(data), "empty"),
        (lambda data: b"<cib/>", "does not begin"),
        (lambda data: b"<?standfast {no json}?>\n<cib/>", "first line"),
    ],
)
def test_a_spoilt_file_is_refused_and_the_one_before_used(disk: Disk, spoil: object, why: str) -> None:
    """A torn or altered configuration would be run, or no configuration at all."""
    store = Store(disk)
    store.save(document(1), 1, ("n1",))
    store.save(document(2), 2, ("n1",))
    newest = store.history()[0]
    overwrite(disk, newest, spoil(disk.read(newest)))  # type: ignore[operator]
    found = store.load()
    assert found.document is not None
    assert (found.document.version.epoch, found.term) == (1, 1)
    [message] = found.refused
    assert newest in message
    assert why in message


def test_when_all_is_spoilt_nothing_is_used(disk: Disk) -> None:
    """A node would run a configuration that nobody wrote."""
    store = Store(disk)
    store.save(document(1), 1, ())
    overwrite(disk, store.history()[0], b"rubbish")
    found = store.load()
    assert found.document is None
    assert len(found.refused) == 1


def test_after_a_spoilt_file_saving_goes_on(disk: Disk) -> None:
    """A node with one bad file could never store again."""
    store = Store(disk)
    store.save(document(1), 1, ())
    overwrite(disk, store.history()[0], b"rubbish")
    overwrite(disk, "notes.txt", b"somebody's own")
    store.save(document(2), 1, ())
    found = store.load()
    assert found.document is not None
    assert (found.document.version.epoch, found.refused) == (2, ())
    assert disk.read("notes.txt") == b"somebody's own"
