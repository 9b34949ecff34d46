"""Made-up national identifiers with valid check digits, of countries that write them in a form of their own.

An identifier that is bare digits stands after its name, since nothing else would tell it from an order's number.
"""

import string
from collections.abc import Callable, Mapping
from random import Random
from types import MappingProxyType

from otel_lift.synthetic.digits import luhn_digit, mod11_10_digit, mod11_digit, number, pick, verhoeff_digit
from otel_lift.synthetic.model import Personal

__all__ = ["NATIONAL_IDS", "national_id"]

_CAPITALS = string.ascii_uppercase
_CONSONANTS = "BCDFGLMNPRSTVZ"


def _date(rng: Random) -> tuple[int, int, int]:
    return rng.randint(50, 99), rng.randint(1, 12), rng.randint(1, 28)


def _spain(rng: Random) -> Personal:
    """DNI and NIE: the letter is the number modulo 23."""
    first = rng.choice(("", "X", "Y", "Z"))
    digits = number(rng, 7 if first else 8)
    letter = "TRWAGMYFPDXBNJZSQVHLCKE"[int({"": "", "X": "0", "Y": "1", "Z": "2"}[first] + digits) % 23]
    text = f"{first}{digits}{letter}"
    return Personal(f"{rng.choice(('NIE' if first else 'DNI', 'NIF'))}: {text}", text)


_ODD_DIGITS = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21)
_ODD_LETTERS = (*_ODD_DIGITS, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ODD = dict(zip(string.digits + _CAPITALS, (*_ODD_DIGITS, *_ODD_LETTERS), strict=True))


def _italy(rng: Random) -> Personal:
    """Codice fiscale: odd places by a table, even ones by their rank, modulo 26."""
    year, month, day = _date(rng)
    text = f"{pick(rng, _CONSONANTS, 6)}{year:02d}{'ABCDEHLMPRST'[month - 1]}{day:02d}{rng.choice('ABCDEFGHI')}"
    text += f"{rng.randint(101, 899)}"
    total = sum(
        _ODD[one] if place % 2 == 0 else int(one) if one.isdigit() else _CAPITALS.index(one)
        for place, one in enumerate(text)
    )
    text += _CAPITALS[total % 26]
    return Personal(text, text)


def _brazil(rng: Random) -> Personal:
    """CPF: two digits modulo 11."""
    digits = number(rng, 9)
    for start in (10, 11):
        rest = mod11_digit(digits, range(start, 1, -1))
        digits += str(0 if rest < 2 else 11 - rest)
    return Personal(f"{digits[:3]}.{digits[3:6]}.{digits[6:9]}-{digits[9:]}", digits)


def _china(rng: Random) -> Personal:
    """Resident identity number: ISO 7064 MOD 11-2."""
    year, month, day = _date(rng)
    digits = f"110105{1900 + year}{month:02d}{day:02d}{number(rng, 3)}"
    rest = mod11_digit(digits, [2 ** (17 - place) % 11 for place in range(17)])
    text = digits + "10X98765432"[rest]
    return Personal(f"{rng.choice(('', 'resident id: ', '身份证: '))}{text}", text)


def _finland(rng: Random) -> Personal:
    """Henkilötunnus: a character modulo 31; 900 and above are never given to anybody."""
    year, month, day = _date(rng)
    birth, serial = f"{day:02d}{month:02d}{year:02d}", f"{rng.randint(2, 899):03d}"
    text = f"{birth}-{serial}{'0123456789ABCDEFHJKLMNPRSTUVWXY'[int(birth + serial) % 31]}"
    return Personal(text, text)


def _sweden(rng: Random) -> Personal:
    """Personnummer: Luhn over the last ten digits."""
    year, month, day = _date(rng)
    digits = f"{year:02d}{month:02d}{day:02d}{number(rng, 3)}"
    digits += luhn_digit(digits)
    century = rng.choice(("19", ""))
    return Personal(f"personnummer {century}{digits[:6]}-{digits[6:]}", digits)


def _poland(rng: Random) -> Personal:
    """PESEL: weights 1 3 7 9, modulo 10."""
    year, month, day = _date(rng)
    digits = f"{year:02d}{month:02d}{day:02d}{number(rng, 4)}"
    total = sum(int(digit) * weight for digit, weight in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3), strict=True))
    digits += str(-total % 10)
    return Personal(f"PESEL: {digits}", digits)


