"""The search for what was planted: it finds everything that is there, and nothing else."""

import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.demo.needles import Needles, SpoolWatch, search_folder

NEEDLES = st.lists(st.text("abcdef01@.", min_size=8, max_size=20), min_size=1, max_size=20, unique=True)


@given(NEEDLES, st.data())
def test_finds_what_is_there_across_chunks(needles: list[str], data: st.DataObject) -> None:
    """The strings found are exactly those that the whole holds, however it is cut into chunks."""
    parts = data.draw(st.lists(st.one_of(st.sampled_from(needles), st.text("abcdef01@.", max_size=12)), max_size=12))
    whole = "".join(parts).encode()
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    chunks = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    expected = {needle for needle in needles if needle.encode() in whole}
    assert Needles(needles).find(whole) == expected
    assert Needles(needles).find_in(chunks) == expected


def test_refuses_needles_that_chance_could_write() -> None:
    """A string of fewer than 8 bytes is refused."""
    with pytest.raises(ValueError, match="8 bytes"):
        Needles(["1234567"])


def test_search_folder(tmp_path: Path) -> None:
    """Every file below a folder is searched, and told with its size."""
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "bad").write_bytes(b"\0\1 ada@example.com \xff")
    (tmp_path / "good").write_bytes(b"nothing of the kind")
    found = list(search_folder(tmp_path, Needles(["ada@example.com", "bela@example.com"])))
    assert found == [(tmp_path / "deep" / "bad", 20, {"ada@example.com"}), (tmp_path / "good", 19, set())]


def test_spool_watch_sees_files_that_are_gone_later(tmp_path: Path) -> None:
    """What an open segment held is found though the segment is sealed and removed, across its growing."""
    watch = SpoolWatch(tmp_path, lambda: {"ada@example.com", "bela@example.com"})
    watch.start()
    (tmp_path / "table").mkdir()
    segment = tmp_path / "table" / "1.open"
    for part in (b"x ada@exam", b"ple.com y"):
        with segment.open("ab") as file:
            file.write(part)
        size = segment.stat().st_size
        deadline = time.monotonic() + 10
        while watch.bytes < size and time.monotonic() < deadline:
            time.sleep(0.02)
    segment.unlink()
    watch.stop()
    assert watch.found == {"ada@example.com"}
