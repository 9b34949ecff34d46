"""The kinds of made-up personal data, by name."""

from collections.abc import Mapping
from types import MappingProxyType

from otel_lift.synthetic import credentials, national, payments, people
from otel_lift.synthetic.model import Kind

__all__ = ["KINDS"]

_ALL = (
    Kind("email", people.email, latin=True),
    Kind("email_international", people.email_international),
    Kind("email_long", people.email_long, latin=True),
    Kind("phone", people.phone, loose=True),
    Kind("payment_card", payments.payment_card, loose=True),
    Kind("iban", payments.iban),
    Kind("us_ssn", people.ssn, loose=True),
    Kind("national_id", national.national_id, context=True, loose=True),
    Kind("ipv4", people.ipv4, whole=True),
    Kind("ipv6", people.ipv6),
    Kind("mac", people.mac),
    Kind("postal_address", people.postal_address, spaced=True, loose=True),
    Kind("jwt", credentials.jwt, latin=True),
    Kind("bearer", credentials.bearer, context=True, latin=True),
    Kind("basic", credentials.basic, context=True, latin=True),
    Kind("private_key", credentials.private_key),
    Kind("cookie", credentials.cookie, context=True, spaced=True),
    Kind("url_password", credentials.url_password, context=True, latin=True),
    Kind("query_secret", credentials.query_secret, context=True, latin=True),
    Kind("json_password", credentials.json_password, context=True, latin=True),
    Kind("key_value_password", credentials.key_value_password, context=True, latin=True),
    *(
        Kind(name, make, latin=True, context=name in {"aws_secret_key", "azure_account_key", "azure_sas"})
        for name, make in credentials.PROVIDERS.items()
    ),
)

KINDS: Mapping[str, Kind] = MappingProxyType({kind.name: kind for kind in _ALL})
"""All kinds by name."""
