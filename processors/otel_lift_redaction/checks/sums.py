"""Check digits: whether the last of a number's characters follow from the others.

Each takes letters and digits alone, in capitals, and answers whether they have the length, the form and the check
digits of the number that it is named after; it raises nothing, whatever it gets.
"""

import re
from collections.abc import Callable, Sequence
from types import MappingProxyType

__all__ = ["NUMBERS", "iso7064", "luhn", "verhoeff"]

# the dihedral group of order ten, and the permutation that its places turn by
_TURNS = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_PERMUTATIONS = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)
_SPANISH_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_FINNISH_LETTERS = "0123456789ABCDEFHJKLMNPRSTUVWXY"
_CHINESE_DIGITS = "10X98765432"
# values of A to Z, and of 0 to 9 like the first ten, in the odd places of an Italian code
_ITALIAN = (1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23)
_ITALIAN_FORM = re.compile(
    r"[A-Z]{6}[0-9LMNPQRSTUV]{2}[ABCDEHLMPRST](?:[04LMPQRST][1-9MNPQRSTUV]|[1256LMNPQRST][0-9LMNPQRSTUV]|[37PU][01LM])"
    r"[A-Z][0-9LMNPQRSTUV]{3}[A-Z]"
)
_FRENCH_FORM = re.compile(r"[12][0-9]{2}(?:0[1-9]|1[0-2]|[2-3][0-9]|4[0-2]|[5-9][0-9])(?:[0-9]{2}|2[AB])[0-9]{8}")
_BRITISH_FORM = re.compile(
    r"(?!BG|GB|KN|NK|NT|TN|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z][0-9]{6}[ABCD]"  # HMRC's National Insurance Manual
)


def luhn(digits: str) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        number = int(digit)
        if place % 2:
            number = number * 2 - 9 if number > 4 else number * 2
        total += number
    return total % 10 == 0


def iso7064(text: str) -> bool:
    """Whether letters and digits have the check of ISO 7064 MOD 97-10 in places 3 and 4, as an IBAN has (ISO 13616)."""
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def verhoeff(digits: str) -> bool:
    """Whether the last digit is the check digit of the others by Verhoeff's scheme (1969)."""
    state = 0
    for place, digit in enumerate(reversed(digits)):
        state = int(_TURNS[state][int(_PERMUTATIONS[place % 8][int(digit)])])
    return state == 0


def _weighted(digits: str, weights: Sequence[int]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=False))


def _is_day(month: str, day: str) -> bool:
    return 1 <= int(month) <= 12 and 1 <= int(day) <= 31


def _number(length: int) -> Callable[[Callable[[str], bool]], Callable[[str], bool]]:
    """Make a rule answer false for what is not of so many digits."""

    def of(rule: Callable[[str], bool]) -> Callable[[str], bool]:
        def checked(text: str) -> bool:
            return len(text) == length and text.isascii() and text.isdigit() and rule(text)

        return checked

    return of


@_number(12)
def _aadhaar(digits: str) -> bool:
    """India's Aadhaar: twelve digits, the first from 2, Verhoeff's digit (UIDAI, "Aadhaar numbering scheme")."""
    return digits[0] >= "2" and verhoeff(digits)


@_number(9)
def _bsn(digits: str) -> bool:
    """Check the Dutch burgerservicenummer: the test of eleven, the last digit weighing -1 (Logisch ontwerp BSN)."""
    return digits != "000000000" and _weighted(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1)) % 11 == 0


@_number(11)
def _cpf(digits: str) -> bool:
    """Brazil's CPF: two digits modulo 11, and not eleven equal ones (Receita Federal)."""
    return len(set(digits)) > 1 and all(
        digits[count] == str(_weighted(digits, range(count + 1, 1, -1)) * 10 % 11 % 10) for count in (9, 10)
    )


@_number(11)
def _de_tax_id(digits: str) -> bool:
    """Germany's Steuer-Identifikationsnummer: ISO 7064 MOD 11,10; of the first ten digits some repeat (BZSt)."""
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    most = max(digits[:10].count(digit) for digit in set(digits[:10]))
    return digits[0] != "0" and most in {2, 3} and (11 - product) % 10 == int(digits[10])


@_number(10)
def _nhs(digits: str) -> bool:
    """Check an NHS number: modulo 11, where 10 is never given (NHS Data Model and Dictionary)."""
    return len(set(digits)) > 1 and _weighted(digits, range(10, 0, -1)) % 11 == 0


