"""The machine that joins: what it says to a member, and the files it writes, or takes back."""

from __future__ import annotations

import hmac
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from standfast import __version__
from standfast.dialects import corosync
from standfast.enrolment import messages, tokens
from standfast.enrolment.live import certificate, programs, staging
from standfast.enrolment.live.places import PORT, Places
from standfast.errors import ConfigError, Exit, LiveError, RemoteProtocolError, RequestError, StandfastError

CONNECT_S = 10.0
PATIENCE_S = 120.0


class _Member:
    """A connection to a member, whose certificate is the token's."""

    def __init__(self, connection: ssl.SSLSocket) -> None:
        self._connection = connection
        self._lines = connection.makefile("rb")

    def say(self, message: messages.ToMember) -> None:
        self._connection.sendall(messages.line(message))

    def hear(self) -> messages.ToJoiner:
        line = self._lines.readline(messages.LINE_BYTES_MAX)
        if not line.endswith(b"\n"):
            raise LiveError("the member ended the connection")
        return messages.to_joiner(line)


@contextmanager
def _connected(host: str, token: tokens.Token) -> Iterator[_Member]:
    """Yield a connection; nothing is said before the certificate was compared. Raises: RequestError."""
    try:
        with (
            socket.create_connection((host, PORT), CONNECT_S) as plain,
            certificate.client_context().wrap_socket(plain) as secured,
        ):
            secured.settimeout(PATIENCE_S)
            shown = tokens.fingerprint(secured.getpeercert(binary_form=True) or b"")
            if not hmac.compare_digest(shown, token.fingerprint):
                raise RequestError(
                    f"{host} has another certificate than the token says: it is not the machine that printed it, or "
                    "somebody is between (ask for a new token there: standfast cluster invite)",
                    Exit.NO_PERMISSION,
                )
            yield _Member(secured)
    except ssl.SSLError as error:
        raise RequestError(f"no TLS with {host}: {error.reason}", Exit.PROTOCOL) from None
    except OSError as error:
        cure = "is the token still good, and the port open? standfast cluster invite on a member opens it"
        raise RequestError(f"{host} port {PORT}: {error.strerror or error} ({cure})", Exit.NO_HOST) from None


def preflight(places: Places, rejoin: bool) -> str:
    """Return this machine's version of Corosync. Raises: RequestError if this machine cannot become a member."""
    version = programs.demand_corosync()
    name = places.configured()
    if name and not rejoin:
        raise RequestError(
            f"this machine belongs to the cluster {name} already ({places.conf}); standfast cluster leave, or --rejoin "
            "to get its files anew",
            Exit.EXISTS,
        )
    if programs.answers():
        raise RequestError("Corosync runs on this machine; standfast cluster stop, first", Exit.UNSATISFIED)
    return version


def join(
    places: Places, host: str, token_text: str, node: str, addresses: list[str], cluster: str, rejoin: bool
) -> corosync.Conf:
    """Become a member: return the configuration that stands on this machine then.

    Raises: RequestError, LiveError, ConfigError; this machine is as it was before.
    """
    token = tokens.parse(token_text)
    version = preflight(places, rejoin)
    expected = cluster or (places.configured() if rejoin else "")
    hello = messages.Hello(messages.PROTOCOL, token.secret, node, addresses, expected, __version__, version)
    with _connected(host, token) as member:
        member.say(hello)
        heard = member.hear()
        if isinstance(heard, messages.Refused):
            known = heard.exit_status in tuple(Exit)
            status = Exit(heard.exit_status) if known else Exit.ERROR
            raise RequestError(f"{host} refused: {heard.reason} ({heard.cure})", status)
        if not isinstance(heard, messages.Files):
            raise RemoteProtocolError(f"a {type(heard).__name__} instead of files")
        return _install(places, member, heard)


def _install(places: Places, member: _Member, files: messages.Files) -> corosync.Conf:
    staged = staging.Staged()
    try:
        tree = corosync.read(files.conf, str(places.conf))
        if wrong := [f.report for f in corosync.check(tree) if f.is_refusal]:
            raise ConfigError(wrong)
        staged.add(places.conf, files.conf.encode(errors="surrogateescape"), 0o644)
        staged.add(Path(tree.value("totem", "keyfile") or places.authkey), files.authkey, 0o400)
        staged.apply()
    except (LiveError, ConfigError) as error:
        member.say(messages.Failed(str(error)))
        raise
    try:
        member.say(messages.Written())
        if not isinstance(member.hear(), messages.Welcome):
            raise RemoteProtocolError("no welcome")
    except (OSError, StandfastError) as error:
        staged.undo()
        raise LiveError(
            f"the member went away before it was done ({error}); this machine is as it was; the cluster may list it "
            "(standfast cluster status there)"
        ) from None
    return corosync.conf(tree)
