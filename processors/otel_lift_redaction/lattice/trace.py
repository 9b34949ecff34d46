"""What becomes of a text as one rule after another changes it, told in places of the text as it came."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from otel_lift_redaction.matching import Edit, applied

__all__ = ["Change", "Trace"]


class Change(NamedTuple):
    """What stood from character `begin` to `end` of the text as it came is now `after`, by the rule at `rule`."""

    begin: int
    end: int
    after: str
    rule: int


@dataclass(slots=True)
class Trace:
    """A text as it is now, and all changes since it came: ascending, and none in another."""

    text: str
    changes: list[Change] = field(default_factory=list)

    def apply(self, edits: Sequence[Edit], rule: int) -> bool:
        """Take in the edits of one rule, in places of the text as it is now; false where they change nothing.

        An edit that touches an earlier change takes it in.
        """
        edits = [edit for edit in edits if self.text[edit.begin : edit.end] != edit.after]
        if not edits:
            return False
        placed: list[tuple[int, int, Change | None, Edit | None]] = []
        shift = 0
        for change in self.changes:
            begin = change.begin + shift
            placed.append((begin, begin + len(change.after), change, None))
            shift += len(change.after) - (change.end - change.begin)
        placed += [(edit.begin, edit.end, None, edit) for edit in edits]
        placed.sort(key=lambda one: (one[0], one[1], one[3] is not None))
        made: list[Change] = []
        shift = at = 0
        while at < len(placed):
            # what hangs together: edits, and the changes that they touch
            begin, end = placed[at][:2]
            first = at
            before = shift
            while at < len(placed) and (at == first or placed[at][0] < end):
                _, last, taken, _ = placed[at]
                end = max(end, last)
                if taken is not None:
                    shift += len(taken.after) - (taken.end - taken.begin)
                at += 1
            mine = [edit for *_, edit in placed[first:at] if edit is not None]
            if mine:
                moved = [Edit(edit.begin - begin, edit.end - begin, edit.after) for edit in mine]
                made.append(Change(begin - before, end - shift, applied(self.text[begin:end], moved), rule))
            else:
                made += [change for *_, change, _ in placed[first:at] if change is not None]
        self.text = applied(self.text, edits)
        self.changes = made
        return True
