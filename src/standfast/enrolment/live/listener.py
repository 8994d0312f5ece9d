"""Where machines that join knock: open while an invitation holds."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Awaitable, Callable

from standfast.dialects import corosync
from standfast.enrolment import admission, messages, tokens
from standfast.enrolment.live import certificate, programs
from standfast.enrolment.live.places import PORT, Places
from standfast.errors import Exit, LiveError, ProtocolError, StandfastError
from standfast.runtime.live import now

LOG = logging.getLogger("standfast.cluster")
PATIENCE_S = 30.0
WRONG_DELAY_S = 1.0
# Commit a new corosync.conf: (text, the text it was made from, nodes that are out of it) -> why not, or nothing.
Commit = Callable[[str, str, tuple[str, ...]], Awaitable[str]]


class Listener:
    """Hands out tokens, and lets one machine in with each."""

    def __init__(self, places: Places, commit: Commit, node: Callable[[], str]) -> None:
        self._places, self._commit, self._node = places, commit, node
        self._invitations: dict[bytes, admission.Invitation] = {}
        self._server: asyncio.Server | None = None
        self._busy = asyncio.Lock()
        self._closing: asyncio.TimerHandle | None = None

    async def invite(self, ttl_s: float) -> str:
        """Return a new token; the port is open as long as any holds. Raises: LiveError."""
        context, fingerprint = await asyncio.to_thread(certificate.context, self._places.state, self._node())
        if self._server is None:
            try:
                self._server = await asyncio.start_server(
                    self._client, None, PORT, ssl=context, limit=messages.LINE_BYTES_MAX, reuse_address=True
                )
            except OSError as error:
                raise LiveError(f"port {PORT} cannot be opened: {error.strerror}") from None
        secret, until_ms = secrets.token_bytes(tokens.SECRET_BYTES), now().monotonic_ms + ttl_s * 1000
        key = admission.digest(secret)
        self._invitations[key] = admission.Invitation(key, until_ms)
        self._close_later()
        return str(tokens.Token(secret, fingerprint))

    def _close_later(self) -> None:
        """Close the port some time after the last invitation has run out, so that a late joiner is told."""
        if self._closing:
            self._closing.cancel()
        last_ms = max(i.until_ms for i in self._invitations.values()) - now().monotonic_ms
        self._closing = asyncio.get_running_loop().call_later(last_ms / 1000 + PATIENCE_S, self.close)

    def close(self) -> None:
        """Close the port and forget all invitations."""
        if self._closing:
            self._closing.cancel()
        self._closing = None
        if self._server:
            self._server.close()
        self._server = None
        self._invitations.clear()

    async def _client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = str((writer.get_extra_info("peername") or ("?",))[0])
        try:
            hello = await _read(reader)
            if not isinstance(hello, messages.Hello):
                raise ProtocolError(f"a {type(hello).__name__} at the beginning")
            async with self._busy:
                await self._admit(peer, hello, reader, writer)
        except (StandfastError, OSError, TimeoutError, ValueError, asyncio.IncompleteReadError) as error:
            LOG.warning("a joiner at %s went wrong: %s", peer, error or type(error).__name__)
        finally:
            writer.close()
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), PATIENCE_S)

    async def _admit(
        self, peer: str, hello: messages.Hello, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        tree, now_ms = self._places.tree(), now().monotonic_ms
        verdict = admission.decide(hello, tree, self._invitations, now_ms, programs.corosync_version())
        if isinstance(verdict, messages.Refused):
            LOG.warning("refused %s at %s: %s", hello.node, peer, verdict.reason)
            if verdict.exit_status == Exit.NO_PERMISSION:
                await asyncio.sleep(WRONG_DELAY_S)
            await _say(writer, verdict)
            return
        if verdict.tree is not tree and (error := await self._commit(verdict.tree.text, tree.text, ())):
            await _say(writer, messages.Refused(error, "see to it on a member, and try again"))
            return
        try:
            await self._hand_over(verdict, reader, writer)
        except BaseException:
            if verdict.tree is not tree:
                await self._take_out(verdict, tree)
            raise

    async def _hand_over(
        self, admitted: admission.Admitted, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        conf = corosync.conf(admitted.tree)
        files = messages.Files(conf.cluster, admitted.node.id, admitted.tree.text, self._places.key())
        await _say(writer, files)
        heard = await _read(reader)
        if not isinstance(heard, messages.Written):
            raise ProtocolError(heard.reason if isinstance(heard, messages.Failed) else "it said hello twice")
        key = admitted.invitation.digest
        self._invitations[key] = admission.Invitation(key, admitted.invitation.until_ms, used=True)
        LOG.info("%s joined with id %d", admitted.node.name, admitted.node.id)
        with contextlib.suppress(OSError):
            await _say(writer, messages.Welcome())

    async def _take_out(self, admitted: admission.Admitted, before: corosync.Tree) -> None:
        """Take a node out again that has not got its files: a new version, as the nodes have read the other one."""
        back = corosync.without_node(admitted.tree, admitted.node.name)
        text = corosync.raised(corosync.two_nodes_or_more(back)).text
        if error := await self._commit(text, admitted.tree.text, (admitted.node.name,)):
            LOG.error("%s has not joined and is still in corosync.conf: %s", admitted.node.name, error)


async def _read(reader: asyncio.StreamReader) -> messages.ToMember:
    data = await asyncio.wait_for(reader.readuntil(b"\n"), PATIENCE_S)
    return messages.to_member(data)


async def _say(writer: asyncio.StreamWriter, message: messages.ToJoiner) -> None:
    writer.write(messages.line(message))
    await asyncio.wait_for(writer.drain(), PATIENCE_S)
