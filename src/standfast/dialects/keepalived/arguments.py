"""keepalived's command line. Source: `keepalived --help` of 2.2.7."""

from __future__ import annotations

import enum
from collections.abc import Sequence

import msgspec

HELP = """Usage: keepalived [OPTION...]
  -f, --use-file=FILE          Use the specified configuration file
                                default '/etc/keepalived/keepalived.conf'
  -P, --vrrp                   Only run with VRRP subsystem
  -C, --check                  Only run with Health-checker subsystem
  -B, --no_bfd                 Don't run BFD subsystem
      --all                    Force all child processes to run, even if have no configuration
  -l, --log-console            Log messages to local console
  -D, --log-detail             Detailed log messages
  -S, --log-facility=([0-7]|local[0-7]|user|daemon)
                               Set syslog facility to LOG_LOCAL[0-7], user or daemon (default)
  -G, --no-syslog              Don't log via syslog
  -u, --umask=MASK             umask for file creation (in numeric form)
  -X, --release-vips           Drop VIP on transition from signal.
  -V, --dont-release-vrrp      Don't remove VRRP VIPs and VROUTEs on daemon stop
  -I, --dont-release-ipvs      Don't remove IPVS topology on daemon stop
  -R, --dont-respawn           Don't respawn child processes
  -n, --dont-fork              Don't fork the daemon process
  -d, --dump-conf              Dump the configuration data
  -p, --pid=FILE               Use specified pidfile for parent process
  -r, --vrrp_pid=FILE          Use specified pidfile for VRRP child process
  -T, --genhash                Enter into genhash utility mode (this should be the first option used).
  -c, --checkers_pid=FILE      Use specified pidfile for checkers child process
  -a, --address-monitoring     Report all address additions/deletions notified via netlink
  -b, --bfd_pid=FILE           Use specified pidfile for BFD child process
  -x, --snmp                   Enable SNMP subsystem
  -A, --snmp-agent-socket=FILE Use the specified socket for master agent
  -s, --namespace=NAME         Run in network namespace NAME (overrides config)
  -m, --core-dump              Produce core dump if terminate abnormally
  -M, --core-dump-pattern=PATN Also set /proc/sys/kernel/core_pattern to PATN (default 'core')
  -e, --all-config             Error if any configuration file missing (same as includet)
  -i, --config-id id           Skip any configuration lines beginning '@' that don't match id
                                or any lines beginning @^ that do match.
                                The config-id defaults to the node name if option not used
      --signum=SIGFUNC         Return signal number for STOP, RELOAD, DATA, STATS, STATS_CLEAR, JSON
  -t, --config-test[=LOG_FILE] Check the configuration for obvious errors, output to
                                stderr by default
  -v, --version                Display the version number
  -h, --help                   Display this help message
"""
_FLAGS = {
    "P": "vrrp", "C": "check", "B": "no_bfd", "l": "log-console", "D": "log-detail", "G": "no-syslog",
    "X": "release-vips", "V": "dont-release-vrrp", "I": "dont-release-ipvs", "R": "dont-respawn", "n": "dont-fork",
    "d": "dump-conf", "T": "genhash", "a": "address-monitoring", "x": "snmp", "m": "core-dump", "e": "all-config",
    "v": "version", "h": "help",
}  # fmt: skip
_WITH_VALUE = {
    "f": "use-file", "S": "log-facility", "u": "umask", "p": "pid", "r": "vrrp_pid", "c": "checkers_pid",
    "b": "bfd_pid", "A": "snmp-agent-socket", "s": "namespace", "i": "config-id", "": "signum",
}  # fmt: skip
_MAYBE_VALUE = {"t": "config-test", "M": "core-dump-pattern"}
_LONG = {*_FLAGS.values(), *_WITH_VALUE.values(), *_MAYBE_VALUE.values(), "all", "strict"}
_SIGNALS = {"STOP": 15, "RELOAD": 1, "DATA": 10, "STATS": 12, "STATS_CLEAR": 63, "JSON": 36}


class Request(enum.Enum):
    """What ends a command line at once."""

    HELP = "help"
    GENHASH = "genhash"
    VERSION = "version"
    SIGNAL = "signal"


