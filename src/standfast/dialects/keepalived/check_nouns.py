"""Checkers of a configuration as the director's nouns, with the defaults of their kinds and of what they stand in."""

from __future__ import annotations

from standfast.dialects.keepalived.engine import Draft
from standfast.director import checks

DELAY_LOOP_US = 60_000_000
TIMEOUT_US = 5_000_000
_DEFAULT_RETRY = {checks.DnsCheck: 3, checks.MiscCheck: 0}
_RETRY_DELAY_US = {checks.HttpCheck: 3_000_000}
_RHYTHMICAL = ("retry", "delay_before_retry_us", "warmup_us", "delay_loop_us", "alpha")


class Checks:
    """Makes checks; equal ones are one value, of which big configurations hold many."""

    def __init__(self, ssl: Draft, track_files: dict[str, Draft]) -> None:
        self._ssl = ssl
        self._files = track_files
        self._made: dict[checks.Check, checks.Check] = {}

    def of(self, server: Draft, service: Draft) -> tuple[checks.Check, ...]:
        """Return the checks of a real server."""
        made = [checks.Check(self._kind(draft, server, service), _rhythm(draft, server)) for draft in server["checks"]]
        return tuple(self._made.setdefault(check, check) for check in made)

    def _kind(self, draft: Draft, server: Draft, service: Draft) -> checks.Kind:
        kind = draft["kind"]
        if kind is checks.MiscCheck:
            command, timeout_s = draft["command"], draft.get("misc_timeout_s", 0)
            script = checks.Script(command.arguments, command.user, command.group, timeout_s * 1000)
            return checks.MiscCheck(script, bool(draft.get("dynamic")))
        if kind is checks.FileCheck:
            return self._file(draft)
        if kind is checks.BfdCheck:
            return checks.BfdCheck(draft["name"])
        connect = _connect(draft, server)
        if kind is checks.HttpCheck:
            return self._http(draft, server, service, connect)
        if kind is checks.SmtpCheck:
            name = draft.get("helo_name")
            return checks.SmtpCheck(connect, name) if name else checks.SmtpCheck(connect)
        if kind is checks.DnsCheck:
            return checks.DnsCheck(connect, draft.get("type", "SOA"), draft.get("name", "."))
        if kind is checks.UdpCheck:
            return _udp(draft, connect)
        return checks.PingCheck(connect) if kind is checks.PingCheck else checks.TcpCheck(connect)

    def _file(self, draft: Draft) -> checks.FileCheck:
        file = self._files.get(draft["file"], {})
        source = draft if "weight" in draft else file
        return checks.FileCheck(file.get("path", ""), source.get("weight", 1), bool(source.get("reverse")))

    def _http(self, draft: Draft, server: Draft, service: Draft, connect: checks.Connect) -> checks.HttpCheck:
        host = next((d["virtual_host"] for d in (draft, server, service) if d.get("virtual_host")), "")
        ssl = self._ssl
        tls = None
        if draft.get("tls"):
            tls = checks.Tls(
                send_server_name=bool(draft.get("send_server_name")),
                certificate=ssl.get("certificate", ""), key=ssl.get("key", ""), password=ssl.get("password", ""),
                ca_file=ssl.get("ca", ""),
            )  # fmt: skip
        urls = tuple(_url(url, host) for url in draft["urls"])
        version = draft.get("version", checks.HttpVersion.HTTP_1_0)
        return checks.HttpCheck(connect, urls, version, tls, bool(draft.get("fast_recovery")))


def _udp(draft: Draft, connect: checks.Connect) -> checks.UdpCheck:
    lengths = draft.get("reply_min", 0), draft.get("reply_max", 255)
    reply = bool(draft.get("require_reply"))
    return checks.UdpCheck(connect, draft.get("payload", b""), reply, draft.get("reply", ()), *lengths)


def _url(url: Draft, host: str) -> checks.Url:
    return checks.Url(
        path=url["path"],
        virtual_host=url.get("virtual_host", host),
        status_codes=tuple(url["status_codes"]) or checks.STATUS_CODES_DEFAULT,
        digest=url.get("digest", ""),
        regex=url.get("regex", ""),
        regex_no_match=bool(url.get("regex_no_match")),
        regex_options=url.get("regex_options", ()),
        regex_min_offset=url.get("regex_min_offset", 0),
        regex_max_offset=url.get("regex_max_offset", 0),
    )


def _connect(draft: Draft, server: Draft) -> checks.Connect:
    timeout_us: int = draft.get("timeout_us") or server.get("timeout_us", TIMEOUT_US)
    return checks.Connect(
        draft.get("address"), draft.get("port", 0), draft.get("source"), draft.get("source_port", 0),
        draft.get("interface", ""), milliseconds(timeout_us), draft.get("mark", 0),
    )  # fmt: skip


def milliseconds(time_us: int) -> int:
    """Return a time in milliseconds, of which a short one is at least 1."""
    return max(1, time_us // 1000) if time_us else 0


def _rhythm(draft: Draft, server: Draft) -> checks.Rhythm:
    """Return when a check runs: what the check says, the real server (or its service), the kind."""
    kind = draft["kind"]
    said = {field: draft.get(field, server.get(field)) for field in _RHYTHMICAL}
    delay_us = int(said["delay_loop_us"] or DELAY_LOOP_US)
    kinds_own = delay_us if kind is checks.DnsCheck else _RETRY_DELAY_US.get(kind, 1_000_000)
    retry_us = said["delay_before_retry_us"]
    retry = said["retry"]
    warmup_us = said["warmup_us"]
    return checks.Rhythm(
        delay_loop_ms=milliseconds(delay_us),
        retry=_DEFAULT_RETRY.get(kind, 1) if retry is None else retry,
        delay_before_retry_ms=milliseconds(kinds_own if retry_us is None else retry_us),
        warmup_ms=None if warmup_us is None else milliseconds(warmup_us),
        alpha=bool(said["alpha"]),
        log_all_failures=bool(draft.get("log_all_failures")),
    )
