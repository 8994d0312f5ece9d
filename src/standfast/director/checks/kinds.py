"""The kinds of checks of real servers, with what each asks. Source: keepalived.conf(5); ours are named as such."""

from __future__ import annotations

import enum

import msgspec

from standfast.director.lvs import Address

STATUS_CODES_DEFAULT = ((200, 299),)
WEIGHT_FAILED = -(2**31)
"""The number in a tracked file that fails its check."""


class Script(msgspec.Struct, frozen=True):
    """A command with its arguments, and whom it runs as.

    An empty user is the daemon's own, an empty group the user's. A time-out of 0 is the default of its use.
    """

    arguments: tuple[str, ...]
    user: str = ""
    group: str = ""
    timeout_ms: int = 0

    def __str__(self) -> str:
        return " ".join(self.arguments)


class Connect(msgspec.Struct, frozen=True):
    """Where a check connects to and from (`connect_ip`, `connect_port`, `bindto`, `bind_port`, `bind_if`, `fwmark`).

    None, 0 and an empty name are: the real server's own address and port; what the routes say; no mark.
    """

    address: Address | None = None
    port: int = 0
    source: Address | None = None
    source_port: int = 0
    interface: str = ""
    timeout_ms: int = 5000
    mark: int = 0


class Rhythm(msgspec.Struct, frozen=True):
    """When a check runs. `alpha`: it counts as failed until its first success.

    `warmup_ms` None is the delay loop: first checks are spread over it. Only the first failure in a row is logged,
    and the one that decides, unless `log_all_failures`.
    """

    delay_loop_ms: int = 60_000
    retry: int = 1
    delay_before_retry_ms: int = 1000
    warmup_ms: int | None = None
    alpha: bool = False
    log_all_failures: bool = False

    @property
    def spread_ms(self) -> int:
        """Return over how long first checks are spread."""
        return self.delay_loop_ms if self.warmup_ms is None else self.warmup_ms


class _Kind(msgspec.Struct, frozen=True, tag=True, tag_field="kind"):
    """What a check asks; encoded, it says which kind it is."""


class TcpCheck(_Kind, frozen=True):
    """TCP_CHECK: a connection can be made."""

    connect: Connect = Connect()


class Url(msgspec.Struct, frozen=True):
    """One url of HTTP_GET or SSL_GET and what its answer must be.

    `virtual_host` is what Host says; empty: the address (and port). `digest` is the MD5 of the body in hexadecimal,
    or empty. Offsets of a regular expression count bytes of the body, 0 is none.
    """

    path: str = "/"
    virtual_host: str = ""
    status_codes: tuple[tuple[int, int], ...] = STATUS_CODES_DEFAULT
    digest: str = ""
    regex: str = ""
    regex_no_match: bool = False
    regex_options: tuple[str, ...] = ()
    regex_min_offset: int = 0
    regex_max_offset: int = 0


class HttpVersion(enum.StrEnum):
    """What a request says it speaks; HTTP_1_0C is 1.0 with `Connection: close`, HTTP_2 is ours."""

    HTTP_1_0 = "1.0"
    HTTP_1_0C = "1.0C"
    HTTP_1_1 = "1.1"
    HTTP_2 = "2"


class Tls(msgspec.Struct, frozen=True):
    """How SSL_GET encrypts. `verify` (ours): the certificate must be good by `ca_file` or `ca_path`, or by the system's
    authorities, and be the host's. `server_name` is sent as SNI; empty: the virtual host with `send_server_name`."""

    send_server_name: bool = False
    server_name: str = ""
    certificate: str = ""
    key: str = ""
    password: str = ""
    ca_file: str = ""
    ca_path: str = ""
    verify: bool = False


class Proxy(msgspec.Struct, frozen=True):
    """An HTTP proxy that a check goes through (ours); over TLS, and with `tunnel`, by CONNECT."""

    address: Address
    port: int
    tunnel: bool = False
    user: str = ""
    password: str = ""


