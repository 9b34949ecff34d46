"""Made-up personal data is what it says: valid by the rules of its kind, nobody's, and the same for the same seed."""

import base64
import ipaddress
import json
import re
from itertools import islice
from random import Random

import pytest

from otel_lift.synthetic import CLEAN, KINDS, Personal, clean_corpus, corpus, needles, squashed
from otel_lift.synthetic.digits import verhoeff_digit
from otel_lift.synthetic.national import NATIONAL_IDS
from otel_lift.synthetic.payments import IBANS, iban

DOCUMENTATION = [ipaddress.ip_network(each) for each in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")]


def many(kind: str, count: int = 300) -> list[Personal]:
    """Make many of a kind."""
    rng = Random(kind)
    return [KINDS[kind].make(rng) for _ in range(count)]


def luhn(digits: str) -> bool:
    """Whether a number has Luhn's check digit."""
    doubled = "".join(str(int(digit) * (1 + place % 2)) for place, digit in enumerate(reversed(digits)))
    return sum(map(int, doubled)) % 10 == 0


def test_a_seed_makes_the_same_again() -> None:
    """Two generators of the same seed make the same needles and clean texts, and another seed makes others."""
    first, again, other = (list(islice(needles(Random(seed)), 200)) for seed in (5, 5, 6))
    assert first == again
    assert first != other
    assert clean_corpus(Random(5), 3) == clean_corpus(Random(5), 3)
    assert list(corpus(Random(5), 1)) == list(corpus(Random(5), 1))


@pytest.mark.parametrize("kind", KINDS)
def test_a_secret_is_part_of_its_text(kind: str) -> None:
    """What must not be left is in the text, long enough to be told from chance, and hardly ever the same twice."""
    made = many(kind)
    for each in made:
        assert squashed(each.secret) in squashed(each.text)
        assert len(squashed(each.secret)) >= 5
    assert len({each.secret for each in made}) > (60 if kind == "phone" else 150)


def test_addresses_are_nobodys() -> None:
    """Domains, networks and hardware addresses are those kept free for examples, or no manufacturer's."""
    for kind in ("email", "email_international", "email_long"):
        for each in many(kind):
            local, _, domain = each.text.lower().rstrip(">").split(":")[-1].split("<")[-1].rpartition("@")
            assert re.search(r"(?:^|\.)example\.(?:com|net|org)$", domain)
            assert len(local.encode()) <= 64
            assert len(each.text) <= 254
            assert max(map(len, domain.split("."))) <= 63
    assert all(any(ipaddress.ip_address(each.secret) in net for net in DOCUMENTATION) for each in many("ipv4"))
    for each in many("ipv6"):
        (address,) = re.findall(r"2001:[0-9A-Fa-f:]+", each.text.partition("]")[0])
        assert ipaddress.ip_address(address) in ipaddress.ip_network("2001:db8::/32")
    for each in many("mac"):
        first = int(each.secret[:2], 16)
        assert each.secret.startswith("00005e0053") or (first & 2 and not first & 1)


def test_long_and_international_addresses_are() -> None:
    """Addresses of each of these kinds have what makes the kind."""
    assert all(not each.text.isascii() or "xn--" in each.text for each in many("email_international"))
    assert max(len(each.text) for each in many("email_long")) > 180


def test_telephone_numbers_are_of_many_countries_and_spellings() -> None:
    """Numbers have at most the 15 digits of E.164 after the prefix, of many countries, in many shapes."""
    made = many("phone", 2000)
    assert all(len(squashed(each.text).removeprefix("tel").removeprefix("00")) <= 16 for each in made)
    assert len({found[1] for each in made if (found := re.match(r"(?:tel:)?\+(\d+)[ .-]", each.text))}) > 40
    assert len({re.sub(r"\d+", "9", each.text) for each in made}) > 30


def test_cards_have_luhns_digit() -> None:
    """Cards of all lengths are valid, in several spellings."""
    made = many("payment_card", 1000)
    assert all(luhn(squashed(each.text)) for each in made)
    assert {len(each.secret) for each in made} >= {13, 14, 15, 16, 18, 19}
    assert {re.sub(r"\d", "", each.text)[:1] for each in made} == {"", " ", "-", "\u00a0", "."}


# of SWIFT's registry
IBAN_LENGTHS = {
    15: "NO", 16: "BE", 18: "DK FI GL FO NL", 19: "SI MK", 20: "AT BA EE LT XK KZ LU", 21: "CH LI LV HR",
    22: "DE ME RS GB IE BG", 23: "IL AE TL", 24: "CZ ES SE SK TN RO AD SA", 25: "PT", 26: "IS TR", 27: "FR MC IT SM GR",
    28: "PL HU CY LB", 29: "BR QA UA", 31: "MT",
}  # fmt: skip


@pytest.mark.parametrize("country", IBANS)
def test_accounts_have_their_check_digits(country: str) -> None:
    """An IBAN's digits, moved and read as numbers, are 1 modulo 97, and it is as long as its country's are."""
    for seed in range(20):
        text = squashed(iban(Random(seed), country).text).upper()
        assert text.startswith(country)
        assert int("".join(str(int(one, 36)) for one in text[4:] + text[:4])) % 97 == 1
        assert country in IBAN_LENGTHS[len(text)].split()


def _weighted(digits: str, weights: tuple[int, ...], modulus: int) -> int:
    return sum(int(one) * weight for one, weight in zip(digits, weights, strict=True)) % modulus


def _valid(country: str, secret: str) -> bool:
    plain = secret.replace("-", "")
    match country:
        case "BE" | "FR":
            return int(plain[:-2]) % 97 == 97 - int(plain[-2:])
        case "BR":
            first = _weighted(plain[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2), 11) * 10 % 11 % 10
            second = _weighted(plain[:10], (11, 10, 9, 8, 7, 6, 5, 4, 3, 2), 11) * 10 % 11 % 10
            return plain[9:] == f"{first}{second}"
        case "CA" | "SE":
            return luhn(plain)
        case "CN":
            weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
            return "10X98765432"[_weighted(plain[:17], weights, 11)] == plain[17]
        case "DE":
            state = 10
            for one in plain[:-1]:
                state = ((int(one) + state) % 10 or 10) * 2 % 11
            return (state + int(plain[-1])) % 10 == 1 and max(map(plain[:-1].count, plain)) == 2
        case "ES":
            number = plain[:-1].translate(str.maketrans("XYZ", "012"))
            return "TRWAGMYFPDXBNJZSQVHLCKE"[int(number) % 23] == plain[-1]
        case "FI":
            return "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(plain[:9]) % 31] == plain[9]
        case "GB":
            return plain[0].isalpha() or _weighted(plain, (10, 9, 8, 7, 6, 5, 4, 3, 2, 1), 11) == 0
        case "IN":
            return verhoeff_digit(plain[:-1]) == plain[-1]
        case "NL":
            return _weighted(plain, (9, 8, 7, 6, 5, 4, 3, 2, -1), 11) == 0
        case "PL":
            return _weighted(plain, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), 10) == 0
        case _:
            return country == "IT" and re.fullmatch(r"[A-Z]{6}\d\d[A-EHLMPR-T]\d\d[A-Z]\d{3}[A-Z]", plain) is not None


