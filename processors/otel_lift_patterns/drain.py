"""Mining of templates in the manner of Drain: messages that differ in a few words are shown as one.

He, Zhu, Zheng, Lyu: Drain, an online log parsing approach with fixed depth tree (ICWS 2017). A leaf of the tree is
found by the count of words and the first word; in it, the most similar template takes the message in if enough words
are equal, and the other words become `<*>`.

What is mined depends on what a process has seen, so it is for showing only: fingerprints are made without it.
"""

from collections import OrderedDict

__all__ = ["ANYTHING", "Drain"]

ANYTHING = "<*>"
"""Stands for a word that varies."""

_MAX_LEAF = 64  # templates compared with, at most, for one message
_MAX_WORDS = 64  # a longer template is shown as it is: prose has no fixed places for its parameters


class _Cluster:
    __slots__ = ("leaf", "shown", "words")

    def __init__(self, leaf: tuple[int, str], words: list[str]) -> None:
        self.leaf = leaf
        self.words = words
        self.shown = " ".join(words)


class Drain:
    """Templates mined so far, at most `max_templates`; the least recently seen is forgotten."""

    def __init__(self, similarity: float, max_templates: int) -> None:
        self._similarity = similarity
        self._max = max_templates
        self._leaves: dict[tuple[int, str], list[_Cluster]] = {}
        self._recent: OrderedDict[int, _Cluster] = OrderedDict()
        self._exact: dict[str, _Cluster] = {}

    def __len__(self) -> int:
        """Count the templates."""
        return len(self._recent)

    def mine(self, template: str) -> str:
        """Answer the mined template that a template belongs to, after learning from it."""
        cluster = self._exact.get(template)
        if cluster is None or id(cluster) not in self._recent:
            words = template.split(" ", _MAX_WORDS)
            if len(words) > _MAX_WORDS:
                return template
            cluster = self._learn(words)
            if len(self._exact) >= 2 * self._max:
                self._exact.clear()
            self._exact[template] = cluster
        self._recent.move_to_end(id(cluster))
        return cluster.shown

    def _learn(self, words: list[str]) -> _Cluster:
        leaf = (len(words), words[0])
        clusters = self._leaves.setdefault(leaf, [])
        best, score = None, 0.0
        for cluster in clusters[-_MAX_LEAF:]:
            equal = sum(one in (other, ANYTHING) for one, other in zip(cluster.words, words, strict=True)) / len(words)
            if equal > score:
                best, score = cluster, equal
        if best is not None and score >= self._similarity:
            best.words = [one if one == other else ANYTHING for one, other in zip(best.words, words, strict=True)]
            best.shown = " ".join(best.words)
            return best
        return self._add(leaf, words)

    def _add(self, leaf: tuple[int, str], words: list[str]) -> _Cluster:
        if len(self._recent) >= self._max:
            _, oldest = self._recent.popitem(last=False)
            left = self._leaves[oldest.leaf]
            left.remove(oldest)
            if not left:
                del self._leaves[oldest.leaf]
        cluster = _Cluster(leaf, words)
        self._leaves.setdefault(leaf, []).append(cluster)
        self._recent[id(cluster)] = cluster
        return cluster