class HttpCheck(_Kind, frozen=True):
    """HTTP_GET, and SSL_GET if there is a `tls`. What stands from `headers` on is ours.

    `fast_recovery`: while it is down, or at the start, the next url is asked at once.
    """

    connect: Connect = Connect()
    urls: tuple[Url, ...] = (Url(),)
    version: HttpVersion = HttpVersion.HTTP_1_0
    tls: Tls | None = None
    fast_recovery: bool = False
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"
    user: str = ""
    password: str = ""
    compressed: bool = False
    redirects_max: int = 0
    proxy: Proxy | None = None


class SmtpCheck(_Kind, frozen=True):
    """SMTP_CHECK: a banner 220, HELO answered by 250, QUIT."""

    connect: Connect = Connect()
    helo_name: str = "smtpchecker.keepalived.org"


class DnsCheck(_Kind, frozen=True):
    """DNS_CHECK: an answer of rcode 0 to this question."""

    connect: Connect = Connect()
    type: str = "SOA"
    name: str = "."


class UdpCheck(_Kind, frozen=True):
    """UDP_CHECK: no ICMP error, and with `require_reply` an answer of a fitting length.

    `reply` are pairs of value and mask for the answer's first bytes; empty: any.
    """

    connect: Connect = Connect()
    payload: bytes = b""
    require_reply: bool = False
    reply: tuple[tuple[int, int], ...] = ()
    reply_length_min: int = 0
    reply_length_max: int = 255


class PingCheck(_Kind, frozen=True):
    """PING_CHECK: an echo comes back."""

    connect: Connect = Connect()


class MiscCheck(_Kind, frozen=True):
    """MISC_CHECK: a script ends with 0. `dynamic`: 2 to 255 succeeds too and makes the weight two less than it.

    The script's time-out of 0 is the delay loop.
    """

    script: Script
    dynamic: bool = False


class FileCheck(_Kind, frozen=True):
    """FILE_CHECK: the number in a file, times `weight`, is added to the real server's weight.

    `reverse`: it is subtracted. Weight 0: any number but 0 fails it. `poll_ms` is how often the file is looked at.
    """

    path: str
    weight: int = 1
    reverse: bool = False
    poll_ms: int = 1000


class BfdCheck(_Kind, frozen=True):
    """BFD_CHECK: follows a BFD session by its name."""

    session: str


Kind = TcpCheck | HttpCheck | SmtpCheck | DnsCheck | UdpCheck | PingCheck | MiscCheck | FileCheck | BfdCheck


class Check(msgspec.Struct, frozen=True):
    """One check of a real server. Many real servers may share one: it holds nothing of theirs."""

    kind: Kind
    rhythm: Rhythm = Rhythm()

    @property
    def name(self) -> str:
        """Return keepalived's keyword for it."""
        if isinstance(self.kind, HttpCheck):
            return "SSL_GET" if self.kind.tls else "HTTP_GET"
        return NAMES[type(self.kind)]


NAMES: dict[type, str] = {
    TcpCheck: "TCP_CHECK",
    SmtpCheck: "SMTP_CHECK",
    DnsCheck: "DNS_CHECK",
    UdpCheck: "UDP_CHECK",
    PingCheck: "PING_CHECK",
    MiscCheck: "MISC_CHECK",
    FileCheck: "FILE_CHECK",
    BfdCheck: "BFD_CHECK",
}
RETRY_DEFAULTS: dict[type, int] = {DnsCheck: 3, MiscCheck: 0}
"""Where `retry` is not 1. HTTP waits 3 s before a retry, DNS the delay loop, the others 1 s."""


def default_rhythm(kind: type, delay_loop_ms: int = 60_000) -> Rhythm:
    """Return when a check of this kind runs if nothing is said. Source: keepalived.conf(5)."""
    before_retry_ms = 3000 if kind is HttpCheck else delay_loop_ms if kind is DnsCheck else 1000
    return Rhythm(delay_loop_ms, RETRY_DEFAULTS.get(kind, 1), before_retry_ms)
