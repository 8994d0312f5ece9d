"""How the processes are to run."""

from __future__ import annotations

import pytest

from standfast import director
from standfast.dialects.keepalived import ProcessWide, bfd_of, checkers_running_of, process_wide_of, vrrp_of


@pytest.mark.parametrize(("said", "expected"), [("5", 5), ("", 99), ("-1", 0), ("0", 0)])
def test_how_the_process_rises_when_it_is_late(read, said: str, expected: int) -> None:
    """A priority would be taken that nobody allowed, or not the one that is."""
    text = f"global_defs {{\n    max_auto_priority {said}\n    min_auto_priority_delay 5000\n}}\n"
    running = vrrp_of(read(text)).running
    assert (running.auto_priority_max, running.auto_priority_delay_us) == (expected, 5000)


@pytest.mark.parametrize(
    ("said", "expected"),
    [("027", 0o27), ("0x12", 0o22), ("18", 0o22), ("IWGRP | IWOTH", 0o22), ("IRWX", None), ("IROTH|IXUSR", 0o104)],
)
def test_masks_of_permissions(read, said: str, expected: int | None) -> None:
    """Everybody could read what only some may, or write it."""
    assert process_wide_of(read(f"global_defs {{\n    umask {said}\n}}\n")).umask == expected


def test_names_of_files(read) -> None:
    """Two daemons of one namespace would take each other for themselves."""
    assert process_wide_of(read("instance one\n")) == ProcessWide("one", True)
    assert process_wide_of(read("use_pid_dir\n")) == ProcessWide("", True)
    assert process_wide_of(read("")) == ProcessWide()


@pytest.mark.parametrize("word", ["rlimit_rttime", "rlimit_rtime"])
def test_the_limit_of_real_time_is_the_process_s_own(read, word: str) -> None:
    """A process would be killed for what another may not."""
    source = read(f"global_defs {{\n    vrrp_{word} 20000\n    bfd_{word} 30000\n}}\n")
    assert (vrrp_of(source).running.rttime_limit_us, bfd_of(source).running.rttime_limit_us) == (20_000, 30_000)
    assert vrrp_of(read("")).running.rttime_limit_us == 0


def test_each_process_stands_as_is_said_of_it(read) -> None:
    """The checks would run before adverts, or one process on the processors that another was to have alone."""
    words = ["rt_priority {0}", "priority {0}", "no_swap", "cpu_affinity {1}", "rlimit_rttime {0}000"]
    lines = [
        f"{name}_{word}".format(7 + at, at % 2) for at, name in enumerate(("vrrp", "checker", "bfd")) for word in words
    ]
    source = read("global_defs {\n" + "\n".join(lines) + "\n}\n")
    for at, running in enumerate((vrrp_of(source).running, checkers_running_of(source), bfd_of(source).running)):
        assert (running.rt_priority, running.nice, running.rttime_limit_us) == (7 + at, 7 + at, (7 + at) * 1000)
        assert (running.no_swap, running.processors) == (True, (at % 2,))
    assert checkers_running_of(read("")) == director.Running()