def _netherlands(rng: Random) -> Personal:
    """Burgerservicenummer: the test of eleven."""
    while True:
        digits = f"{rng.randint(10_000_000, 99_999_999)}"
        last = mod11_digit(digits, range(9, 1, -1))
        if last < 10:
            return Personal(f"BSN: {digits}{last}", f"{digits}{last}")


def _france(rng: Random) -> Personal:
    """Numéro de sécurité sociale: 97 less the number modulo 97."""
    year, month, _ = _date(rng)
    digits = f"{rng.choice('12')}{year:02d}{month:02d}{rng.randint(1, 95):02d}{rng.randint(1, 989):03d}"
    digits += f"{rng.randint(1, 999):03d}"
    digits += f"{97 - int(digits) % 97:02d}"
    spaced = " ".join((digits[0], digits[1:3], digits[3:5], digits[5:7], digits[7:10], digits[10:13], digits[13:]))
    return Personal(f"NIR: {rng.choice((digits, spaced))}", digits)


def _germany(rng: Random) -> Personal:
    """Steuer-Identifikationsnummer: ISO 7064 MOD 11,10; one digit stands twice, one not at all."""
    chosen = rng.sample("0123456789", 9)
    digits = [*chosen, rng.choice(chosen)]
    rng.shuffle(digits)
    if digits[0] == "0":
        digits.reverse()
    if digits[0] == "0":
        return _germany(rng)
    text = "".join(digits)
    text += mod11_10_digit(text)
    return Personal(f"Steuer-ID: {text}", text)


def _india(rng: Random) -> Personal:
    """Aadhaar: Verhoeff's digit."""
    digits = f"{rng.randint(2, 9)}{number(rng, 10)}"
    digits += verhoeff_digit(digits)
    return Personal(f"Aadhaar: {digits[:4]} {digits[4:8]} {digits[8:]}", digits)


def _canada(rng: Random) -> Personal:
    """Social insurance number: Luhn."""
    digits = f"{rng.randint(1, 7)}{number(rng, 7)}"
    digits += luhn_digit(digits)
    return Personal(f"SIN: {digits[:3]}{(joint := rng.choice(' -'))}{digits[3:6]}{joint}{digits[6:]}", digits)


def _britain(rng: Random) -> Personal:
    """NHS number (modulo 11) or national insurance number (which has no check digit)."""
    if rng.random() < 0.5:
        text = f"{pick(rng, 'ABCEGHJKLMPRSTWX', 2)}{number(rng, 6)}{rng.choice('ABCD')}"
        text = text.replace("GB", "AB").replace("BG", "AB").replace("KN", "AB").replace("NK", "AB").replace("TN", "AB")
        spaced = " ".join((text[:2], text[2:4], text[4:6], text[6:8], text[8:]))
        return Personal(f"NINO: {rng.choice((text, spaced))}", text)
    while True:
        digits = f"{rng.randint(4, 7)}{number(rng, 8)}"
        last = (11 - mod11_digit(digits, range(10, 1, -1))) % 11
        if last < 10:
            return Personal(f"NHS number: {digits[:3]} {digits[3:6]} {digits[6:]}{last}", f"{digits}{last}")


def _belgium(rng: Random) -> Personal:
    """Rijksregisternummer: 97 less the number modulo 97."""
    year, month, day = _date(rng)
    digits = f"{year:02d}{month:02d}{day:02d}{rng.randint(1, 997):03d}"
    check = f"{97 - int(digits) % 97:02d}"
    text = f"{digits[:2]}.{digits[2:4]}.{digits[4:6]}-{digits[6:]}.{check}"
    return Personal(text, digits + check)


NATIONAL_IDS: Mapping[str, Callable[[Random], Personal]] = MappingProxyType(
    {
        "BE": _belgium,
        "BR": _brazil,
        "CA": _canada,
        "CN": _china,
        "DE": _germany,
        "ES": _spain,
        "FI": _finland,
        "FR": _france,
        "GB": _britain,
        "IN": _india,
        "IT": _italy,
        "NL": _netherlands,
        "PL": _poland,
        "SE": _sweden,
    }
)
"""How an identifier is made, by country."""


def national_id(rng: Random) -> Personal:
    """Make a national identifier of one of the countries."""
    return NATIONAL_IDS[rng.choice(tuple(NATIONAL_IDS))](rng)
