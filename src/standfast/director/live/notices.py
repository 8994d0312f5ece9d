"""What is told outside: lines to named pipes, mails."""

from __future__ import annotations

import asyncio
import contextlib
import grp
import os
import pwd
import socket
import stat
from collections.abc import Iterable

from standfast.director.configuration import Fifo, Mail
from standfast.errors import LiveError

_MODE = 0o600


class Pipes:
    """The notify FIFOs. A line that nobody reads in time is lost, and counted."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[int, bool]] = {}
        self.lost = 0

    def use(self, fifos: Iterable[Fifo]) -> list[Fifo]:
        """Open these and no others; return those that are new. Raises: LiveError; the others are open then."""
        wanted = {fifo.path: fifo for fifo in fifos}
        for path in [path for path in self._open if path not in wanted]:
            self._close(path)
        fresh, troubles = [], []
        for path, fifo in wanted.items():
            if path in self._open:
                continue
            try:
                self._open[path] = _opened(fifo)
                fresh.append(fifo)
            except (OSError, KeyError) as error:
                troubles.append(f"{path}: {error}")
        if troubles:
            raise LiveError("; ".join(troubles))
        return fresh

    def write(self, line: str) -> None:
        """Write a line to all."""
        for fd, _ in self._open.values():
            try:
                os.write(fd, line.encode() + b"\n")
            except OSError:
                self.lost += 1

    def close(self) -> None:
        """Close all, remove those that we made."""
        for path in list(self._open):
            self._close(path)

    def _close(self, path: str) -> None:
        fd, made = self._open.pop(path)
        os.close(fd)
        if made:
            with contextlib.suppress(OSError):
                os.unlink(path)


def _opened(fifo: Fifo) -> tuple[int, bool]:
    """Return a FIFO's descriptor, and whether it was made for it. It stays open without a reader."""
    made = False
    with contextlib.suppress(FileExistsError):
        os.mkfifo(fifo.path, _MODE)
        made = True
    fd = os.open(fifo.path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISFIFO(os.fstat(fd).st_mode):
        os.close(fd)
        raise OSError(f"{fifo.path} is no FIFO")
    if fifo.user:
        owner = pwd.getpwnam(fifo.user)
        os.fchown(fd, owner.pw_uid, grp.getgrnam(fifo.group).gr_gid if fifo.group else owner.pw_gid)
    return fd, made


async def send(mail: Mail, subject: str, body: str) -> str:
    """Send a mail; return what went wrong, "" if nothing."""
    try:
        await asyncio.to_thread(_deliver, mail, subject, body)
    except OSError as error:  # what SMTP refuses is one
        return f"mail to {mail.server} port {mail.port}: {error}"
    return ""


def _deliver(mail: Mail, subject: str, body: str) -> None:
    import smtplib  # only here: most directors send no mail, and a start would wait for all of `email`
    from email.message import EmailMessage

    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, mail.sender, ", ".join(mail.recipients)
    message.set_content(body)
    helo = mail.helo_name or socket.gethostname()
    with smtplib.SMTP(mail.server, mail.port, helo, timeout=mail.timeout_ms / 1000) as server:
        server.send_message(message)
