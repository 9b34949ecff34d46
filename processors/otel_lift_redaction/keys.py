"""Rules by key: which rule an attribute's name falls under, and what becomes of its value."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from otel_lift.semconv import BUCKETS
from otel_lift_redaction.config import KeyRule

__all__ = ["BUILT_IN_KEYS", "KeyMatcher", "KeyRuleInUse"]

_CACHED_KEYS = 8192

BUILT_IN_KEYS: tuple[KeyRule, ...] = (
    KeyRule(
        name="credential",
        match=(
            *("password", "*.password", "*_password", "*passwd", "*passphrase", "pwd", "*.pwd", "*_pwd"),
            *("secret", "*.secret", "*_secret", "*secret_key", "token", "*.token", "*_token", "*authorization"),
            *("cookie", "*.cookie", "*_cookie", "*.set_cookie", "*cookies", "*.cookie.*"),
            *("*api_key", "*apikey", "*access_key", "*private_key", "*credential", "*credentials", "*cvv", "*cvc"),
            *("userpassword", "accesstoken", "refreshtoken", "idtoken", "clientsecret", "privatekey", "accesskey"),
        ),
    ),
    KeyRule(
        name="card_number",
        match=("*credit_card", "*creditcard", "*card_number", "*cardnumber", "*.card.number", "*debit_card"),
    ),
    KeyRule(name="ssn", match=("ssn", "*.ssn", "*_ssn", "*social_security*")),
    KeyRule(
        name="body",
        match=("http.request.body*", "http.response.body*", "*.request_body", "*.response_body"),
        unless=("*.size",),
        action="drop",
    ),
    KeyRule(name="query_parameter", match=("db.query.parameter", "db.query.parameter.*"), action="mask"),
    KeyRule(
        name="phone_number",
        match=("phone", "*.phone", "*_phone", "*phone_number", "*phonenumber", "*mobile_number", "*.msisdn", "msisdn"),
    ),
    KeyRule(
        name="address",
        match=(
            *("*postal_address", "*street_address", "*home_address", "*billing_address", "*shipping_address"),
            *("*postal_code", "*postcode", "*zip_code", "*address_line*", "*address.line*", "*.street"),
        ),
    ),
    *(
        KeyRule(
            name=attribute.removeprefix("lift.").replace(".", "_"), match=(attribute,), action="bucket", bounds=bounds
        )
        for attribute, bounds in BUCKETS.items()
    ),
)
"""The rules after the user's own: what must never be stored (events.md), and the numbers that are stored as buckets."""


@dataclass(frozen=True, slots=True)
class KeyRuleInUse:
    """A rule, its place among the names of all rules, and what makes a value's text of the value's text."""

    config: KeyRule
    index: int
    replace: Callable[[str], str]


class KeyMatcher:
    """Finds the first rule that a key falls under; case does not matter, and a dash is an underscore."""

    def __init__(self, rules: Sequence[KeyRuleInUse], allow: Sequence[str], refuse: KeyRuleInUse | None) -> None:
        """Keep the rules in order; with `refuse`, keys that no glob of `allow` matches fall under it."""
        self._rules = [(_compile(rule.config.match), _compile(rule.config.unless), rule) for rule in rules]
        self._allowed = _compile(allow)
        self._refuse = refuse
        self.find = lru_cache(_CACHED_KEYS)(self._find)
        self.allows = lru_cache(_CACHED_KEYS)(self._allows)

    def _find(self, key: str) -> KeyRuleInUse | None:
        """Answer the rule for a key, None where it has none."""
        plain = _normal(key)
        for match, unless, rule in self._rules:
            if match.fullmatch(plain) and not unless.fullmatch(plain):
                return rule
        return None

    def _allows(self, key: str) -> KeyRuleInUse | None:
        """Answer the rule under which a key that is not allowed falls, None where it is."""
        return None if self._refuse is None or self._allowed.fullmatch(_normal(key)) else self._refuse


def _normal(key: str) -> str:
    return key.lower().replace("-", "_")


def _compile(globs: Sequence[str]) -> re.Pattern[str]:
    if not globs:
        return re.compile(r"(?!)")
    alternatives = ("(?s:.*)".join(re.escape(part) for part in _normal(glob).split("*")) for glob in globs)
    return re.compile("|".join(f"(?:{one})" for one in alternatives))
