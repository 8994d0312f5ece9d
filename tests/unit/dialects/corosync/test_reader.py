"""corosync.conf's syntax."""

from standfast.dialects.corosync import reader


def slugs(text: str) -> list[str]:
    return [f"{f.report.code}@{f.report.place.line}" for f in reader.read(text).findings]


def test_a_file_is_sections_and_items_with_places() -> None:
    """A message would point an operator to the wrong line."""
    tree = reader.read("totem {\n  token:\t3000\n  interface {\n    linknumber: 1\n  }\n}\n# end\n")
    token = tree.item("totem", "token")
    assert token is not None
    assert (token.value, token.line, token.column, token.value_column) == ("3000", 2, 3, 10)
    assert tree.value("totem", "interface", "linknumber") == "1"
    assert [s.path for s in tree.root.walk()] == ["", "totem", "totem.interface"]
    assert next(tree.root.named("totem")).end_line == 6
    assert tree.findings == ()


def test_the_last_of_a_key_counts() -> None:
    """We would work with another value than Corosync does."""
    assert reader.read("totem {\ntoken: 1\n}\ntotem {\ntoken: 2\n}\n").value("totem", "token") == "2"


def test_every_mistake_of_syntax_is_said() -> None:
    """An operator would mend one mistake, start Corosync, and meet the next."""
    text = "x\ntotem { version: 2\n  key\n  : 1\n  bad key: 1\n} more\n}\n{\n}\nlogging {\n"
    assert slugs(text) == [
        "corosync.line@1", "corosync.after-brace@2", "corosync.line@3", "corosync.key-empty@4", "corosync.key@5",
        "corosync.before-brace@6", "corosync.brace@7", "corosync.section-name@8", "corosync.unclosed@10",
    ]  # fmt: skip


def test_a_line_is_as_long_as_corosyncs_buffer() -> None:
    """Corosync would not start with a file that passed here."""
    assert slugs("totem {\n" + "a: " + "b" * 507 + "\n}\n") == []
    assert slugs("totem {\n" + "a: " + "b" * 508 + "\n}\n") == ["corosync.line-long@2"]


def test_what_is_not_a_comment_is_the_value() -> None:
    """Corosync takes a remark behind a value for a part of it."""
    assert reader.read("totem {\n keyfile: /k # ours\n}\n").value("totem", "keyfile") == "/k # ours"
