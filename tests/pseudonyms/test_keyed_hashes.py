"""Keyed hashes of columns, in each implementation, against the standard library."""

import hmac
from types import ModuleType

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otel_lift.implementations import implementations

TWINS = pytest.mark.parametrize(
    "hashing", implementations("otel_lift.keys.hashing").values(), ids=lambda twin: twin.__name__
)


@TWINS
@settings(max_examples=150, deadline=None)
@given(
    key=st.binary(max_size=150),
    prefix=st.binary(max_size=70),
    texts=st.lists(st.none() | st.text(max_size=10) | st.text("aé", min_size=40, max_size=140), max_size=10),
)
def test_each_text_has_its_hmac(hashing: ModuleType, key: bytes, prefix: bytes, texts: list[str | None]) -> None:
    """A hash is the first half of the HMAC-SHA-256 of prefix and text, in hexadecimal, whatever their lengths."""
    column = pa.array(["before", *texts], pa.string()).slice(1)

    hashes = hashing.KeyedHash(key, prefix).of(column)

    assert hashes.dtype == "S32"
    assert [made.decode() for made in hashes.tolist()] == [
        hmac.digest(key, prefix + (text or "").encode(), "sha256").hex()[:32] for text in texts
    ]


@TWINS
def test_a_known_hash_is_made(hashing: ModuleType) -> None:
    """The second test case of RFC 4231 gives the hash that stands there."""
    (made,) = hashing.KeyedHash(b"Jefe").of(pa.array(["what do ya want for nothing?"])).tolist()

    assert made == b"5bdcc146bf60754e6a042426089575c7"


@TWINS
@pytest.mark.parametrize("length", range(50, 70))
def test_hashes_are_right_where_a_block_ends(hashing: ModuleType, length: int) -> None:
    """Texts about as long as a block of the hash, with and without a prefix, are padded as they must be."""
    for prefix in (b"", b"session\0"):
        (made,) = hashing.KeyedHash(b"k" * 32, prefix).of(pa.array(["x" * length])).tolist()

        assert made.decode() == hmac.digest(b"k" * 32, prefix + b"x" * length, "sha256").hex()[:32]
