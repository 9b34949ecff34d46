"""Counting what was found, and how sure a share of few is."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from benchmarks.privacy.gateway import Gateway
from benchmarks.privacy.places import Stored, send
from otel_lift.synthetic import CLEAN, FORMS, KINDS, PLAIN, Needle, clean_corpus, leaked, needle, pairs

__all__ = [
    "LEAST_PLAIN",
    "LEAST_RECALL",
    "MOST_FALSE",
    "REPORT_SEED",
    "Corpus",
    "Finder",
    "Score",
    "Share",
    "judge",
    "ours",
    "wilson",
]

REPORT_SEED = 20_261_121
"""Of no corpus that detectors were developed or are tested on."""

LEAST_PLAIN = 0.99
LEAST_RECALL = 0.95
MOST_FALSE = 0.01
_Z = 1.959964  # two-sided 95 % of the normal distribution


def wilson(hits: int, tries: int) -> tuple[float, float]:
    """Answer the bounds of the 95 % interval of a share (Wilson, 1927): honest for few tries, and near 0 and 1."""
    if not tries:
        return 0.0, 1.0
    share, square = hits / tries, _Z * _Z
    middle = share + square / (2 * tries)
    margin = _Z * math.sqrt(share * (1 - share) / tries + square / (4 * tries * tries))
    low, high = (middle - margin) / (1 + square / tries), (middle + margin) / (1 + square / tries)
    return max(low, 0.0), min(high, 1.0)


@dataclass(slots=True)
class Share:
    """Hits of tries."""

    hits: int = 0
    tries: int = 0

    def add(self, hit: bool) -> None:
        """Count one try."""
        self.hits += hit
        self.tries += 1

    @property
    def value(self) -> float:
        """The share, 1 of nothing."""
        return self.hits / self.tries if self.tries else 1.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval."""
        return wilson(self.hits, self.tries)


@dataclass(frozen=True, slots=True)
class Corpus:
    """Needles, and clean texts: as they are, by family, and the same written in every form."""

    needles: Sequence[Needle]
    clean: Sequence[tuple[str, str]]
    clean_in_forms: Sequence[tuple[str, str]]

    @classmethod
    def make(cls, seed: int, *, plain: int, each: int, clean: int) -> "Corpus":
        """Make `plain` needles of every kind, `each` of every kind in every other form, and clean texts.

        Of these there are `clean` of every family, and in every other form as many as needles.
        """
        rng = Random(seed)
        made = [needle(rng, kind) for kind in KINDS for _ in range(plain)]
        made += [needle(rng, kind, form) for kind, form in pairs() if form != PLAIN for _ in range(each)]
        families = tuple(CLEAN.values())
        others = [
            (one.form, FORMS[one.form].write(rng, rng.choice(families)(rng))) for one in made if one.form != PLAIN
        ]
        return cls(made, clean_corpus(rng, clean), others)


@dataclass(slots=True)
class Score:
    """What was found: recall by (kind, form), and which clean texts were taken for personal, by family and form."""

    recall: dict[tuple[str, str], Share] = field(default_factory=dict)
    false_by_family: dict[str, Share] = field(default_factory=dict)
    false_by_form: dict[str, Share] = field(default_factory=dict)
    false_rules: dict[str, int] = field(default_factory=dict)
    rules_of: dict[str, dict[str, int]] = field(default_factory=dict)
    misses: list[tuple[Needle, str]] = field(default_factory=list)
    false: list[tuple[str, str, str]] = field(default_factory=list)

    def of_kind(self, kind: str) -> Share:
        """Answer the recall of a kind over all forms."""
        return _total(share for (of, _), share in self.recall.items() if of == kind)

    def of_form(self, form: str) -> Share:
        """Answer the recall of a form over all kinds."""
        return _total(share for (_, written), share in self.recall.items() if written == form)

    @property
    def false_share(self) -> Share:
        """What was taken for personal of clean texts as they are."""
        return _total(self.false_by_family.values())

    def precision_of_kind(self, kind: str) -> Share:
        """Answer of what the kind's own rule found in plain texts, which share was there.

        A kind's rule is the one that found most of it. Clean texts are those as they are.
        """
        rules = self.rules_of.get(kind)
        hits = self.recall[kind, PLAIN].hits
        if not rules:
            return Share(hits, hits)
        return Share(hits, hits + self.false_rules.get(max(rules, key=lambda rule: rules[rule]), 0))

    def precision_of_form(self, form: str) -> Share:
        """Answer of what was found in texts of a form, which share was there, were there as many of both."""
        found, false = self.of_form(form), self.false_share if form == PLAIN else self.false_by_form[form]
        expected = round(false.value * found.tries)
        return Share(found.hits, found.hits + expected)

    def failures(self) -> list[str]:
        """Say which limits are not kept."""
        said = []
        for form in FORMS:
            least, share = LEAST_PLAIN if form == PLAIN else LEAST_RECALL, self.of_form(form)
            if share.value < least:
                said.append(f"recall of {form} is {share.value:.3f}, less than {least:g}")
        if (share := self.false_share).value > MOST_FALSE:
            said.append(f"{share.value:.2%} of clean texts are taken for personal, more than {MOST_FALSE:.0%}")
        return said


Finder = Callable[[Sequence[str]], Sequence[Stored]]
"""Answers what is left of each text."""


def ours(gateway: Gateway) -> Finder:
    """Answer the gateway as a finder."""
    return lambda texts: send(gateway, texts)


def judge(made: Corpus, find: Finder) -> Score:
    """Run a corpus through a finder, and count."""
    score = Score()
    for one, left in zip(made.needles, find([one.text for one in made.needles]), strict=True):
        leak = next((text for text in left.texts if leaked(one, text)), None)
        score.recall.setdefault((one.kind, one.form), Share()).add(leak is None)
        if leak is not None:
            score.misses.append((one, leak))
        elif one.form == PLAIN:
            _count(score.rules_of.setdefault(one.kind, {}), left.rules)
    _judge_clean(made.clean, find, score, score.false_by_family, score.false_rules)
    _judge_clean(made.clean_in_forms, find, score, score.false_by_form, {})
    return score


def _judge_clean(
    texts: Sequence[tuple[str, str]], find: Finder, score: Score, shares: dict[str, Share], rules: dict[str, int]
) -> None:
    for (group, text), left in zip(texts, find([text for _, text in texts]), strict=True):
        changed = text not in left.texts
        shares.setdefault(group, Share()).add(changed)
        if changed:
            _count(rules, left.rules)
            score.false.append((group, text, ",".join(sorted(left.rules))))


def _count(counts: dict[str, int], rules: Iterable[str]) -> None:
    for rule in rules:
        counts[rule] = counts.get(rule, 0) + 1


def _total(shares: Iterable[Share]) -> Share:
    total = Share()
    for share in shares:
        total.hits += share.hits
        total.tries += share.tries
    return total
