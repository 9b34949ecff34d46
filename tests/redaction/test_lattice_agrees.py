"""One logic: what is told of a text, what the processor writes, and what plain scanning makes of it are the same."""

import base64
import json
import random
import uuid
from itertools import pairwise
from urllib.parse import quote

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lattice_forms import COMBINED, FORMS, NEEDLES, lattice
from otel_lift_redaction import RedactionProcessor
from otel_lift_redaction.lattice import Lattice, applied
from redaction_needles import CLEAN, clean_corpus
from redaction_rows import processor, redacted
from redaction_texts import texts

ALL = {**FORMS, **COMBINED}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> RedactionProcessor:
    return processor(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Lattice:
    return lattice(tmp_path_factory.mktemp("data"))


@st.composite
def encoded_texts(draw: st.DrawFn) -> str:
    """Draw needles and near needles in forms, cut, joined and with a character changed."""
    forms, needles = st.sampled_from(list(ALL.values())), st.sampled_from([text for text, _ in NEEDLES.values()])
    parts = draw(
        st.lists(
            st.one_of(
                st.builds(lambda write, text: write(text), forms, st.one_of(needles, texts())),
                needles,
                texts(),
                st.sampled_from(["\n  ", "\\n", " ", "&", "?a=", '"', "%25", "\\\\", "{", "}", "'", ", "]),
            ),
            max_size=4,
        )
    )
    text = "".join(parts)
    at = draw(st.integers(0, len(text)))
    return text[:at] + draw(st.sampled_from(["", "", "%", "\\", '"', " ", "é"])) + text[at + draw(st.integers(0, 1)) :]


@settings(max_examples=150, deadline=None)
@given(drawn=st.lists(encoded_texts(), min_size=1, max_size=6))
def test_findings_are_what_the_processor_does(made: RedactionProcessor, told: Lattice, drawn: list[str]) -> None:
    """A text after its findings is what the processor writes, whatever is scanned beside it."""
    assert redacted(made, drawn) == [applied(text, told.inspect(text)) for text in drawn]


@settings(max_examples=150, deadline=None)
@given(text=encoded_texts())
def test_findings_stand_where_they_say(told: Lattice, text: str) -> None:
    """Findings ascend, do not touch each other, and name what stood there; a text without any stays."""
    found = told.inspect(text)
    assert [text[one.begin : one.end] for one in found] == [one.before for one in found]
    assert all(one.end <= other.begin for one, other in pairwise(found))
    assert all(one.before != one.after and one.rule for one in found)


@settings(max_examples=200, deadline=None)
@given(drawn=st.lists(texts(), min_size=1, max_size=8))
def test_what_rules_change_is_told_of_plain_texts(tmp_path_factory: pytest.TempPathFactory, drawn: list[str]) -> None:
    """Told one by one, the changes of all rules make of a text what these make of a column."""
    rules = processor(tmp_path_factory.getbasetemp())._rules
    scanner = rules.scanner._scanner
    column = pa.array(drawn)
    expected = list(drawn)
    candidates = scanner.candidates(column)
    if candidates is not None:
        found = scanner.scan(column.take(pa.array(candidates.firsts)), candidates.bits)
        became = dict(zip(found.rows.tolist(), found.texts.to_pylist(), strict=True))
        for row, code in zip(candidates.rows.tolist(), candidates.codes.tolist(), strict=True):
            expected[row] = became.get(code, drawn[row])
    changes = scanner.find(drawn)
    parts = [[*own, None] for own in changes]
    for text, wanted, own in zip(drawn, expected, parts, strict=True):
        out, at = "", 0
        for change in own:
            out += text[at:] if change is None else text[at : change.begin] + change.after
            at = at if change is None else change.end
        assert out == wanted


def _clean_encoded(count: int, seed: int) -> list[str]:
    rng = random.Random(seed)

    def one() -> str:
        number, name = rng.randrange(10**9), rng.choice(("blue shoes", "große Äpfel", "a/b & c", "50% off", "x+y=z"))
        made = uuid.UUID(int=rng.getrandbits(128), version=4)
        words = f"order {number} of {name} took {rng.random():.3f} s"
        return rng.choice(
            (
                f"/search?q={quote(name)}&page={number % 50}&ref=%2Fshop%2F{number}",
                json.dumps({"id": number, "name": name, "sizes": [7, 42], "ok": True, "at": None, "uid": str(made)}),
                json.dumps({"payload": json.dumps({"order": number, "note": f"{name}\n{words}"})}),
                base64.b64encode(words.encode()).decode(),
                base64.urlsafe_b64encode(rng.randbytes(rng.randrange(9, 60))).decode(),
                f"data:image/png;base64,{base64.b64encode(rng.randbytes(60)).decode()}",
                rng.randbytes(rng.choice((8, 16, 20, 32))).hex(),
                words.encode().hex(),
                f"<p>{name.replace('&', '&amp;')} &#8211; {number}&nbsp;€</p>",
                rf"C:\Users\new\{number}\temp\x{number % 90 + 10}.txt",
                f"Заказ № {number} оформлен: {name}\nспасибо за покупку",  # noqa: RUF001 - it is no English
                f"订单{number}（测试）已经完成，共１２件。\n谢谢惠顾！",  # noqa: RUF001 - it is no English
                f"طلب رقم ٥{number % 9} قيد التنفيذ",  # noqa: RUF001 - it is no English
                f"Ошибка: соединение с хостом app-{number % 9}.internal прервано",  # noqa: RUF001 - it is Russian
                f"  at Shop.order(Shop.java:{number % 900})\n  at Main.run(Main.java:8)\nCaused by: E{number}",
                f"{made} {made.hex} v{number % 9}.{number % 70}.{number % 300}\n{number}\n{number % 10**6}",
                f"👩‍👩‍👧 {name} \u200f{number}\ufe0f",
            )
        )

    return [one() for _ in range(count)]


def test_clean_encoded_telemetry_stays(made: RedactionProcessor) -> None:
    """Decoding makes nothing of addresses with escapes, documents, hashes, foreign prose and stack traces."""
    given_texts = _clean_encoded(6_000, seed=5)
    found = redacted(made, given_texts)
    changed = [(before, after) for before, after in zip(given_texts, found, strict=True) if before != after]
    assert len(changed) <= 6, changed[:10]


def test_clean_telemetry_stays_in_encoded_form(made: RedactionProcessor) -> None:
    """What is left alone as it stands is left alone under every layer too."""
    plain = [*CLEAN, *clean_corpus(150, seed=3)]
    plain = [text for text, after in zip(plain, redacted(made, plain), strict=True) if text == after]
    written = [(name, text, write(text)) for name, write in ALL.items() for text in plain]
    found = redacted(made, [text for *_, text in written])
    changed = [(*one, after) for one, after in zip(written, found, strict=True) if one[2] != after]
    assert len(changed) <= len(written) // 200, changed[:10]
