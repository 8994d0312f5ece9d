"""Files are read when they change, however they change."""

from __future__ import annotations

import select
from pathlib import Path

from standfast.director.vrrp.live.tracked_files import TrackedFiles
from standfast.director.vrrp.tracked_things import TrackFile

LIMIT_MS = 5000


class Watched:
    """Tracked files of a folder."""

    def __init__(self, *files: TrackFile) -> None:
        self.values: dict[str, int | None] = {}
        self.files = TrackedFiles(self.values.__setitem__)
        self.troubles = self.files.use(files)
        self._poll = select.poll()
        self._poll.register(self.files.fileno(), select.POLLIN)

    def becomes(self, name: str, value: int | None) -> bool:
        """Return whether a file's value becomes this."""
        while self.values.get(name) != value:
            if not self._poll.poll(LIMIT_MS):
                return False
            self.files.changed()
        return True


def test_a_file_is_followed(tmp_path: Path) -> None:
    """A priority would be that of yesterday."""
    path = tmp_path / "weight"
    watched = Watched(TrackFile("f", str(path)), TrackFile("other", str(tmp_path / "other")))
    assert watched.values == {"f": 0, "other": 0}
    path.write_text("7\n")
    assert watched.becomes("f", 7)
    (tmp_path / "new").write_text("-9")
    (tmp_path / "new").rename(path)
    assert watched.becomes("f", -9)
    path.unlink()
    assert watched.becomes("f", 0)
    path.write_text("99999999999")
    assert watched.becomes("f", None)
    assert watched.values["other"] == 0
    watched.files.close()


def test_a_folder_that_comes_later(tmp_path: Path) -> None:
    """A file in /run would not be seen where its folder is made by another program."""
    folder = tmp_path / "later"
    watched = Watched(TrackFile("f", str(folder / "f")))
    assert watched.values == {"f": 0}
    folder.mkdir()
    (folder / "f").write_text("3")
    watched.files.look_for_folders()
    assert watched.values == {"f": 3}
    (folder / "f").write_text("4")
    assert watched.becomes("f", 4)
    (folder / "f").unlink()
    folder.rmdir()
    assert watched.becomes("f", 0)
    watched.files.close()


def test_a_value_to_begin_with(tmp_path: Path) -> None:
    """`init_file` would do nothing, or wipe out what an operator wrote."""
    for name in ("kept", "overwritten"):
        (tmp_path / name).write_text("5")
    watched = Watched(
        TrackFile("kept", str(tmp_path / "kept"), init_value=1),
        TrackFile("overwritten", str(tmp_path / "overwritten"), init_value=1, overwrite=True),
        TrackFile("made", str(tmp_path / "made"), init_value=2),
        TrackFile("nowhere", str(tmp_path / "no" / "where"), init_value=2),
    )
    assert watched.values == {"kept": 5, "overwritten": 1, "made": 2, "nowhere": 0}
    assert len(watched.troubles) == 1
    watched.files.close()
