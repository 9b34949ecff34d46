"""The people of the demo: made up, but with personal data of the right form, checksums included."""

from dataclasses import dataclass
from random import Random

__all__ = ["Person", "card_number"]

# Addresses, numbers and domains that are reserved for documentation and fiction, so that nobody real is in a demo.
_NETWORKS = ("192.0.2", "198.51.100", "203.0.113")
_DOMAINS = ("example.com", "example.net", "example.org")
_NAMES = (
    "ada",
    "bela",
    "chen",
    "dara",
    "emil",
    "fatma",
    "goran",
    "hana",
    "ines",
    "jonas",
    "kofi",
    "lena",
    "mats",
    "noor",
)
_CARD_PREFIX = "4000"
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account, and what must never be stored of them."""

    user_id: str
    session_id: str
    email: str
    phone: str
    card: str
    address: str
    token: str
    password: str
    device: str

    @classmethod
    def make(cls, random: Random) -> "Person":
        """Make up a person; the same random numbers make the same one."""
        tag = f"{random.getrandbits(32):08x}"
        return cls(
            user_id=f"account-{random.getrandbits(48):012x}",
            session_id=f"session-{random.getrandbits(64):016x}",
            email=f"{random.choice(_NAMES)}.{tag}@{random.choice(_DOMAINS)}",
            phone=f"+44 7700 900{random.randrange(1000):03d}",
            card=card_number(random),
            address=f"{random.choice(_NETWORKS)}.{random.randrange(100, 255)}",
            token=f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIi{_letters(random, 24)}.{_letters(random, 43)}",
            password=f"Pw-{_letters(random, 12)}",
            device=random.choice(("mobile", "tablet", "desktop")),
        )

    @property
    def spaced_card(self) -> str:
        """The card's number as people write it, in groups of four."""
        return " ".join(self.card[start : start + 4] for start in range(0, len(self.card), 4))

    @property
    def secrets(self) -> tuple[str, ...]:
        """The strings that no byte on the disk and no row may hold."""
        return (
            self.user_id,
            self.session_id,
            self.email,
            self.phone,
            self.card,
            self.spaced_card,
            self.address,
            self.token,
            self.password,
        )


def card_number(random: Random) -> str:
    """Make a number of 16 digits that passes the Luhn check (ISO/IEC 7812-1)."""
    digits = _CARD_PREFIX + f"{random.randrange(10**11):011d}"
    # from the right, with the check digit to come, every second digit counts twice
    total = sum(sum(divmod(int(digit) * (2 - place % 2), 10)) for place, digit in enumerate(reversed(digits)))
    return f"{digits}{-total % 10}"


def _letters(random: Random, count: int) -> str:
    return "".join(random.choices(_ALPHABET, k=count))
