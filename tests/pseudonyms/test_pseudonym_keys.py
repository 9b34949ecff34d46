import base64
import hashlib
import hmac
import logging
import multiprocessing
import stat
from datetime import date
from pathlib import Path

import pytest
from otel_lift_pseudonyms import PseudonymsConfig
from pydantic import ValidationError

from otel_lift.errors import ConfigError
from otel_lift.keys import KeyRing, KeysConfig, KeySource, create, rotate

OLD, NEW, LEDGER = (hashlib.sha256(name).digest() for name in (b"old", b"new", b"ledger"))
TEXT = f"ledger: {LEDGER.hex()}\nnew: {NEW.hex()}, 2026-11-01\nold: {base64.b64encode(OLD).decode()}, 2026-01-01\n"


def test_a_subject_is_the_first_128_bits_of_hmac_sha_256_under_the_newest_key() -> None:
    """A subject can be computed again by anyone who has the key, with any HMAC."""
    ring = KeyRing.parse(TEXT, "here")
    assert ring.subject("ada") == hmac.new(NEW, b"ada", hashlib.sha256).hexdigest()[:32]
    assert ring.current.id == "new"


def test_a_person_is_made_under_the_ledger_key_and_outlives_rotation() -> None:
    """Adding a key changes the subject and not the person."""
    ring = KeyRing.parse(TEXT, "here")
    younger = KeyRing.parse(f"{TEXT}\nnext: {hashlib.sha256(b'next').hexdigest()}, 2026-11-02", "here")
    assert ring.person("ada") == younger.person("ada") == hmac.new(LEDGER, b"ada", hashlib.sha256).hexdigest()[:32]
    assert ring.subject("ada") != younger.subject("ada")


def test_old_keys_find_older_rows() -> None:
    """`pseudonyms` answers a subject by key, oldest first, so that rows of every epoch can be found."""
    found = KeyRing.parse(TEXT, "here").pseudonyms(" Ada@Example.org ")
    expected = {
        name: hmac.new(key, b"ada@example.org", hashlib.sha256).hexdigest()[:32]
        for name, key in (("old", OLD), ("new", NEW))
    }
    assert found == expected
    assert list(found) == ["old", "new"]


def test_spellings_of_one_id_are_one_person() -> None:
    """White space around an id and the case of an e-mail address make no other person; the case of an id does."""
    ring = KeyRing.parse(TEXT, "here")
    assert ring.subject("Ada@Example.org\n") == ring.subject("ada@example.ORG")
    assert ring.subject("  42 ") == ring.subject("42")
    assert ring.subject("Ada") != ring.subject("ada")


def test_equal_texts_of_different_kinds_stay_apart() -> None:
    """A session or an address that is spelt like a subject has another pseudonym."""
    ring = KeyRing.parse(TEXT, "here")
    assert len({ring.subject("x"), ring.session("x"), ring.address("x"), ring.person("x")}) == 4


def test_keys_of_one_line_may_be_separated_by_semicolons() -> None:
    """An environment variable that can hold one line only can hold a ring."""
    assert KeyRing.parse(TEXT.replace("\n", "; "), "here") == KeyRing.parse(TEXT, "here")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("a: abcd, 2026-01-01", "too weak"),
        (f"a: {'ab' * 32}, 2026-01-01", "too weak"),
        ("a: not!hex!or!base64, 2026-01-01", "neither hex nor base64"),
        (f"a: {OLD.hex()}", "comma and the day"),
        (f"a: {OLD.hex()}, yesterday", "comma and the day"),
        (f"a b: {OLD.hex()}, 2026-01-01", "write `<id>"),
        (f"new: {OLD.hex()}, 2026-01-01", "taken"),
        (f"a: {LEDGER.hex()}, 2026-01-01", "must differ"),
    ],
)
def test_a_bad_key_is_refused_without_showing_it(line: str, reason: str) -> None:
    """The error says the line and what would be right, and nothing of a secret."""
    with pytest.raises(ConfigError, match=reason) as refused:
        KeyRing.parse(f"ledger: {LEDGER.hex()}\nnew: {NEW.hex()}, 2026-11-01\n{line}", "here")
    secret = line.split(": ")[1].split(",", maxsplit=1)[0]
    assert secret not in str(refused.value)
    assert "here" in str(refused.value)


