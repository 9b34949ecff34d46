"""Made-up numbers of cards and accounts, with valid check digits."""

from random import Random

from otel_lift.synthetic.digits import BASE62, grouped, iban_check, luhn_digit, number, pick
from otel_lift.synthetic.model import Personal

__all__ = ["IBANS", "iban", "payment_card"]

# first digits of the test numbers that payment services publish, and the lengths of the issuer's cards
_CARDS = (
    *(("411111", 16), ("424242", 16), ("400005", 16), ("422222", 13), ("400000", 19)),  # Visa
    *(("555555", 16), ("520082", 16), ("510510", 16), ("222300", 16), ("272099", 16)),  # Mastercard
    *(("378282", 15), ("371449", 15), ("343434", 15)),  # American Express
    *(("305693", 14), ("385200", 14), ("362272", 14)),  # Diners Club
    *(("601111", 16), ("644564", 16), ("655021", 16)),  # Discover
    *(("356600", 16), ("353011", 16)),  # JCB
    *(("620000", 16), ("625094", 19)),  # UnionPay
    *(("675964", 16), ("501800", 16), ("676770", 18)),  # Maestro
    *(("220000", 16), ("650031", 16), ("606282", 16)),  # Mir, Elo, Hipercard
)
_SPLITS = {13: (4, 3, 3, 3), 14: (4, 6, 4), 15: (4, 6, 5)}


def payment_card(rng: Random) -> Personal:
    """Make a card's number of one of some ten issuers: plain, or in groups with spaces or dashes."""
    start, length = rng.choice(_CARDS)
    digits = start + number(rng, length - len(start) - 1)
    digits += luhn_digit(digits)
    return Personal(grouped(digits, _SPLITS.get(length, (4,)), rng.choice(("", "", " ", "-", "\u00a0", "."))), digits)


# The account's part by country, as SWIFT's registry writes it: n digits, a capitals, c either
_STRUCTURES = {
    country: structure
    for structure, countries in {
        "n12": "BE",
        "n11": "NO",
        "n14": "DK FI GL FO",
        "a4n10": "NL",
        "n15": "SI MK",
        "n16": "AT BA EE LT XK",
        "n5c12": "CH LI",
        "a4c13": "LV",
        "n17": "HR",
        "n18": "DE ME RS",
        "a4n14": "GB IE",
        "a4n6c8": "BG",
        "n19": "IL AE TL",
        "n20": "CZ ES SE SK TN",
        "a4c16": "RO",
        "n8c12": "AD",
        "n21": "PT",
        "n22": "IS",
        "n6c16": "TR",
        "n10c11n2": "FR MC",
        "a1n10c12": "IT SM",
        "n7c16": "GR",
        "n24": "PL HU",
        "n8c16": "CY",
        "n4c20": "LB",
        "n23a1c1": "BR",
        "a4c21": "QA",
        "n6c19": "UA",
        "a4n5c18": "MT",
        "n2c18": "SA",
        "n3c13": "KZ LU",
    }.items()
    for country in countries.split()
}
IBANS = tuple(_STRUCTURES)
"""The countries of which accounts are made."""


def iban(rng: Random, country: str | None = None) -> Personal:
    """Make an account's number of one of some forty countries: plain or in groups of four."""
    country = country or rng.choice(IBANS)
    account = "".join(_fill(rng, kind, count) for kind, count in _parts(_STRUCTURES[country]))
    text = f"{country}{iban_check(country, account)}{account}"
    return Personal(grouped(text, (4,), rng.choice(("", " "))), account)


def _parts(structure: str) -> list[tuple[str, int]]:
    starts = [place for place, one in enumerate(structure) if one.isalpha()]
    ends = [*starts[1:], len(structure)]
    return [(structure[start], int(structure[start + 1 : end])) for start, end in zip(starts, ends, strict=True)]


def _fill(rng: Random, kind: str, count: int) -> str:
    if kind == "n":
        return number(rng, count)
    return pick(rng, BASE62[26:52] if kind == "a" else BASE62[26:], count)
