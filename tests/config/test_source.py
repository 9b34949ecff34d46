"""The YAML that configurations are written in: variables, anchors, limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.config.source import MAX_BYTES, expand, parse
from otel_lift.errors import ConfigError


def value(text: str, **environ: str) -> object:
    document = parse(text, "lift.yaml", environ)
    assert document.problems == []
    return document.value


def problems(text: str, **environ: str) -> list[str]:
    return [str(problem) for problem in parse(text, "lift.yaml", environ).problems]


def test_plain_values_are_typed_as_in_yaml_1_2() -> None:
    """Dates, `yes` and clock times stay text; numbers, truth values and null are typed."""
    text = "{a: 1, b: 1.5, c: true, d: ~, e: yes, f: 2026-01-01, g: 12:30, h: 1e3, i: 0x1F, j: '1', k: 1_000}"
    assert value(text) == {
        "a": 1, "b": 1.5, "c": True, "d": None, "e": "yes", "f": "2026-01-01", "g": "12:30", "h": 1000.0, "i": 31,
        "j": "1", "k": 1000,
    }  # fmt: skip


def test_variables_are_put_in() -> None:
    """A set variable, a default, an empty variable, text around them and an escaped dollar sign all work."""
    text = "{a: '${env:A}', b: '${env:B:-x:-y}', c: '${env:E:-x}', d: 'p${env:A}s$$5$', e: '$${env:A}', f: '^a$'}"
    assert value(text, A="1", E="") == {"a": "1", "b": "x:-y", "c": "", "d": "p1s$5$", "e": "${env:A}", "f": "^a$"}


def test_a_variables_value_stays_text_and_a_default_is_typed() -> None:
    """A password of digits is not made a number, nor can a variable bring in YAML; a default is written YAML."""
    assert value("a: ${env:A:-5}") == {"a": 5}
    assert value("a: ${env:A:-5}", A="007") == {"a": "007"}
    assert value("a: ${env:A}", A="{b: *c}") == {"a": "{b: *c}"}


def test_wrong_references_say_how_to_write_them() -> None:
    """A missing variable, another scheme, nesting and a missing bracket are each told the remedy."""
    for text, remedy in {
        "a: ${env:NONE}": "lift.yaml:1:4 a: environment variable NONE is not set; set it, or write",
        "a: ${NAME}": "write `${env:NAME}`, or `$${`",
        "a: ${file:/etc/passwd}": "write `${env:NAME}` or `${env:NAME:-default}`",
        "a: ${env:A:-${env:B}}": "variables do not nest",
        "a: '${env:A'": "`${` without `}`",
    }.items():
        assert remedy in problems(text)[0]


@given(st.text())
def test_doubled_dollar_signs_always_give_the_text_itself(text: str) -> None:
    """Any text can be written: doubling its dollar signs escapes it."""
    assert expand(text.replace("$", "$$"), {"A": "x"}) == (text, False, [])


def test_anchors_aliases_and_merges_work() -> None:
    """A mapping may be written once and used again; its own keys come before merged ones."""
    text = "a: &base {x: 1, y: 2}\nb: *base\nc: {<<: *base, y: 3}\nd: {y: 4, <<: [*base, {z: 5, x: 6}]}\n"
    base = {"x": 1, "y": 2}
    assert value(text) == {"a": base, "b": base, "c": {"x": 1, "y": 3}, "d": {"x": 1, "y": 4, "z": 5}}


def test_a_key_set_twice_is_refused_where_it_stands() -> None:
    """The second of two equal keys is named, with the line of the first."""
    assert problems("a: 1\nb:\n  c: 1\n  c: 2\n") == ["lift.yaml:4:3 b.c: set twice; it is already set in line 3"]


def test_tags_and_complex_keys_are_refused() -> None:
    """No tag can name a Python object, and keys are text."""
    assert "tag 'tag:yaml.org,2002:python/name:os.system' is not allowed" in problems("a: !!python/name:os.system x")[0]
    assert "a key must be text" in problems("? [a]\n: 1")[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [1", r"^lift\.yaml:1:6: not YAML: while parsing a flow sequence"),
        ("a: 1\n b: 2", r"^lift\.yaml:2:3: not YAML: mapping values are not allowed here"),
        ("a: 1\n---\nb: 2", r"^lift\.yaml:2:1: not YAML: expected a single document"),
        ("a: \x00", r"^lift\.yaml:1:1: not YAML"),
        ("a: *b", r"^lift\.yaml:1:4: not YAML: found undefined alias"),
        ("[" * 5000, "nested deeper than 64 levels"),
        ("a: &a [*a]", r"^lift\.yaml:1:4 .*nested deeper than 64 levels|nested deeper than 64 levels"),
        ("x" * (MAX_BYTES + 1), "larger than 1048576 bytes"),
    ],
)
def test_text_that_cannot_be_read_is_refused_with_its_place(text: str, message: str) -> None:
    """Broken YAML names line and column; text without bound is refused before it costs."""
    with pytest.raises(ConfigError, match=message):
        parse(text, "lift.yaml", {})


def test_aliases_cannot_grow_without_bound() -> None:
    """A file of ten lines that stands for a billion values is refused."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigError, match="more than 50000 values"):
        parse("\n".join(lines), "lift.yaml", {})
