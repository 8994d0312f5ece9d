"""ipvsadm itself: command lines onto a data plane, with its output, messages and statuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import msgspec

from standfast import director
from standfast.dialects.ipvsadm import failures, listing
from standfast.dialects.ipvsadm.commands import ERROR_STATUS, Request, TryHelpError, UsageError, parse
from standfast.dialects.ipvsadm.listing import Form, Printer
from standfast.dialects.ipvsadm.usage import VERSION, help_text
from standfast.dialects.ipvsadm.values import Names
from standfast.director import lvs

LIST_STATUS = 1
_OWN_NAME = "ipvsadm"


class Output(msgspec.Struct):
    """What a call prints and ends with."""

    status: int = 0
    stdout: list[str] = msgspec.field(default_factory=list)
    stderr: list[str] = msgspec.field(default_factory=list)

    def say(self, message: str) -> None:
        """Add a line to the messages."""
        self.stderr.append(message + "\n")


class Ipvsadm:
    """One call. `strict` makes a restore refuse a faulty file whole, and fail if anything in it was refused."""

    def __init__(
        self, dataplane: director.Dataplane, names: Names, program: str = "ipvsadm", strict: bool = False
    ) -> None:
        self.dataplane = dataplane
        self.names = names
        self.program = program
        self.strict = strict
        self.output = Output()
        self._pending: list[lvs.Change] = []

    def run(self, words: Sequence[str], stdin: Iterable[str] = ()) -> Output:
        """Do what the words say; `stdin` is read by a restore."""
        if not words:
            self._list_all(Form.of(()))
            return self.output
        try:
            request = parse(words, self.names)
            if request.command == "restore":
                self._restore(stdin)
            else:
                self.output.status = self._run(request)
                self._flush_pending()
        except UsageError as wrong:
            self._flush_pending()
            self._complain(wrong)
        return self.output

    # -- restore

    def _restore(self, stdin: Iterable[str]) -> None:
        lines = [(number, words) for number, line in enumerate(stdin, 1) if (words := rule_words(line))]
        if self.strict and not self._all_legible(lines):
            return
        refused = False
        for _, words in lines:
            self.output.status = 0
            try:
                request = parse(words, self.names)
                if request.command == "restore":
                    raise TryHelpError
                self.output.status = self._run(request)
            except UsageError as wrong:
                refused = True
                refused |= self._flush_pending()
                self._complain(wrong)
                if wrong.ends:
                    return
            if request_ends(words):
                return
            refused |= self.output.status != 0
        refused |= self._flush_pending()
        if self.strict and refused:
            self.output.status = ERROR_STATUS

    def _all_legible(self, lines: Sequence[tuple[int, list[str]]]) -> bool:
        """Return whether every line can be understood; say all that cannot."""
        for number, words in lines:
            try:
                if parse(words, self.names).command == "restore":
                    raise TryHelpError
            except UsageError as wrong:
                self.output.say(f"line {number}: {str(wrong).strip() or 'no command of ipvsadm'}")
                self.output.status = wrong.status
        return not self.output.status

    def _complain(self, wrong: UsageError) -> None:
        if isinstance(wrong, TryHelpError):
            self.output.say(f"Try `{self.program} -h' or '{self.program} --help' for more information.")
        else:
            self.output.say(str(wrong))
        self.output.status = wrong.status

    # -- single commands

    def _run(self, request: Request) -> int:
        """Do one request; return its status. Changes are gathered, and made before anything else is done."""
        change = request.change()
        if change is not None:
            self._pending.append(change)
            return 0
        self._flush_pending()
        try:
            return _COMMANDS[request.command](self, request)
        except director.RefusedError as refused:
            self.output.say(failures.text(request.command, refused.number))
            return LIST_STATUS if request.command in ("list", "save") else ERROR_STATUS

    def _flush_pending(self) -> bool:
        """Make the gathered changes; return whether any was refused. The last one's fate is the status."""
        changes, self._pending = self._pending, []
        if not changes:
            return False
        refusals = self.dataplane.apply(changes)
        for refusal in refusals:
            self.output.say(failures.text(failures.command_of(refusal.change), refusal.number))
        last = bool(refusals) and refusals[-1].change is changes[-1]
        self.output.status = ERROR_STATUS if last else 0
        return bool(refusals)

    def _list(self, request: Request) -> int:
        form, given = Form.of(request.given), request.given
        printer = Printer(form, self.names)
        if "connection" in given:
            self.output.stdout += printer.connections(self.dataplane.connections())
        elif "service-address" in given:
            status = self.dataplane.service(request.key)
            servers = self.dataplane.servers(request.key)
            self.output.stdout += [printer.title(), printer.pool(status, servers)]
        elif "timeout" in given:
            self.output.stdout.append(listing.timeouts(self.dataplane.timeouts()))
        elif "daemon" in given:
            self.output.stdout += [listing.daemon(one) for one in self.dataplane.sync_daemons()]
        else:
            self._list_all(form)
        return 0

    def _list_all(self, form: Form) -> None:
        printer = Printer(form, self.names)
        if not form.rules:
            self.output.stdout.append(listing.head(self.dataplane.info()))
        services = self.dataplane.services()
        services = listing.in_service_order(services) if form.sorted else services
        self.output.stdout.append(printer.title())
        self.output.stdout += [printer.pool(s, self.dataplane.servers(s.service.key)) for s in services]

    def _save(self, request: Request) -> int:
        self._list_all(Form.of(request.given, rules=True))
        return 0

    def _help(self, request: Request) -> int:
        self.output.stdout.append(help_text(self.program))
        return 0

    def _version(self, request: Request) -> int:
        self.output.stdout.append(VERSION)
        return 0

    def _flush(self, request: Request) -> int:
        self.dataplane.flush()
        return 0

    def _zero(self, request: Request) -> int:
        self.dataplane.zero(request.key if "service-address" in request.given else None)
        return 0

    def _set(self, request: Request) -> int:
        self.dataplane.set_timeouts(request.timeouts)
        return 0

    def _start(self, request: Request) -> int:
        self.dataplane.start_sync_daemon(request.daemon)
        return 0

    def _stop(self, request: Request) -> int:
        self.dataplane.stop_sync_daemon(request.role, request.sync_id)
        return 0


_COMMANDS: dict[str, Callable[[Ipvsadm, Request], int]] = {
    "list": Ipvsadm._list,
    "save": Ipvsadm._save,
    "help": Ipvsadm._help,
    "version": Ipvsadm._version,
    "flush": Ipvsadm._flush,
    "zero": Ipvsadm._zero,
    "set": Ipvsadm._set,
    "start-daemon": Ipvsadm._start,
    "stop-daemon": Ipvsadm._stop,
}


def rule_words(line: str) -> list[str]:
    """Return the words of a line of rules; the program's own name in front is passed over."""
    words = line.split()
    return words[1:] if words[:1] == [_OWN_NAME] else words


def request_ends(words: Sequence[str]) -> bool:
    """Return whether a restore ends with this line: help and version leave the program."""
    return words[0] in ("-h", "--help", "-v", "--version")
