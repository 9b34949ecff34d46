"""Check digits: valid numbers pass, and those with another digit do not."""

import random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from otel_lift_redaction.checks import (
    CHECKSUMS,
    NUMBERS,
    ibans,
    iso7064,
    luhn,
    no_placeholder,
    payment_cards,
    us_ssn,
    verhoeff,
)
from otel_lift_redaction.checks.phones import by_name, international, national
from otel_lift_redaction.detectors import BUILT_IN
from otel_lift_redaction.matching import Rule

# public examples, or made up by the rule
EXAMPLES = {
    "be_national_number": ("85073003328",),
    "br_cpf": ("52998224725", "11144477735"),
    "ca_sin": ("046454286", "130692544"),
    "cn_resident_id": ("11010519491231002X",),
    "de_tax_id": ("86095742719", "47036892816"),
    "es_dni": ("12345678Z", "X1234567L"),
    "fi_henkilotunnus": ("131052308T",),
    "fr_nir": ("185057800608491",),
    "gb_nhs": ("9434765919",),
    "imei": ("490154203237518",),
    "in_aadhaar": ("234123412346",),
    "it_codice_fiscale": ("RSSMRA85T10A562S",),
    "nl_bsn": ("111222333",),
    "pl_pesel": ("44051401359",),
    "se_personnummer": ("8112189876",),
}
CASES = [(kind, text) for kind, texts in EXAMPLES.items() for text in texts]


def digits(least: int, most: int) -> st.SearchStrategy[str]:
    """Draw digits."""
    return st.text("0123456789", min_size=least, max_size=most)


def changed(text: str, place: int, step: int) -> str:
    """Answer the digits with another one at a place."""
    return text[:place] + str((int(text[place]) + step) % 10) + text[place + 1 :]


@pytest.mark.parametrize(("kind", "text"), CASES)
def test_an_example_passes_and_none_that_differs_in_a_digit(kind: str, text: str) -> None:
    """The known number passes, and each that differs from it in one digit fails."""
    assert NUMBERS[kind](text)
    others = [
        changed(text, place, step) for place in range(len(text)) if text[place].isdigit() for step in range(1, 10)
    ]
    # Germany's rule counts digits too, and Belgium's and France's moduli are greater than a digit's weight can reach
    assert not any(NUMBERS[kind](other) for other in others)


def test_every_kind_has_an_example() -> None:
    """No kind of number with a check is without an example."""
    assert set(EXAMPLES) | {"gb_nino"} == set(NUMBERS)


@pytest.mark.parametrize("kind", sorted(NUMBERS))
@given(text=st.one_of(st.text(max_size=20), digits(0, 20), st.text("0123456789ABXYZ", max_size=20)))
def test_a_check_takes_any_text(kind: str, text: str) -> None:
    """No check fails on a text of any making, and a tenth at most of them passes by accident."""
    assert NUMBERS[kind](text) in {True, False}
    assert CHECKSUMS[kind](text) in ([], [(0, len(text))])


@pytest.mark.parametrize("kind", sorted(set(NUMBERS) - {"gb_nino"}))
def test_few_random_numbers_pass(kind: str) -> None:
    """Of random numbers of the right length at most an eighth passes."""
    chance = random.Random(kind)
    length = len(EXAMPLES[kind][0])
    made = ["".join(chance.choices("0123456789", k=length)) for _ in range(4000)]
    assert sum(map(NUMBERS[kind], made)) <= 500


@pytest.mark.parametrize("rule", [luhn, verhoeff])
@given(body=digits(1, 30), place=st.integers(0, 29), step=st.integers(1, 9))
def test_one_digit_in_ten_checks(rule: object, body: str, place: int, step: int) -> None:
    """Exactly one last digit fits any others, and a number with one digit changed never passes."""
    assert callable(rule)
    fitting = [body + last for last in "0123456789" if rule(body + last)]
    assert len(fitting) == 1
    assert not rule(changed(fitting[0], place % len(fitting[0]), step))


@given(body=digits(1, 30), place=st.integers(0, 29))
def test_verhoeff_sees_neighbours_that_changed_places(body: str, place: int) -> None:
    """Two different digits that change places are seen by Verhoeff's scheme."""
    whole = next(body + last for last in "0123456789" if verhoeff(body + last))
    place %= len(whole) - 1
    if whole[place] != whole[place + 1]:
        assert not verhoeff(whole[:place] + whole[place + 1] + whole[place] + whole[place + 2 :])


