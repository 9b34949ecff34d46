"""The words and prefixes that the triggers know, of which the expressions and the compiled code are both made."""

from otel_lift_redaction.checks import IBAN_LENGTHS

__all__ = [
    "COUNTRIES",
    "KEY_CLASSES",
    "KEY_PREFIXES",
    "NAMES_OF_NUMBERS",
    "QUERY_WORDS",
    "SECRET_WORDS",
    "STREETS",
    "WEAK_WORDS",
]


def _joined(*parts: tuple[str, ...]) -> tuple[str, ...]:
    words: tuple[str, ...] = ("",)
    for choices in parts:
        words = tuple(word + choice for word in words for choice in choices)
    return words


SECRET_WORDS = (
    *("pass", "password", "passwd", "passphrase", "passcode", "pwd", "secret", "token", "authorization"),
    *("credential", "credentials", "cvv", "cvv2", "cvc", "otp", "cookie"),
    *_joined(("api",), ("", " ", "_", "-"), ("key",)),
    *_joined(("access",), ("", "_", "-"), ("key",), ("", "id", "_id", "-id")),
    *_joined(
        (
            *("secret", "private", "signing", "encryption", "account", "app", "application", "auth", "master"),
            *("license", "subscription"),
        ),
        ("", "_", "-"),
        ("key",),
    ),
)
"""Words, in lower case, that end what names a secret."""

QUERY_WORDS = ("jwt", "sig", "signature", "sessionid", "session_id")
"""Words that end the name of a query parameter with a secret, besides those above."""

WEAK_WORDS = (
    *("key", "auth", "sig", "signature", "session", "sessionid", "session_id", "sid", "code", "cookie"),
    *("cred", "creds", "hash"),
)
"""Words that end what may name a secret, which its value decides."""

STREETS = (
    *("Street", "Avenue", "Boulevard", "Road", "Lane", "Terrace", "Crescent", "St", "Ave", "Blvd", "Rd", "Ln", "Dr"),
    *("Drive", "Ct", "Court", "Sq", "Square", "Place", "Pl", "Way", "Hwy"),
)
"""Words for a street, as they are written in an address."""

COUNTRIES = tuple(IBAN_LENGTHS)
"""The countries with IBANs (SWIFT's IBAN registry)."""

PHONE_WORDS = (
    *(
        "phone",
        "phonenumber",
        "mobilenumber",
        "tel",
        "mobile",
        "cell",
        "fax",
        "sms",
        "msisdn",
        "whatsapp",
        "caller",
        "callee",
        "handy",
        "mobil",
    ),
    *("telefon", "telefono", "telefone", "telefoon", "portable", "user", "contact"),
)
"""Words that name a telephone's number, or somebody who has one."""

NUMBER_WORDS = (
    *("ssn", "social security", "sin", "social insurance", "nhs", "nino", "national insurance", "dni", "nie", "nif"),
    *(
        "nir",
        "sociale",
        "insee",
        "pesel",
        "cpf",
        "aadhaar",
        "aadhar",
        "uidai",
        "bsn",
        "burgerservicenummer",
        "steuer-id",
    ),
    *("steuerid", "steuer_id", "idnr", "steuernummer", "tax id", "tax_id", "tax-id", "taxid", "tin", "imei"),
    *("personnummer", "personnr"),
)
"""Words that name a number by which a country, or a network, knows somebody."""

NAMES_OF_NUMBERS = (*PHONE_WORDS, *NUMBER_WORDS)
"""Words that name a number of a person."""

KEY_CLASSES = {
    "alnum": "[0-9A-Za-z]",
    "dashed": "[0-9A-Za-z-]",
    "token": "[0-9A-Za-z_-]",
    "value": "[0-9A-Za-z+/_=.~-]",
    "base64": "[0-9A-Za-z+/=]",
    "hex": "[0-9A-Fa-f]",
    "lower": "[a-z]",
}
"""The characters that a key is made of, as RE2 says them."""

_SLACK = tuple((f"xox{letter}-", "dashed", 10) for letter in "abcdefghijklmnopqrstuvwxyz")
_GITHUB = tuple((f"gh{letter}_", "alnum", 30) for letter in "pousr")
_STRIPE = tuple((f"{kind}k_{mode}_", "alnum", 10) for kind in "srp" for mode in ("live", "test"))
_GITLAB = tuple(
    (f"gl{kind}-", "token", 16)
    for kind in ("pat", "dt", "rt", "rtr", "cbt", "ptt", "ft", "imt", "agent", "soat", "ffct", "wt")
)

KEY_PREFIXES = (
    *_SLACK,
    *_GITHUB,
    *_STRIPE,
    *_GITLAB,
    *(("github_pat_", "token", 22), ("xapp-", "dashed", 10), ("hooks.", "lower", 5), ("whsec_", "base64", 16)),
    *(("sk-", "token", 16), ("ya29.", "token", 16), ("GOCSPX-", "token", 20), ("AGE-SECRET-KEY-", "alnum", 40)),
    *(("hf_", "alnum", 30), ("api_org_", "alnum", 30), ("npm_", "alnum", 36), ("pypi-", "token", 50)),
    *(("rubygems_", "hex", 40), ("dckr_pat_", "token", 24), ("dckr_oat_", "token", 24), ("pul-", "hex", 40)),
    *(("dop_v1_", "hex", 40), ("doo_v1_", "hex", 40), ("dor_v1_", "hex", 40), ("hvs.", "token", 24)),
    *(("hvb.", "token", 24), ("hvr.", "token", 24), ("dp.pt.", "alnum", 40), ("dp.ct.", "alnum", 40)),
    *(("dp.st.", "value", 40), ("dp.sa.", "alnum", 40), ("dp.scim.", "alnum", 40), ("dp.audit.", "alnum", 40)),
    *(("pscale_tkn_", "value", 32), ("pscale_pw_", "value", 32), ("pscale_oauth_", "value", 32)),
    *(("sbp_", "hex", 40), ("HRKU-", "token", 36), ("v1.0-", "hex", 24), ("dt0c01.", "alnum", 24)),
    *(("dt0s01.", "alnum", 8), ("glc_", "base64", 32), ("glsa_", "token", 32)),
    *(
        ("shpat_", "hex", 32),
        ("shpca_", "hex", 32),
        ("shppa_", "hex", 32),
        ("shpss_", "hex", 32),
        ("shptka_", "hex", 32),
    ),
    *(("sq0atp-", "token", 22), ("sq0csp-", "token", 43), ("sq0idp-", "token", 22), ("figd_", "token", 20)),
    *(("lin_api_", "alnum", 32), ("lin_oauth_", "alnum", 32), ("secret_", "alnum", 43), ("ntn_", "alnum", 40)),
    *(("PMAK-", "hex", 24), ("NRAK-", "alnum", 27), ("NRII-", "token", 32), ("NRRA-", "alnum", 27)),
    *(("NRJS-", "hex", 19), ("sntrys_", "value", 40), ("sntryu_", "hex", 40), ("SG.", "token", 16)),
    *(("key-", "hex", 32), ("xkeysib-", "hex", 32), ("gsk_", "alnum", 40), ("xai-", "alnum", 40)),
    *(("r8_", "alnum", 36), ("nvapi-", "token", 40), ("pplx-", "alnum", 40), ("discord.", "lower", 3)),
    *(("discordapp.", "lower", 3), ("rdme_", "alnum", 40)),
)
"""How keys of services begin: the prefix, what stands behind it, and how much of that at the least."""
