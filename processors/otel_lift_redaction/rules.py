"""From a configuration to the rules in use."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from otel_lift_redaction import actions
from otel_lift_redaction.config import ADDRESSES, DetectorConfig, KeyRule, RedactionConfig
from otel_lift_redaction.detectors import Detector, built_in
from otel_lift_redaction.drift.quarantine import NAME as DRIFT
from otel_lift_redaction.keys import BUILT_IN_KEYS, KeyMatcher, KeyRuleInUse
from otel_lift_redaction.lattice import ENCODED, ColumnScanner, Lattice, Limits, Suspects
from otel_lift_redaction.matching import Rule
from otel_lift_redaction.nested import NestedRedactor
from otel_lift_redaction.scanner import Scanner

__all__ = ["ALLOW", "Rules"]

ALLOW = "allow"
"""The name under which attributes are reported that the allow list does not have."""


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a configuration; `names` are sorted, and marks and indices refer to them."""

    names: tuple[str, ...]
    scanner: ColumnScanner
    lattice: Lattice
    keys: KeyMatcher
    nested: NestedRedactor

    @classmethod
    def of(cls, config: RedactionConfig, data: Path) -> "Rules":
        """Make the rules; the key for hashes is read or made only if a rule hashes. Raises ConfigError."""
        hasher = _hasher(config, data)
        by_key = (*config.keys, *BUILT_IN_KEYS)
        refuse = KeyRule(name=ALLOW, match=("*",), action="drop") if config.allow else None
        by_value = [(detector, config.on(detector.name)) for detector in built_in(config.regions)]
        by_value += [(detector, custom) for custom in config.custom for detector in custom.detectors]
        by_value = [(detector, said) for detector, said in by_value if said.action != "keep"]
        names = {rule.name for rule in by_key} | {detector.name for detector, _ in by_value} | {ALLOW, DRIFT, ENCODED}
        order = tuple(sorted(names))
        scanner = Scanner([_value_rule(detector, said, hasher) for detector, said in by_value], order)
        in_use = [KeyRuleInUse(rule, order.index(rule.name), _key_action(rule, hasher)) for rule in by_key]
        refused = KeyRuleInUse(refuse, order.index(ALLOW), str) if refuse else None
        keys = KeyMatcher(in_use, config.allow, refused)
        limits = Limits(config.lattice.depth, config.lattice.work)
        lattice = Lattice(scanner.find, keys, order, limits, Suspects(scanner.wanted, limits.depth))
        columns = ColumnScanner(scanner, lattice, len(order))
        return cls(order, columns, lattice, keys, NestedRedactor(columns, keys))


def _hasher(config: RedactionConfig, data: Path) -> actions.Hasher | None:
    taken = {rule.action for rule in config.keys} | {one.action for one in config.detectors.values()}
    if "hash" not in taken | {one.action for one in config.custom}:
        return None
    if config.hash_key is not None:
        return actions.Hasher(config.hash_key.get_secret_value().encode())
    return actions.Hasher.from_folder(data)


def _value_rule(detector: Detector, said: DetectorConfig, hasher: actions.Hasher | None) -> Rule:
    if said.action == "mask":
        return Rule.mask(detector)
    if said.action == "truncate" and detector.name == "ipv4":
        return Rule.to_network(detector, actions.truncate_address)
    return Rule.by(detector, _text_action(detector.name, said, hasher))


def _key_action(rule: KeyRule, hasher: actions.Hasher | None) -> Callable[[str], str]:
    if rule.action == "bucket":
        return partial(actions.bucket, bounds=rule.bounds, rule=rule.name)
    return _text_action(rule.name, rule, hasher)


def _text_action(name: str, said: DetectorConfig | KeyRule, hasher: actions.Hasher | None) -> Callable[[str], str]:
    match said.action:
        case "hash":
            assert hasher is not None
            return lambda text: f"[{name}:{hasher.digest(text)}]"
        case "truncate" if name in ADDRESSES and isinstance(said, DetectorConfig):
            return actions.truncate_address
        case "truncate":
            assert said.length is not None
            return partial(actions.truncate, length=said.length)
        case "drop":
            return lambda _: ""
        case _:
            return lambda _: actions.placeholder(name)