@pytest.mark.parametrize("text", ["", f"ledger: {LEDGER.hex()}", f"new: {NEW.hex()}, 2026-11-01"])
def test_a_ring_needs_a_key_and_a_ledger_key(text: str) -> None:
    """Without one of both nothing starts."""
    with pytest.raises(ConfigError, match="key"):
        KeyRing.parse(text, "here")


def test_secrets_are_not_in_the_repr() -> None:
    """Neither the ring nor its keys show a secret."""
    shown = repr(KeyRing.parse(TEXT, "here"))
    assert "new" in shown
    for secret in (OLD, NEW, LEDGER):
        assert secret.hex() not in shown
        assert repr(secret)[2:-1] not in shown


def test_keys_come_from_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`keys.env` names the variable; an empty one is refused by name."""
    source = KeySource(KeysConfig(env="SOME_KEYS"), tmp_path)
    with pytest.raises(ConfigError, match="SOME_KEYS"):
        source.read()
    monkeypatch.setenv("SOME_KEYS", TEXT)
    assert source.read() == KeyRing.parse(TEXT, "here")
    assert not source.changed()


def test_without_given_keys_the_gateway_makes_some_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The file is for its owner only, is kept for the next start, and no secret is logged."""
    with caplog.at_level(logging.WARNING):
        ring = KeySource(None, tmp_path).read()
    path = tmp_path / "keys" / "pseudonyms.keys"
    assert str(path) in caplog.text
    assert ring.current.secret.hex() not in caplog.text
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    caplog.clear()
    assert KeySource(None, tmp_path).read() == ring
    assert not caplog.text


def _subject(data: str) -> str:
    return KeySource(None, Path(data)).read().subject("ada")


def test_workers_that_start_together_agree_on_the_keys_they_make(tmp_path: Path) -> None:
    """Of several processes that find no keys one makes them, and all use those."""
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        subjects = pool.map(_subject, [str(tmp_path)] * 16, chunksize=1)
    assert len(set(subjects)) == 1
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["pseudonyms.keys"]


def test_create_keeps_a_file_that_is_there(tmp_path: Path) -> None:
    """Keys are never overwritten."""
    path = tmp_path / "keys" / "mine"
    assert create(path)
    before = path.read_bytes()
    assert not create(path)
    assert path.read_bytes() == before


def test_rotation_adds_a_current_key_and_keeps_the_others(tmp_path: Path) -> None:
    """After a rotation new rows have a new key, and a source that read the file before notices."""
    path = tmp_path / "keys"
    path.write_text(TEXT.rstrip())
    path.chmod(0o640)
    source = KeySource(KeysConfig(file=path), tmp_path)
    before = source.read()
    added = rotate(path, date(2026, 10, 1))
    assert source.changed()
    after = source.read()
    assert not source.changed()
    assert after.current.id == added
    assert after.keys[:-1] == before.keys
    assert after.ledger == before.ledger
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [left.name for left in tmp_path.iterdir()] == ["keys"]


def test_shared_gateways_need_given_keys() -> None:
    """Gateways that feed one store would each make their own keys: the configuration is refused."""
    with pytest.raises(ValidationError, match="needs given keys"):
        PseudonymsConfig(shared=True)
    assert PseudonymsConfig(shared=True, keys=KeysConfig(env="SOME_KEYS")).shared


@pytest.mark.parametrize("keys", [{}, {"env": "A", "file": "b"}])
def test_keys_come_from_one_place(keys: dict[str, str]) -> None:
    """Neither no place nor two are accepted."""
    with pytest.raises(ValidationError, match="one way"):
        PseudonymsConfig.model_validate({"keys": keys})


def test_an_attribute_has_one_kind() -> None:
    """An attribute that is listed as a session and as a subject is refused by name."""
    with pytest.raises(ValidationError, match=r"session\.id"):
        PseudonymsConfig(subjects=("session.id",))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    """The error names the file and shows nothing of it."""
    path = tmp_path / "keys"
    with pytest.raises(ConfigError, match="keys"):
        KeySource(KeysConfig(file=path), tmp_path).read()
    path.write_bytes(b"\xff\xfe hidden")
    with pytest.raises(ConfigError, match="not text") as refused:
        KeySource(KeysConfig(file=path), tmp_path).read()
    assert "hidden" not in str(refused.value)
    with pytest.raises(ConfigError, match="keys"):
        rotate(tmp_path / "nowhere")
