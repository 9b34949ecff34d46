"""Personal data in encoded forms: found in each, alone and embedded, and all around it stays as it is."""

import base64
import html
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, unquote_plus

import pytest
from lattice_forms import COMBINED, FORMS, NEEDLES, lattice
from otel_lift_redaction.lattice import Lattice, applied
from privacy_rows import column
from redaction_rows import processor, redacted, spans, typed, values

from otel_lift.batch import ValueType

FRAMES = ("{}", "seen {} there", '<a title="{}">', "call({}), 7 times\nnext line", "order 17: {}; done")


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Lattice:
    return lattice(tmp_path_factory.mktemp("data"))


@pytest.mark.parametrize("form", [*FORMS, *COMBINED])
def test_every_kind_is_found_in_every_form(plain: Lattice, form: str) -> None:
    """A needle of each kind is one finding of its rule, alone and in other text, of which nothing is touched."""
    write = {**FORMS, **COMBINED}[form]
    for rule, (text, secret) in NEEDLES.items():
        for frame in FRAMES:
            before, after = frame.split("{}")
            found = plain.inspect(frame.format(write(text)))
            made = applied(frame.format(write(text)), found)
            assert [one.rule for one in found] == [rule], (rule, frame)
            assert made.startswith(before)
            assert made.endswith(after)
            assert not any(secret in view for view in _views(made)), (rule, made)


def _views(text: str) -> list[str]:
    """Answer a text as common decoders read it, several times over."""
    seen = [text]
    for _ in range(4):
        text = html.unescape(unquote(text)).replace('\\"', '"').replace("\\\\", "\\")
        seen.append(text)
    return seen


@pytest.mark.parametrize("name", ["JSON", "JSON in JSON", "JSON in JSON in JSON"])
def test_json_stays_json(plain: Lattice, name: str) -> None:
    """A document in a text can be read to its innermost level afterwards, and says the same but for the needle."""
    for rule, (text, secret) in NEEDLES.items():
        written = FORMS[name](f'"{text}"\n\\ü')
        made: Any = applied(written, plain.inspect(written))
        for _ in range(name.count("JSON")):
            read = json.loads(made)
            assert read["id"] == 7
            made = read["note"]
        assert secret not in made
        assert made.startswith('"')
        assert made.endswith('"\n\\ü'), rule


@pytest.mark.parametrize("levels", [1, 2, 3, 4])
def test_a_number_becomes_a_text_at_its_level(plain: Lattice, levels: int) -> None:
    """A bare card number in a document becomes a text, quoted as the level it stands at has it."""
    written = json.dumps({"n": 1.5, "card": 5200828282828210, "list": [5200828282828210, None]})
    for _ in range(levels - 1):
        written = json.dumps({"inner": written})
    made: Any = applied(written, plain.inspect(written))
    for _ in range(levels - 1):
        made = json.loads(made)["inner"]
    assert json.loads(made) == {"n": 1.5, "card": "[payment_card]", "list": ["[payment_card]", None]}


def test_a_number_in_an_escaped_document_is_quoted_as_its_neighbours(plain: Lattice) -> None:
    """Quotes are written as the document itself writes them, also where it stands in a log line or a query."""
    line = r'got body="{\"card\": 5200828282828210}" from upstream'
    assert applied(line, plain.inspect(line)) == r'got body="{\"card\": \"[payment_card]\"}" from upstream'
    query = "/x?body=%7B%22card%22%3A5200828282828210%7D&b=1"
    assert applied(query, plain.inspect(query)) == "/x?body=%7B%22card%22%3A%22[payment_card]%22%7D&b=1"


def test_rules_by_key_hold_inside_json_text(tmp_path: Path) -> None:
    """What a user's rule or a built-in one says of a name is done to the values under it, at every level of JSON."""
    rules: list[dict[str, Any]] = [
        {"name": "nick", "match": ["nickname"], "action": "mask"},
        {"name": "internal", "match": ["debug.*"], "action": "drop"},
        {"name": "kept", "match": ["contact"], "action": "keep"},
        {"name": "size", "match": ["count"], "action": "bucket", "bounds": [0, 10, 100]},
    ]
    document = {
        "nickname": 'mar"ia',
        "password": "simple",
        "debug": {"user": "maria", "n": 5},
        "contact": "maria@posteo.example",
        "count": 55,
        "mail": "maria@posteo.example",
        "token": {"a": [1, 2]},
        "address_line": "Linz",
    }
    expected = {
        "nickname": "[nick]",
        "debug": {"user": None, "n": None},
        "contact": "maria@posteo.example",
        "count": 10,
        "mail": "[email]",
        "token": "[credential]",
        "address_line": "[address]",
    }
    made = processor(tmp_path, keys=rules)
    for text in (json.dumps(document), json.dumps(document, indent=2), json.dumps({"a": json.dumps(document)})):
        (found,) = redacted(made, [text])
        read = json.loads(found)
        read = json.loads(read["a"]) if "a" in read else read
        assert read.pop("password") in {"[secret]", "[credential]"}
        assert read == expected


