"""Numbers of people: of their accounts, of their telephones, and those by which their countries know them.

A number that its form or its check digits make sure is found wherever it stands. One whose check leaves a tenth of all
numbers of its length is found after a word that names it.
"""

from collections.abc import Sequence

from otel_lift_redaction import checks
from otel_lift_redaction.checks import phones
from otel_lift_redaction.detectors.model import LOOSE, NOT_HEX, WIDE, Detector
from otel_lift_redaction.triggers import Trigger
from otel_lift_redaction.triggers.words import PHONE_WORDS

__all__ = ["ACCOUNTS", "IDENTIFIERS", "telephones"]

# between a word that names a number and the number: signs, and a word like `is` or `Number`
_SIGNS = r"[\t -/:-@\[-\x60{-~]"
_SAID = (
    rf"(?:{_SIGNS}{{1,4}}(?i:numbers?|num|nbr|nr|no|id|is|was|code|value|card|of|for|at|to)"
    r"|Number|NUMBER|Num|No|Nr|Id|ID|Value|Code)?"
)
_GAP = rf"{_SAID}{_SIGNS}{{0,4}}"
# before a number of few digits, which could be a part of the word
_SIGN = rf"{_SAID}{_SIGNS}{{0,3}}[\t -.:-@_]"


def _after(*words: str, gap: str = _GAP) -> str:
    """Say one of some words, at a word's start or a capital's, and what may stand before the number that it names."""
    capitals = [word.capitalize() for word in words if word.isalpha()]
    camel = f"|[a-z](?:{'|'.join(capitals)})" if capitals else ""
    return rf"(?:(?:^|[^A-Za-z])(?i:{'|'.join(words)}){camel}){gap}"


def _named(name: str, length: int, core: str, *words: str, gap: str = _GAP) -> Detector:
    return Detector(name, Trigger.NAMED, core, before=_after(*words, gap=gap), check=checks.number_of(name, length))


def _formed(name: str, length: int, core: str, before: str = r"^|[^0-9]") -> Detector:
    return Detector(name, Trigger.PERSON, core, before=before, check=checks.number_of(name, length))


_DIGITS = r"[0-9](?:[ .-]?[0-9]){8,}"

ACCOUNTS: tuple[Detector, ...] = (
    Detector(
        "iban",
        Trigger.IBAN,
        rf"(?:{'|'.join(checks.IBAN_LENGTHS)})[0-9]{{2}}(?: ?[0-9A-Z]){{11,}}",
        check=checks.ibans,
    ),
    Detector(
        "payment_card",
        Trigger.CARD,
        # with what is glued to it, where that can be hexadecimal too
        r"[2-68][0-9](?:[ .-]?[0-9]){11,}(?:[A-Fa-f]+(?:[0-9]+|\b|_))?",
        before=rf"^|[^0-9A-Za-z.]|(?:^|[^0-9])\.|\\[bfnrt]|{NOT_HEX}",
        check=checks.payment_cards,
    ),
)

IDENTIFIERS: tuple[Detector, ...] = (
    Detector(
        "us_ssn",
        Trigger.SSN,
        r"[0-9]{3}-[0-9]{2}-[0-9]{4,}",
        before=r"^|[^0-9.-]|(?:^|[^0-9])[.-]",
        check=checks.us_ssn,
    ),
    Detector(
        "us_ssn",
        Trigger.NAMED,
        r"[0-9]{3}[ -]?[0-9]{2}[ -]?[0-9]{4,}",
        before=_after("ssn", "social security", "tax id", "tax_id", "tax-id", "taxid", "tin"),
        check=checks.us_ssn,
    ),
    _formed("it_codice_fiscale", 16, r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]", before=r"^|[^A-Z]"),
    _formed("br_cpf", 11, r"[0-9]{3}\.[0-9]{3}\.[0-9]{3}-[0-9]{2,}", before=r"^|[^0-9.-]"),
    _named("br_cpf", 11, _DIGITS, "cpf"),
    _formed("be_national_number", 11, r"[0-9]{2}\.[0-9]{2}\.[0-9]{2}-[0-9]{3}\.[0-9]{2,}", before=r"^|[^0-9.-]"),
    _formed("fi_henkilotunnus", 10, r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]", before=rf"^|[^0-9A-Za-z.-]|{NOT_HEX}"),
    _formed("cn_resident_id", 18, r"[0-9]{17}(?:[0-9]+|[Xx])", before=rf"^|[^0-9A-Za-z.]|\\[bfnrt]|{NOT_HEX}"),
    _formed(
        "fr_nir",
        15,
        r"[12][0-9]{4}(?:[0-9]{2}|2[AB])[0-9]{8,}"
        r"|[12] [0-9]{2} [0-9]{2} (?:[0-9]{2}|2[AB]) [0-9]{3} [0-9]{3} [0-9]{2,}",
        before=rf"^|[^0-9A-Za-z.]|\\[bfnrt]|{NOT_HEX}",
    ),
    _named(
        "de_tax_id",
        11,
        _DIGITS,
        "steuer-id",
        "steuerid",
        "steuer_id",
        "idnr",
        "steuernummer",
        "tax id",
        "tax_id",
        "tin",
    ),
    _named("es_dni", 9, r"[0-9XYZ][ .-]?[0-9](?:[ .]?[0-9]){6}[ -]?[A-Za-z]", "dni", "nie", "nif", gap=_SIGN),
    _named("gb_nhs", 10, _DIGITS, "nhs"),
    _named(
        "gb_nino",
        9,
        r"[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]",
        *("nino", "national insurance"),
        gap=_SIGN,
    ),
    _named("in_aadhaar", 12, _DIGITS, "aadhaar", "aadhar", "uidai"),
    _named("nl_bsn", 9, _DIGITS, "bsn", "burgerservicenummer"),
    _named("pl_pesel", 11, _DIGITS, "pesel"),
    _named("ca_sin", 9, _DIGITS, "sin", "social insurance"),
    _named("se_personnummer", 10, r"[0-9]{6}[-+]?[0-9]{4,}", "personnummer", "personnr"),
    Detector(
        "se_personnummer",
        Trigger.NAMED,
        r"[0-9]{6}[-+]?[0-9]{4,}",
        before=_after("personnummer", "personnr") + r"(?:18|19|20)",
        check=checks.number_of("se_personnummer", 10),
    ),
    _named("fr_nir", 15, r"[12](?:[ .-]?[0-9]){14,}", "nir", "sociale", "insee"),
    _named("imei", 15, _DIGITS, "imei"),
)

