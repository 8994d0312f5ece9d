"""Who follows sessions from another process."""

from __future__ import annotations

from pathlib import Path

from standfast.director.bfd.live.followers import Follower, Teller


def test_followers_are_told(tmp_path: Path) -> None:
    """VRRP would keep an address whose path is gone."""
    path = tmp_path / "run" / "vrrp-bfd.sock"
    follower = Follower(path)
    teller = Teller((str(tmp_path / "nobody.sock"), str(path)))
    assert follower.read() == []
    teller.tell([("A", True), ("a name", False)])
    teller.tell([("A", False)])
    assert follower.read() == [("A", True), ("a name", False), ("A", False)]
    assert path.stat().st_mode & 0o77 == 0
    follower.close()
    teller.tell([("A", True)])
    again = Follower(path)
    teller.tell([("A", True)])
    assert again.read() == [("A", True)]
    again.close()
    teller.close()
    assert not path.exists()


def test_a_follower_that_does_not_read(tmp_path: Path) -> None:
    """One that hangs would stop the sessions; what it reads later is the past, so the states come again each second."""
    follower = Follower(tmp_path / "slow.sock")
    teller = Teller((str(tmp_path / "slow.sock"),))
    for _ in range(2000):
        teller.tell([("A", True)])
    assert 0 < len(follower.read()) < 2000
    teller.tell([("A", False)])
    assert follower.read() == [("A", False)]
    follower.close()
    teller.close()