def test_base64_is_written_again_in_its_dialect(plain: Lattice) -> None:
    """A run keeps its alphabet and its padding, and reads as it did but for the needle."""
    text = "??>> maria@posteo.example ?>?> ünd"
    for encode, strip in ((base64.b64encode, ""), (base64.b64encode, "="), (base64.urlsafe_b64encode, "=")):
        run = encode(text.encode()).decode().rstrip(strip)
        made = applied(f"x {run} y", plain.inspect(f"x {run} y"))
        again = made.removeprefix("x ").removesuffix(" y")
        assert again == encode(text.replace("maria@posteo.example", "[email]").encode()).decode().rstrip(strip)


def test_hexadecimal_is_written_again_in_its_case(plain: Lattice) -> None:
    """Digits keep their case and their prefix."""
    text, gone = b"to maria@posteo.example:", b"to [email]:"
    assert applied(f"0x{text.hex()}", plain.inspect(f"0x{text.hex()}")) == f"0x{gone.hex()}"
    upper = text.hex().upper()
    assert applied(upper, plain.inspect(upper)) == gone.hex().upper()


def test_an_escape_is_never_cut(plain: Lattice) -> None:
    """An escape beside a needle stays whole: what stands before and after decodes as it did."""
    for text, expected in {
        r'{"m":"seen\nmaria@posteo.example\tnow"}': r'{"m":"seen\n[email]\tnow"}',
        "a%20maria%40posteo.example%20b": "a%20[email]%20b",
        r"say \"maria@posteo.example\" twice": r"say \"[email]\" twice",
        "&lt;maria&#64;posteo.example&gt;": "&lt;[email]&gt;",
        r'{"headers":"{\"x\": \"Cookie: sid=12ab\"}"}': r'{"headers":"{\"x\": \"Cookie: [cookie]\"}"}',
    }.items():
        assert applied(text, plain.inspect(text)) == expected


