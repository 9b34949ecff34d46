"""Attributes of which nothing is let through until a person decides."""

from collections.abc import Iterable, Sequence

from otel_lift_redaction.actions import placeholder
from otel_lift_redaction.config import KeyRule
from otel_lift_redaction.drift.findings import DISMISSED, Finding, can_be_named
from otel_lift_redaction.keys import KeyMatcher, KeyRuleInUse

__all__ = ["NAME", "free_text", "held", "matcher"]

NAME = "drift"
"""The name under which attributes are reported that the quarantine masks or drops."""


def held(findings: Iterable[Finding]) -> frozenset[tuple[str, str]]:
    """Answer the keys that are in quarantine, each with what is done to it.

    A person's word holds for a key wherever it stands. A key that no rule can name is never among them.
    """
    findings = list(findings)
    let_go = {one.key for one in findings if one.decision == DISMISSED}
    return frozenset(
        (one.key, one.quarantine)
        for one in findings
        if one.quarantine and one.key not in let_go and can_be_named(one.key)
    )


def matcher(keys: frozenset[tuple[str, str]], index: int) -> KeyMatcher | None:
    """Answer what finds the keys in quarantine, as the rules that are proposed would; None for no key.

    `index` is the place of `NAME` among the names of all rules.
    """
    rules = [
        KeyRuleInUse(KeyRule(name=NAME, match=match, action=action), index, _mask)
        for action in ("mask", "drop")
        if (match := tuple(sorted(key for key, wanted in keys if wanted == action)))
    ]
    return KeyMatcher(rules, (), None) if rules else None


def free_text(globs: Sequence[str]) -> KeyMatcher:
    """Answer what finds the keys that one of the globs matches."""
    rules = [KeyRuleInUse(KeyRule(match=tuple(globs), action="keep"), 0, str)] if globs else []
    return KeyMatcher(rules, (), None)


def _mask(_: str) -> str:
    return placeholder(NAME)
