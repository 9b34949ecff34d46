"""Commit records under any damage."""

import hypothesis.strategies as st
from hypothesis import given

from otel_lift.spool.journal import Position, commit_line, first_line, parse

positions = st.builds(Position, st.integers(0, 2**40), st.integers(0, 2**20), st.text("0123456789abcdef", max_size=32))
commits = st.lists(st.dictionaries(st.text("0123456789abcdef", min_size=1, max_size=28), positions), max_size=6)


def _journal(records: list[dict[str, Position]]) -> bytes:
    return first_line("abc") + b"".join(map(commit_line, records))


@given(commits, st.data())
def test_torn_journal_is_read_up_to_its_last_whole_record(
    records: list[dict[str, Position]], data: st.DataObject
) -> None:
    """Wherever a journal is cut, the whole records before it are read and nothing is called damaged."""
    whole = _journal(records)
    cut = data.draw(st.integers(0, len(whole)))
    journal = parse(whole[:cut])
    assert not journal.damaged
    assert journal.readable == (cut >= len(first_line("abc")))
    assert list(journal.commits) == records[: max(0, whole[:cut].count(b"\n") - 1)]


@given(commits, st.data())
def test_flipped_bit_never_makes_a_record(records: list[dict[str, Position]], data: st.DataObject) -> None:
    """A bit flip costs the record that it meets, or the first line, and never yields another record."""
    whole = bytearray(_journal(records))
    whole[data.draw(st.integers(0, len(whole) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    journal = parse(bytes(whole))
    assert all(commit in records for commit in journal.commits)
    if journal.readable:
        assert len(journal.commits) >= len(records) - 2
