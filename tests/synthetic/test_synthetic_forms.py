"""Every form is what others read too: standard decoders give the plain text back; and leaks are told from no leaks."""

import base64
import html
import json
import re
import unicodedata
import urllib.parse
from collections.abc import Callable
from random import Random

import pytest

from otel_lift.synthetic import FORMS, FRAMES, KINDS, PLAIN, Needle, corpus, leaked, needle, pairs, squashed
from otel_lift.synthetic import encodings as one
from otel_lift.synthetic.encodings import Step


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _from_json(text: str) -> str:
    (value,) = (value for key, value in json.loads(text).items() if key != "id")
    while not isinstance(value, str):
        value = value[0] if isinstance(value, list) else value["value"]
    return value


def _without_format_characters(text: str) -> str:
    return "".join(each for each in text if unicodedata.category(each) != "Cf")


# a decoder of the standard library for each step, other than the step's own
DECODERS: dict[Step, Callable[[str], str]] = {
    one.PERCENT: lambda text: urllib.parse.unquote_to_bytes(text).decode(),
    one.UNICODE_ESCAPES: lambda text: json.loads(f'"{text}"'),
    one.X_ESCAPES: lambda text: text.encode().decode("unicode_escape").encode("latin-1").decode(),
    one.HTML: html.unescape,
    one.BASE64: lambda text: base64.b64decode(_padded(text), validate=True).decode(),
    one.BASE64URL: lambda text: base64.urlsafe_b64decode(_padded(text)).decode(),
    one.HEX: lambda text: bytes.fromhex(text.removeprefix("0x").removeprefix("\\x")).decode(),
    one.JSON: _from_json,
    one.FULL_WIDTH: lambda text: unicodedata.normalize("NFKC", text),
    one.LOOK_ALIKES: lambda text: unicodedata.normalize("NFKC", text),
    one.CONFUSABLES: one.CONFUSABLES.undo,
    one.ZERO_WIDTH: _without_format_characters,
    one.SOFT_HYPHEN: _without_format_characters,
    one.BROKEN: lambda text: re.sub(r"\s+\| |\s+", "", text),
    one.GLUED: one.GLUED.undo,
}


@pytest.mark.parametrize(("kind", "form"), pairs())
def test_a_form_is_read_back_by_standard_decoders(kind: str, form: str) -> None:
    """Undoing a form's steps with decoders that others wrote gives the personal text back."""
    rng = Random(f"{kind} {form}")
    for _ in range(4):
        plain = KINDS[kind].make(rng).text
        written = text = FORMS[form].write(rng, plain)
        for step in reversed(FORMS[form].steps):
            text = DECODERS[step](text)
        # a broken line has lost its other spaces too; and some letters have a compatibility form of their own
        assert squashed(text) == squashed(plain)
        assert (written == plain) == (form == PLAIN) or form == "confusables"


@pytest.mark.parametrize("form", FORMS)
def test_a_form_has_its_own_decoder(form: str) -> None:
    """`undo` shows the plain text, whatever stands around the form."""
    rng = Random(form)
    for kind in (kind for kind in KINDS.values() if FORMS[form].fits(kind)):
        personal = kind.make(rng)
        view = FORMS[form].undo(f"seen {FORMS[form].write(rng, personal.text)} there")[-1]
        if form != "glued" and kind.name != "email_international":
            assert squashed(personal.text) in squashed(view)


def test_confusables_look_like_latin_letters_and_are_none() -> None:
    """What replaces a Latin letter is a letter of another script that no compatibility form makes Latin."""
    plain = "aceopxyijsABCEHIKMOPTXZ"
    other = one.CONFUSABLES.write(Random(3), plain * 9)
    strange = {each for each in other if not each.isascii()}
    assert len(strange) == len(plain)
    assert {unicodedata.name(each).split()[0] for each in strange} == {"CYRILLIC", "GREEK"}
    assert one.CONFUSABLES.undo(other) == plain * 9


def test_a_needle_as_it_is_leaks() -> None:
    """Every needle of the corpus is found in its own text, whatever its form and frame."""
    assert [made for made in corpus(Random(11), 2) if not leaked(made, made.text)] == []


def test_what_a_redactor_leaves_does_not_leak() -> None:
    """A text in which the needle's place has a placeholder, or an address its network, holds nothing of it."""
    for made in corpus(Random(12), 1):
        assert not leaked(made, f"seen [{made.kind}] there")
    network = Needle("ipv4", PLAIN, "from 203.0.113.77", "203.0.113.77")
    assert not leaked(network, "from 203.0.113.0")
    assert leaked(network, "from 203.0.113.77")


def test_a_part_that_gives_a_secret_away_leaks() -> None:
    """Most of a secret is as bad as all of it, and so is the rest of an encoded text that was cut anywhere."""
    made = needle(Random(4), "github_token", "base64", "alone")
    assert leaked(made, made.text[5:])
    assert leaked(made, f"[github_token]{made.text[-52:]}")
    card = Needle("payment_card", PLAIN, "4242 4242 4242 4242", "4242424242424242")
    assert leaked(card, "4242-4242-4242 [payment_card]")
    assert not leaked(card, "[payment_card] 4242")


@pytest.mark.parametrize("frame", FRAMES)
def test_a_frame_holds_what_it_embeds(frame: str) -> None:
    """A frame keeps the text, as it is or quoted as the frame's own syntax wants it."""
    text = 'it\'s {"a": "b\\n"} 100%'
    framed = FRAMES[frame](Random(1), text)
    assert text in framed.replace("''", "'") or json.loads(framed)["remark"] == text