# the others of these words end ordinary ones, such as `hotel`
_TELEPHONES = (
    "phone",
    "phonenumber",
    "mobilenumber",
    "telefono",
    "telefoon",
    "telefone",
    "telefon",
    "msisdn",
    "whatsapp",
)
_SHORT_TELEPHONES = tuple(word for word in PHONE_WORDS if word not in {*_TELEPHONES, "user"})
_INTERNATIONAL = r"\+[1-9][0-9]{0,2}(?:[ .()/-]{0,2}[0-9]){6,}"
_EXTENSION = r"(?:[,;]? ?(?i:ext(?:ension|n)?|x)[.:=]? ?[0-9]{1,6}|;ext=[0-9]{1,6}| ?# ?[0-9]{1,6})?"
_NORTH_AMERICA = r"(?:1[ .-])?\(?[2-9][0-9]{2}(?:\) ?|[ .-])[2-9][0-9]{2}[ .-][0-9]{4}"


def telephones(regions: Sequence[str]) -> tuple[Detector, ...]:
    """Make the detectors of telephones' numbers, where a number without its country may be one of these regions'."""
    by_name = phones.by_name(regions)
    number = r"[0-9](?:[ .()-]{0,2}[0-9]){6,}"
    return (
        Detector(
            "phone",
            Trigger.PHONE,
            _INTERNATIONAL + _EXTENSION,
            before=r"^|[^0-9A-Za-z+]|(?:^|[^0-9CGcg])\+|\\[bfnrt]",  # `C++17/20/23 2024` is none
            check=phones.international,
        ),
        Detector(
            "phone", Trigger.PHONE, _INTERNATIONAL + _EXTENSION, before=r"[A-Za-z]", check=phones.glued_international
        ),
        Detector("phone", Trigger.PHONE, rf"{_NORTH_AMERICA}{_EXTENSION}", before=LOOSE, after=r"\b|_|[A-Za-z]"),
        Detector(
            "phone", Trigger.PHONE, rf"{_NORTH_AMERICA}{_EXTENSION}", before=r"[A-Za-z]", check=phones.glued_national
        ),
        Detector(
            "phone",
            Trigger.PHONE,
            rf"00[1-9][0-9]{{0,2}}[ -](?:[ .()/-]{{0,2}}[0-9]){{6,}}{_EXTENSION}",
            # `INV-0012-345678` is none
            before=r"^|[^0-9A-Za-z.-]|(?:^|[^0-9])\.|(?:^|[^0-9A-Za-z])-|\\[bfnrt]",
            check=phones.with_zeros,
        ),
        Detector(
            "phone",
            Trigger.PHONE,
            # with what goes on as a number in hexadecimal does, which is no telephone's
            rf"\(?0[1-9](?:[0-9]{{1,4}}\) ?[0-9]{{3}}(?:[ -]?[0-9])+|(?:[ -]?[0-9]){{7,}}){_EXTENSION}"
            r"(?:-?[A-Fa-f](?:[0-9A-Fa-f]+(?:-[0-9A-Fa-f])?|\b|_))?",
            before=r"^|[^-0-9A-Za-z.,:/(#]",
            check=phones.national(regions),
        ),
        Detector(
            "phone",
            Trigger.PHONE,
            rf"0[1-9][0-9]{{1,4}}/ ?[0-9]{{3}}(?:[ -]?[0-9])+{_EXTENSION}",
            before=rf"[\x00-\x22$-+;-@_{WIDE}]",  # not in a path
            check=phones.national(regions),
        ),
        Detector(
            "phone",
            Trigger.NAMED,
            number + _EXTENSION,
            before=rf"(?i:{'|'.join(_TELEPHONES)}){_SIGN}",
            check=by_name,
        ),
        Detector(
            "phone", Trigger.NAMED, number + _EXTENSION, before=_after(*_SHORT_TELEPHONES, gap=_SIGN), check=by_name
        ),
        Detector(
            "phone",
            Trigger.NAMED,
            r"[0-9]{9,}",
            before=rf"(?i:{'|'.join(_TELEPHONES)})|{_after(*_SHORT_TELEPHONES, gap='')}",
            check=by_name,
        ),
        # an account that has its owner's number as its name
        Detector("phone", Trigger.NAMED, r"[2-9][0-9]{9,}", before=r"(?i:user_?)", check=phones.glued_national),
    )