BROKEN = {
    "email": (
        "maria.kel\n    ler@posteo.example",
        "maria.keller@posteo\n\t.example",
        "maria.keller@\r\n  posteo.example",
    ),
    "payment_card": ("52008282\n    82828210", "5200 8282\n8282 8210", "5200 8282 \n  8282 8210"),
    "iban": ("AT6119043\n  00234573201", "AT61 1904 3002\n 3457 3201"),
    "ipv4": ("198.51.\n    100.173",),
    "github_token": ("ghp_" + "R4tY8uIo2pAs\n    6dFg1hJk5lZx9cVb3nMq7wEe",),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_a_value_goes_on_in_the_next_line(plain: Lattice, rule: str) -> None:
    """A value that a line's end and indentation break is one finding; so it is where these are escaped."""
    for text in BROKEN[rule]:
        for written in (text, json.dumps(text)[1:-1], json.dumps({"stack": text})):
            found = plain.inspect(f"at\n{written}, x" if written == text else written)
            assert [one.rule for one in found] == [rule], written
            assert "line" in found[0].path


@pytest.mark.parametrize(
    "text",
    [
        "write to\nmaria@posteo.example",
        "User maria@posteo.example\n    at com.shop.Cart(Cart.java:7)",
        "Done.\n  maria@posteo.example",
        "  maria@posteo.example\n  peter@posteo.example\n",
        "call +43 720 880316\n12 times",
    ],
)
def test_lines_that_only_meet_stay_apart(plain: Lattice, text: str) -> None:
    """A value at a line's end takes nothing of its neighbours' lines."""
    found = plain.inspect(text)
    assert applied(text, found).count("\n") == text.count("\n")
    assert {one.before for one in found} <= {"maria@posteo.example", "peter@posteo.example", "+43 720 880316"}


def test_letters_that_look_alike_are_told_in_mixed_words(plain: Lattice) -> None:
    """Cyrillic and Greek letters among Latin ones, and digits of other scripts, hide nothing."""
    for text, rule in {
        "раssword=hUnter77two": "secret",  # noqa: RUF001 - the first two are Cyrillic
        "АТ611904300234573201": "iban",  # noqa: RUF001 - the letters are Cyrillic
        "card ٥٢٠٠٨٢٨٢٨٢٨٢٨٢١٠": "payment_card",
        "mаriа@posteo.example": "email",  # noqa: RUF001 - as above
        "४३ 198.51.100.१७३": "ipv4",
    }.items():
        assert [one.rule for one in plain.inspect(text)] == [rule]


def test_actions_hold_in_decoded_form(tmp_path: Path) -> None:
    """Each action sees the decoded value: equal values have equal hashes however they are written."""
    chosen = {
        "email": {"action": "hash"},
        "payment_card": {"action": "truncate", "length": 4},
        "us_ssn": {"action": "drop"},
        "phone": {"action": "keep"},
        "ipv4": {"action": "truncate"},
    }
    made = processor(tmp_path, detectors=chosen, hash_key="k")
    written = [FORMS[form] for form in ("percent", "unicode escapes", "full-width", "base64", "hexadecimal")]
    mails = ["maria@posteo.example", *(write("maria@posteo.example") for write in written)]
    hashes = set(redacted(made, mails))
    assert len(hashes) == 1
    assert hashes.pop().startswith("[email:")
    found = redacted(
        made,
        [
            f"a {write(text)} b"
            for write in written[:3]
            for text in ("5200828282828210", "536-22-8145", "198.51.100.173")
        ],
    )
    assert found == ["a 5200 b", "a  b", "a 198.51.100.0 b"] * 3
    kept = [write("+43 720 880316") for write in written]
    assert redacted(made, kept) == kept


def test_what_a_form_has_beside_the_needle_stays(plain: Lattice) -> None:
    """In a query each parameter but the needle's reads as it did."""
    text = "/a%20b?x=1+2&mail=maria%2Bnews%40posteo.example&phone=%2B43+720+880316&y=%C3%BC"
    made = applied(text, plain.inspect(text))
    assert made == "/a%20b?x=1+2&mail=[email]&phone=[phone]&y=%C3%BC"
    assert unquote_plus(made).endswith("y=ü")


def test_a_path_names_the_layers(plain: Lattice) -> None:
    """A finding tells the layers from the outside in, and where in the text it stands."""
    run = base64.b64encode(b'{"mail": "maria@posteo.example"}').decode()
    text = f"seen {run.replace('=', '%3D')} there"
    (found,) = plain.inspect(text)
    assert (found.rule, found.path) == ("email", ("percent", "base64", "json"))
    assert text[found.begin : found.end] == found.before == run.replace("=", "%3D")
    assert base64.b64decode(found.after.replace("%3D", "=") + "==") == b'{"mail": "[email]"}'
    assert [one.path for one in plain.inspect("maria@posteo.example")] == [()]


def test_it_is_done_at_the_processors_door(tmp_path: Path) -> None:
    """Encoded values in attributes, arrays, maps and bytes are redacted, and counted as plain ones are."""
    made = processor(tmp_path)
    mail = FORMS["percent"]("maria@posteo.example")
    batch = typed(
        [
            ("a", ValueType.STRING, f"x {mail}"),
            ("b", ValueType.ARRAY, json.dumps([f"y {mail}", 1])),
            ("c", ValueType.KVLIST, json.dumps({"k": {"l": FORMS["JSON in JSON"]("maria@posteo.example")}})),
            ("d", ValueType.BYTES, base64.b64encode(FORMS["base64"]("maria@posteo.example").encode()).decode()),
        ]
    )
    done = made.process(batch)
    first, second, third, fourth = values(done)
    assert (first, second) == ("x [email]", '["y [email]",1]')
    assert json.loads(json.loads(json.loads(third)["k"]["l"])["note"])["note"] == "[email]"
    assert base64.b64decode(fourth) == b"[email]"
    assert column(done, "lift.redaction.count") == [4]
    assert column(done, "lift.redaction.rules") == ["email"]


def test_a_second_pass_finds_nothing_more(tmp_path: Path) -> None:
    """What was redacted in encoded form is left alone afterwards."""
    made = processor(tmp_path)
    once = redacted(
        made, [f"a {write(text)} b" for write in {**FORMS, **COMBINED}.values() for text, _ in NEEDLES.values()]
    )
    assert redacted(made, once) == once
    assert column(made.process(spans(once)), "lift.redaction.count") == [None] * len(once)