class Options(msgspec.Struct):
    """A command line. `set` are its options by their long names; `strict` is ours.

    `rest` is what stands behind the option that makes it genhash's command line.
    """

    set: dict[str, str] = msgspec.field(default_factory=dict)
    complaints: list[str] = msgspec.field(default_factory=list)
    extra: list[str] = msgspec.field(default_factory=list)
    refused: bool = False
    request: Request | None = None
    signal: int = 0
    rest: list[str] = msgspec.field(default_factory=list)

    @property
    def test(self) -> bool:
        """Return whether a configuration is only to be checked."""
        return "config-test" in self.set

    @property
    def log(self) -> str:
        """Return where a check's findings go; empty: to standard error."""
        return self.set.get("config-test", "")

    @property
    def file(self) -> str:
        """Return the configuration's file, or nothing."""
        return self.set.get("use-file", "")

    @property
    def config_id(self) -> str:
        """Return what `@ID` lines are compared with, or nothing."""
        return self.set.get("config-id", "")

    @property
    def namespace(self) -> str:
        """Return the network namespace that counts before the configuration's, or nothing."""
        return self.set.get("namespace", "")

    @property
    def all_included(self) -> bool:
        """Return whether every included file must be there."""
        return "all-config" in self.set

    @property
    def strict(self) -> bool:
        """Return whether what keepalived overlooks is refused too."""
        return "strict" in self.set


def parse(argv: Sequence[str]) -> Options:
    """Return what a command line says, as getopt_long(3) reads it: options may stand behind other words."""
    options = Options()
    words = list(argv)
    while words and options.request is None:
        word = words.pop(0)
        if word == "--":
            options.extra += words
            break
        if word.startswith("--"):
            _long(options, word, words)
        elif word.startswith("-") and len(word) > 1:
            _short(options, word, words)
        else:
            options.extra.append(word)
    if options.request is Request.GENHASH:
        options.rest += words
    return options


def _long(options: Options, word: str, words: list[str]) -> None:
    typed, given, value = word[2:].partition("=")
    names = [typed] if typed in _LONG else [name for name in _LONG if name.startswith(typed)]
    if len(names) != 1 or (given and (names[0] in _FLAGS.values() or names[0] in ("all", "strict"))):
        options.complaints.append(f"Unknown option {word}")
        options.refused = True
        return
    name = names[0]
    if name in _WITH_VALUE.values():
        if not given and words:
            value = words.pop(0)
        if not value:
            options.complaints.append(f"Missing parameter for option --{name}")
            options.refused = True
            return
    _take(options, name, value)


def _short(options: Options, word: str, words: list[str]) -> None:
    at = 1
    while at < len(word) and options.request is None:
        letter, rest = word[at], word[at + 1 :]
        at += 1
        if letter in _FLAGS:
            _take(options, _FLAGS[letter], "", f"-{letter}")
            if options.request is Request.GENHASH and rest:
                options.rest = [f"-{rest}"]
            continue
        if letter in _MAYBE_VALUE:
            _take(options, _MAYBE_VALUE[letter], rest)
            return
        if letter not in _WITH_VALUE:
            options.complaints.append(f"Unknown option -{letter}")
            options.refused = True
            continue
        if not rest and not words:
            options.complaints.append(f"Missing parameter for option -{letter}")
            options.refused = True
            return
        _take(options, _WITH_VALUE[letter], rest or words.pop(0))
        return


def _take(options: Options, name: str, value: str, typed: str = "") -> None:
    if name == "genhash" and options.set:
        shown = typed or name
        options.complaints.append(f"Warning -- `{shown}` not used as first option, previous options ignored")
    options.set[name] = value
    if name == "help":
        options.request = Request.HELP
    elif name == "genhash":
        options.request = Request.GENHASH
    elif name == "version":
        options.request = Request.VERSION
    elif name == "signum" and value in _SIGNALS:
        options.request, options.signal = Request.SIGNAL, _SIGNALS[value]
    elif name == "signum":
        options.complaints.append(f"Unknown sigfunc {value}")
        options.refused = True