@given(
    account=digits(18, 18), place=st.integers(0, 17), step=st.integers(1, 9), around=st.sampled_from(["", "X", "7A"])
)
def test_an_iban_is_found_wherever_it_stands(account: str, place: int, step: int, around: str) -> None:
    """A German account with its check is found glued to capitals too, and with one digit changed it is not."""
    check = next(f"{two:02d}" for two in range(2, 99) if iso7064(f"DE{two:02d}{account}"))
    text = f"{around}DE{check}{account}{around}"
    assert (len(around), len(around) + 22) in ibans(text)
    assert ibans(f"DE{check}{changed(account, place, step)}") == []


@given(body=digits(14, 14), step=st.integers(1, 9), place=st.integers(1, 15))
def test_a_card_has_its_issuer_and_its_digit(body: str, step: int, place: int) -> None:
    """A number of Visa's with Luhn's digit is a card, in groups too; with another digit, or of no issuer, none."""
    card = next(f"4{body}{last}" for last in "0123456789" if luhn(f"4{body}{last}"))
    grouped = " ".join(card[at : at + 4] for at in range(0, 16, 4))
    assert payment_cards(card) == [(0, 16)]
    assert payment_cards(grouped) == [(0, 19)]
    assert payment_cards(changed(card, place, step)) == []
    assert payment_cards(next(f"9{body}{last}" for last in "0123456789" if luhn(f"9{body}{last}"))) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        *(("4111.1111.1111.1111", [(0, 19)]), ("3782.822463.10005", [(0, 17)]), ("41.111.1111.1111.111", [])),
        *(("649.4111111111111111", []), ("4111111111111111.5", [(0, 16)]), ("4111111111111111ab4", [])),
        *(("4111 1111 1111 1111 2e5", [(0, 19)]), ("41111111-1111-1111", [])),
        *(("4222222222222", [(0, 13)]), ("4089111588603", [])),
    ],
)
def test_how_digits_of_a_card_are_written(text: str, found: list[tuple[int, int]]) -> None:
    """Digits with dots as no card has them, of hexadecimal, of a UUID or of an article's number are no card's."""
    assert payment_cards(text) == found


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        *(
            (text, True)
            for text in ("***", "<hidden>", "[redacted]", "null", "${DB_PASSWORD}", "$TOKEN", "%s", "{{ a.b }}")
        ),
        *((text, False) for text in ("***hunter2", "${A:-hunter2}", "$ecret", "<a>b", "nullable1", "x", "p%s")),
    ],
)
def test_what_stands_for_a_secret_is_none(text: str, kept: bool) -> None:
    """Stars, names in brackets, variables and places of formats stay; what has more in it than that is a secret."""
    assert no_placeholder(text) == ([] if kept else [(0, len(text))])


@pytest.mark.parametrize(
    ("text", "issued"),
    [
        *(("001-01-0001", True), ("899-99-9999", True), ("665-01-0001", True), ("667-01-0001", True)),
        *(("000-01-0001", False), ("666-01-0001", False), ("900-01-0001", False), ("123-00-0001", False)),
        *(("123-01-0000", False), ("123-45-67890", False), ("123 45 6789", True), ("123456789", True)),
    ],
)
def test_which_social_security_numbers_are_given(text: str, issued: bool) -> None:
    """Areas, groups and serials that are never given are none."""
    assert bool(us_ssn(text)) is issued


def test_a_long_text_of_international_addresses_costs_no_more() -> None:
    """Twenty thousand addresses beyond ASCII in one text are all found, and the files among them are not."""
    text = "jörg@müller.example lögo@2x.png " * 20_000
    rule = Rule.mask(next(detector for detector in BUILT_IN if detector.name == "email"))
    _, left = rule.apply(pa.array([text]))
    assert left.to_pylist() == ["[email] lögo@2x.png " * 20_000]


def test_a_long_candidate_of_a_telephone_costs_no_more() -> None:
    """Of a run of a million digits only what a number can have is looked at."""
    for check in (international, national(("US", "GB")), by_name(("US", "GB"))):
        assert check("+" + "1" * 1_000_000) == []
        assert check("+" + "1 " * 500_000)[:1] in ([], [(0, 31)], *[[(0, end)] for end in range(13, 32)])
