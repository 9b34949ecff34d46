"""Rules by key: which rule an attribute's name falls under, and what becomes of its value."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from otel_lift import arrays
from otel_lift.semconv import BUCKETS
from otel_lift_redaction.config import KeyRule

__all__ = ["BUILT_IN_KEYS", "KeyMatcher", "KeyRuleInUse"]

_CACHED_KEYS = 32_768
_CACHED_BYTES = 4_194_304
_NO_RULE = -1
# so many new keys are looked at one by one: to prepare an expression costs as much
_FEW = 64

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
        self.rules: tuple[KeyRuleInUse, ...] = (*rules, refuse) if refuse else tuple(rules)
        """All rules; `decide` refers to them."""
        self._patterns = [(_compile(rule.config.match), _compile(rule.config.unless), rule) for rule in rules]
        self._place = {id(rule): place for place, rule in enumerate(self.rules)}
        self._allowed = _compile(allow)
        self._refuse = refuse
        self._any = _expression([glob for rule in rules for glob in rule.config.match])
        self._allow = _expression(allow)
        self._places = arrays.Places()
        self._decided = np.zeros(0, np.int32)
        self.find = lru_cache(_CACHED_KEYS)(self._find)

    def decide(self, keys: Any) -> npt.NDArray[np.int32]:
        """Answer of each of distinct keys (a string array) the place of its rule in `rules`, -1 where it has none."""
        places = self._places.find(keys)
        new = np.flatnonzero(places < 0)
        if not len(new):
            return self._decided.take(places)
        found = np.full(len(keys), _NO_RULE, np.int32)
        found[places >= 0] = self._decided.take(places[places >= 0])
        texts = arrays.gather(keys, new)
        found[new] = self._decide(texts)
        if len(self._places) + len(new) > _CACHED_KEYS or self._places.size > _CACHED_BYTES:
            self._places, self._decided = arrays.Places(), np.zeros(0, np.int32)
        if len(new) <= _CACHED_KEYS and pc.sum(pc.binary_length(texts)).as_py() <= _CACHED_BYTES:
            self._places.add(texts)
            self._decided = np.concatenate([self._decided, found[new]])
        return found

    def _decide(self, keys: Any) -> npt.NDArray[np.int32]:
        found = np.full(len(keys), _NO_RULE, np.int32)
        if len(keys) > _FEW:
            # which of many have a rule at all, in one look at them
            plain = pc.replace_substring(pc.utf8_lower(keys), "-", "_")
            wanted = pc.match_substring_regex(plain, self._any).to_numpy(zero_copy_only=False)
            if self._refuse is not None:
                wanted = wanted | ~pc.match_substring_regex(plain, self._allow).to_numpy(zero_copy_only=False)
            places = np.flatnonzero(wanted)
        else:
            places = np.arange(len(keys))
        for place, key in zip(places.tolist(), keys.take(pa.array(places)).to_pylist(), strict=True):
            rule = self._allows(key) or self._find(key)
            found[place] = _NO_RULE if rule is None else self._place[id(rule)]
        return found

    def _find(self, key: str) -> KeyRuleInUse | None:
        """Answer the rule for a key, None where it has none."""
        plain = _normal(key)
        for match, unless, rule in self._patterns:
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


def _expression(globs: Sequence[str]) -> str:
    """Answer an RE2 expression that finds what one of the globs matches, and perhaps more."""
    alternatives = ("(?s:.*)".join(_quoted(part) for part in _normal(glob).split("*")) for glob in globs)
    return f"^(?:{'|'.join(alternatives)})$"


def _quoted(text: str) -> str:
    return "".join(one if one.isalnum() or one == "_" else f"\\x{{{ord(one):x}}}" for one in text)
