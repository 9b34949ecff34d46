"""Receipts: signed and chained, so that a changed, removed or moved one is noticed and named."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from otel_lift.errors import ConfigError
from otel_lift.rights.receipts import Receipts, canonical, check_lines, line_hash, public_key


def _three(data: Path) -> tuple[Receipts, list[bytes]]:
    receipts = Receipts(data)
    for place in range(3):
        receipts.add({"persons": [f"{place}" * 32], "stores": {"a": {"otel_logs": place}}, "verified": True})
    return receipts, receipts.lines()


def test_receipts_are_numbered_chained_and_signed(tmp_path: Path) -> None:
    """A chain that nobody touched is whole, for whoever has the public key that lies beside it."""
    receipts, lines = _three(tmp_path)
    assert [json.loads(line)["receipt"]["number"] for line in lines] == [1, 2, 3]
    assert json.loads(lines[2])["receipt"]["previous"] == line_hash(lines[1])
    assert check_lines(lines, public_key(receipts.public_key())) == []
    assert (tmp_path / "rights" / "signing.pub").read_bytes() == receipts.public_key()
    assert stat.S_IMODE((tmp_path / "rights" / "signing.key").stat().st_mode) == 0o600


def test_the_canonical_form_is_sorted_without_white_space(tmp_path: Path) -> None:
    """What is signed does not depend on the order of keys."""
    assert canonical({"b": 1, "a": {"d": "ü", "c": []}}) == '{"a":{"c":[],"d":"ü"},"b":1}'.encode()


@given(place=st.integers(0, 2), offset=st.integers(0, 10_000), byte=st.integers(0, 255))
def test_any_change_of_a_byte_is_noticed(
    tmp_path_factory: pytest.TempPathFactory, place: int, offset: int, byte: int
) -> None:
    """Whatever byte of whatever receipt becomes another, the chain is not whole any more."""
    receipts, lines = _three(tmp_path_factory.mktemp("data"))
    line = bytearray(lines[place])
    offset %= len(line)
    if line[offset] == byte:
        return
    line[offset] = byte
    changed = [*lines[:place], bytes(line), *lines[place + 1 :]]
    assert check_lines(changed, public_key(receipts.public_key()))


@pytest.mark.parametrize("order", [[0, 2], [1, 2], [0, 2, 1], [0, 1, 1, 2], [2, 1, 0]])
def test_a_receipt_that_was_removed_or_moved_is_named(tmp_path: Path, order: list[int]) -> None:
    """Receipts that are all genuine, but not all there or not in order, are no chain."""
    receipts, lines = _three(tmp_path)
    wrong = check_lines([lines[place] for place in order], public_key(receipts.public_key()))
    assert any("stands where receipt" in one for one in wrong)


def test_a_chain_that_was_cut_off_is_noticed_with_what_the_audit_log_knows(tmp_path: Path) -> None:
    """The last receipt's absence shows in no chain, but in the hashes that are kept elsewhere."""
    receipts, lines = _three(tmp_path)
    known = {number: line_hash(line) for number, line in enumerate(lines, 1)}
    key = public_key(receipts.public_key())
    assert check_lines(lines, key, known) == []
    assert check_lines(lines[:2], key, known) == ["receipt 3 is missing"]
    assert check_lines(lines, key, {**known, 2: "0" * 64}) == ["receipt 2 is not the one that the audit log knows"]


def test_receipts_of_another_key_are_noticed(tmp_path: Path) -> None:
    """A chain that somebody made with a key of their own is not ours."""
    receipts, _ = _three(tmp_path / "ours")
    _, forged = _three(tmp_path / "theirs")
    wrong = check_lines(forged, public_key(receipts.public_key()))
    assert wrong == [f"receipt {number} was changed, or signed with another key" for number in (1, 2, 3)]


def test_a_receipt_that_a_crash_cut_short_is_no_part_of_the_chain(tmp_path: Path) -> None:
    """A torn line goes with the next receipt, which follows the last whole one."""
    receipts, lines = _three(tmp_path)
    with (tmp_path / "rights" / "receipts.log").open("ab") as file:
        file.write(b'{"receipt":{"number":4')
    assert receipts.lines() == lines
    receipts.add({"persons": []})
    assert check_lines(receipts.lines(), public_key(receipts.public_key())) == []
    assert len(receipts.lines()) == 4


def test_a_given_key_signs_and_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    """The key in the folder is used, and an error says what belongs there without showing what is there."""
    folder = tmp_path / "rights"
    folder.mkdir()
    given = Ed25519PrivateKey.generate()
    pem = given.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "signing.key").write_bytes(pem)
    receipts, lines = _three(tmp_path)
    assert check_lines(lines, given.public_key()) == []
    (folder / "signing.key").write_bytes(b"no key")
    with pytest.raises(ConfigError, match="no Ed25519 key"):
        receipts.add({})