@pytest.mark.parametrize("country", NATIONAL_IDS)
def test_national_identifiers_have_their_check_digits(country: str) -> None:
    """An identifier is valid by its country's own rule."""
    for seed in range(50):
        assert _valid(country, NATIONAL_IDS[country](Random(seed)).secret)


def test_known_identifiers_are_valid_by_the_same_rules() -> None:
    """The rules are the real ones: examples that the authorities publish fulfil them."""
    assert _valid("ES", "12345678Z")
    assert _valid("FI", "131052-308T")
    assert _valid("GB", "9434765919")
    assert _valid("PL", "44051401359")
    assert _valid("NL", "111222333")
    assert _valid("DE", "86095742719")
    assert _valid("CN", "11010519491231002X")
    assert _valid("BR", "11144477735")
    assert _valid("BE", "85073003328")
    assert verhoeff_digit("236") == "3"
    assert luhn("4242424242424242")
    assert not luhn("4242424242424243")


def test_tokens_are_what_they_say() -> None:
    """A web token holds JSON, basic credentials a name and a password, and a private key base64."""
    for each in many("jwt", 50):
        header, payload, _ = each.text.split(".")
        assert "alg" in json.loads(base64.urlsafe_b64decode(header + "=="))
        assert json.loads(base64.urlsafe_b64decode(payload + "=="))["iss"] == "https://id.example"
    for each in many("basic", 50):
        assert b":" in base64.b64decode(each.text.split()[-1])
    for each in many("private_key", 50):
        base64.b64decode("".join(each.text.splitlines()[1:-1]), validate=True)


@pytest.mark.parametrize("family", CLEAN)
def test_clean_texts_differ(family: str) -> None:
    """A family of clean texts has many of them."""
    rng = Random(family)
    assert len({CLEAN[family](rng) for _ in range(300)}) > (4 if family == "encoded text" else 60)
