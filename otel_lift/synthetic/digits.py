"""Check digits of numbers, and random texts over an alphabet."""

import string
from collections.abc import Sequence
from random import Random

__all__ = [
    "BASE62",
    "HEX",
    "LOWER",
    "grouped",
    "iban_check",
    "luhn_digit",
    "mod11_10_digit",
    "mod11_digit",
    "number",
    "pick",
    "verhoeff_digit",
]

LOWER = string.ascii_lowercase
HEX = "0123456789abcdef"
BASE62 = string.ascii_letters + string.digits


def pick(rng: Random, alphabet: Sequence[str], length: int) -> str:
    """Answer `length` random characters of an alphabet; of 12 and more, one is a digit if the alphabet has digits."""
    made = rng.choices(alphabet, k=length)
    if length >= 12 and "7" in alphabet and not any(one.isdigit() for one in made):
        made[length // 2] = "7"
    return "".join(made)


def number(rng: Random, length: int) -> str:
    """Answer `length` random digits."""
    return "".join(rng.choices(string.digits, k=length))


def grouped(text: str, sizes: Sequence[int], separator: str) -> str:
    """Put a separator between groups of these sizes; the last size goes on to the end."""
    parts, at, which = [], 0, 0
    while at < len(text):
        size = sizes[min(which, len(sizes) - 1)]
        parts.append(text[at : at + size])
        at, which = at + size, which + 1
    return separator.join(parts)


def luhn_digit(digits: str) -> str:
    """Answer the check digit that follows these digits (ISO/IEC 7812-1, annex B)."""
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))]
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def iban_check(country: str, account: str) -> str:
    """Answer the two check digits of an IBAN (ISO 13616; ISO 7064 MOD 97-10)."""
    value = int("".join(str(int(one, 36)) for one in f"{account}{country}00"))
    return f"{98 - value % 97:02d}"


def mod11_digit(digits: str, weights: Sequence[int]) -> int:
    """Answer the weighted sum of the digits, modulo 11."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def mod11_10_digit(digits: str) -> str:
    """Answer the check digit of ISO 7064 MOD 11,10."""
    product = 10
    for digit in digits:
        total = (int(digit) + product) % 10 or 10
        product = 2 * total % 11
    return str((11 - product) % 10)


_TURNS = (
    *("0123456789", "1234067895", "2340178956", "3401289567", "4012395678"),
    *("5987604321", "6598710432", "7659821043", "8765932104", "9876543210"),
)
_PLACES = (
    *("0123456789", "1576283094", "5803796142", "8916043527"),
    *("9453126870", "4286573901", "2793806415", "7046913258"),
)


def verhoeff_digit(digits: str) -> str:
    """Answer the check digit of Verhoeff's scheme (a dihedral group of order ten)."""
    state = 0
    for place, digit in enumerate(reversed(digits), start=1):
        state = int(_TURNS[state][int(_PLACES[place % 8][int(digit)])])
    return str(next(last for last in range(10) if _TURNS[state][last] == "0"))