@_number(11)
def _pesel(digits: str) -> bool:
    """Poland's PESEL: weights 1 3 7 9, modulo 10; the century is in the month (act of 24 September 2010)."""
    month = f"{int(digits[2:4]) % 20:02d}"
    return _is_day(month, digits[4:6]) and _weighted(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1)) % 10 == 0


@_number(9)
def _sin(digits: str) -> bool:
    """Canada's social insurance number: Luhn (Service Canada, "The social insurance number code of practice")."""
    return len(set(digits)) > 1 and luhn(digits)


@_number(15)
def _imei(digits: str) -> bool:
    """Check the number of a mobile telephone: Luhn (3GPP TS 23.003, annex B)."""
    return len(set(digits)) > 2 and luhn(digits)


@_number(11)
def _belgian(digits: str) -> bool:
    """Belgium's rijksregisternummer: 97 less the number modulo 97, with a 2 before it from 2000 on (IBZ)."""
    rest = int(digits[9:])
    return any(97 - int(century + digits[:9]) % 97 == rest for century in ("", "2"))


@_number(10)
def _swedish(digits: str) -> bool:
    """Sweden's personnummer: a date, where 60 more says a coordination number, and Luhn (Skatteverket, SKV 704)."""
    return _is_day(digits[2:4], f"{int(digits[4:6]) % 60:02d}") and luhn(digits)


def _chinese(text: str) -> bool:
    """China's resident identity number: a date of birth, and ISO 7064 MOD 11-2 (GB 11643-1999)."""
    if not re.fullmatch(r"[1-8][0-9]{5}(?:18|19|20)[0-9]{9}[0-9X]", text) or not _is_day(text[10:12], text[12:14]):
        return False
    return _CHINESE_DIGITS[_weighted(text[:17], [2 ** (17 - place) % 11 for place in range(17)]) % 11] == text[17]


def _finnish(text: str) -> bool:
    """Finland's henkilötunnus without its sign: a date, three digits, a character modulo 31 (decree 128/2010)."""
    if not re.fullmatch(r"[0-9]{9}[0-9A-FHJ-NPR-Y]", text) or not _is_day(text[2:4], text[:2]):
        return False
    return _FINNISH_LETTERS[int(text[:9]) % 31] == text[9]


def _french(text: str) -> bool:
    """France's NIR: 97 less the number modulo 97, where 2A and 2B are 19 and 18 (INSEE; decree 82-103)."""
    if not _FRENCH_FORM.fullmatch(text):
        return False
    number = int(text[:13].replace("2A", "19").replace("2B", "18"))
    return 97 - number % 97 == int(text[13:])


def _italian(text: str) -> bool:
    """Italy's codice fiscale: odd places by a table, even ones by rank, modulo 26 (decree of 23 December 1976)."""
    if not _ITALIAN_FORM.fullmatch(text):
        return False
    ranks = [ord(one) - (48 if one.isdigit() else 65) for one in text]
    total = sum(rank if place % 2 else _ITALIAN[rank] for place, rank in enumerate(ranks[:15]))
    return total % 26 == ranks[15]


def _spanish(text: str) -> bool:
    """Spain's DNI and NIE: a letter by the number modulo 23; X, Y and Z are 0, 1 and 2 (Ministerio del Interior)."""
    if not re.fullmatch(r"[0-9XYZ][0-9]{7}[A-Z]", text):
        return False
    return _SPANISH_LETTERS[int(text[:8].translate(str.maketrans("XYZ", "012"))) % 23] == text[8]


def _british(text: str) -> bool:
    """Check the form of a British national insurance number, which has no check digit."""
    return _BRITISH_FORM.fullmatch(text) is not None


NUMBERS: MappingProxyType[str, Callable[[str], bool]] = MappingProxyType(
    {
        "be_national_number": _belgian,
        "br_cpf": _cpf,
        "ca_sin": _sin,
        "cn_resident_id": _chinese,
        "de_tax_id": _de_tax_id,
        "es_dni": _spanish,
        "fi_henkilotunnus": _finnish,
        "fr_nir": _french,
        "gb_nhs": _nhs,
        "gb_nino": _british,
        "imei": _imei,
        "in_aadhaar": _aadhaar,
        "it_codice_fiscale": _italian,
        "nl_bsn": _bsn,
        "pl_pesel": _pesel,
        "se_personnummer": _swedish,
    }
)
"""The check of each kind of number by which somebody is known."""
