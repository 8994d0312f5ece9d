"""The kinds of checks and their defaults."""

from standfast.director import checks


def test_defaults_are_keepalived_s() -> None:
    """If this failed, a configuration that says little would check at another rhythm than under keepalived."""
    assert checks.default_rhythm(checks.TcpCheck) == checks.Rhythm(60_000, 1, 1000)
    assert checks.default_rhythm(checks.HttpCheck).delay_before_retry_ms == 3000
    assert checks.default_rhythm(checks.DnsCheck, 7000) == checks.Rhythm(7000, 3, 7000)
    assert checks.default_rhythm(checks.MiscCheck).retry == 0


def test_warmup_is_the_delay_loop_unless_it_is_said() -> None:
    """If this failed, all first checks would come at once."""
    assert checks.Rhythm(5000).spread_ms == 5000
    assert checks.Rhythm(5000, warmup_ms=0).spread_ms == 0


def test_checks_are_named_as_people_write_them() -> None:
    """If this failed, a log line would name a check that nobody finds in the configuration."""
    assert checks.Check(checks.HttpCheck()).name == "HTTP_GET"
    assert checks.Check(checks.HttpCheck(tls=checks.Tls())).name == "SSL_GET"
    assert checks.Check(checks.PingCheck()).name == "PING_CHECK"


def test_equal_checks_are_equal() -> None:
    """If this failed, a reload would forget the state of every check."""
    one, other = (checks.Check(checks.TcpCheck(checks.Connect(timeout_ms=1000))) for _ in range(2))
    assert one == other
    assert hash(one) == hash(other)
