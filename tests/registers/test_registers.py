from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from clickhouse_engines import server_port, store, store_on
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from otel_lift.errors import ProcessorError
from otel_lift.jobs import OpenStore
from otel_lift.registers import Kind, RegisterFile, Synced, Synchroniser
from otel_lift.store import Store
from otel_lift.store.schema import SchemaOptions, apply

__all__ = ["server_port", "store"]

CONSENT = Kind(
    "lift_consent",
    {
        "tenant": "text",
        "person": "text",
        "category": "text",
        "granted": "bool",
        "event_time": "time",
        "known_time": "time",
        "purpose": "text",
        "source": "text",
        "proof": "text",
        "gateway": "text",
    },
    ("person", "category", "granted", "event_time", "purpose", "source", "proof"),
)
TOMBSTONES = Kind(
    "lift_tombstones",
    {"tenant": "text", "person": "text", "subjects": "texts", "erased_at": "time", "gateway": "text"},
    ("person", "subjects", "erased_at"),
)
NOW = 1_790_000_000_123_456_789


def answer(person: int, **changes: Any) -> dict[str, Any]:
    """Write a row of the consent ledger."""
    return {
        "tenant": "default",
        "person": f"{person:032x}",
        "category": "analytics",
        "granted": False,
        "event_time": NOW + person,
        "known_time": NOW + 5,
        "purpose": "",
        "source": "event",
        "proof": 'form "7" \t \\ \u00e9\u2028',
        "gateway": "g",
        **changes,
    }


def read(path: Path, kind: Kind = CONSENT) -> list[Mapping[str, Any]]:
    """Read all entries of a file, as another process would."""
    return [kind.row(line) for lines in RegisterFile(path, "register").follow() for line in lines]


def stored(store: Store, table: str = "lift_consent") -> int:
    """Count the distinct entries of a store."""
    return int(store.query(f"SELECT uniqExact(entry) FROM {table}").rows[0][0])


@pytest.fixture
def opened(store: Store) -> OpenStore:
    """Answer a store with its schema, as jobs get it."""
    return prepared("clickhouse", store)


def prepared(name: str, store: Store) -> OpenStore:
    """Make the schema."""
    options = SchemaOptions(database=store.dsn.database)
    apply(store, options)
    return OpenStore(name, store, options)


def gateway(folder: Path, kind: Kind = CONSENT) -> tuple[RegisterFile, Synchroniser, Path]:
    """Answer what a gateway has of a register."""
    path = folder / "register.log"
    return RegisterFile(path, "register"), Synchroniser(kind, path, "register"), path


def test_equal_entries_have_one_id_whoever_learnt_them_when() -> None:
    """The id is a hash of what an entry says, not of when and where it was learnt."""
    one, other = CONSENT.line(answer(1)), CONSENT.line(answer(1, known_time=1, gateway="h"))
    assert CONSENT.id_of(one) == CONSENT.id_of(other)
    assert CONSENT.id_of(one) != CONSENT.id_of(CONSENT.line(answer(1, granted=True)))
    assert len(CONSENT.id_of(one)) == 32
    assert CONSENT.row(one) == answer(1)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    entries=st.lists(
        st.fixed_dictionaries(
            {
                "person": st.text(),
                "tenant": st.just("default"),
                "subjects": st.dictionaries(st.text(), st.text(), max_size=3),
                "erased_at": st.integers(0, 2**63 - 1),
                "gateway": st.text(),
            }
        ),
        max_size=5,
    ),
    cut=st.integers(0, 400),
)
def test_any_text_survives_the_file_and_a_crash_loses_only_the_tail(
    entries: list[dict[str, Any]], cut: int, tmp_path: Path
) -> None:
    """Whatever entries hold, those that are whole on disk are read, and what is written after a crash is too."""
    path = tmp_path / "register.log"
    path.unlink(missing_ok=True)
    lines = [TOMBSTONES.line(entry) for entry in entries]
    for line in lines:
        RegisterFile(path, "register").append([line])
    content = path.read_bytes() if entries else b""
    kept = content[: max(len(content) - cut, 0)]
    path.write_bytes(kept)
    RegisterFile(path, "register").append([TOMBSTONES.line({**entries[0], "erased_at": 5})] if entries else [])
    found = read(path, TOMBSTONES)
    whole = entries[: kept.count(b"\n")]
    # a tail that lost only its line end is whole again when the next writer ends it
    assert found[: len(whole)] == whole
    assert found[len(whole) :] in (
        [],
        [{**entries[0], "erased_at": 5}] if entries else [],
        [*entries[len(whole) : len(whole) + 1], {**entries[0], "erased_at": 5}] if entries else [],
    )
    assert not entries or found


def test_only_what_is_new_is_followed(tmp_path: Path) -> None:
    """A follower gets each entry once, and knows by one look that there is nothing."""
    path = tmp_path / "register.log"
    writer, reader = RegisterFile(path, "register"), RegisterFile(path, "register")
    assert not reader.changed()
    writer.append([CONSENT.line(answer(1))])
    assert reader.changed()
    assert [len(lines) for lines in reader.follow()] == [1]
    assert not reader.changed()
    writer.append([CONSENT.line(answer(2)), CONSENT.line(answer(3))])
    assert [CONSENT.row(line)["person"] for lines in reader.follow() for line in lines] == [
        answer(2)["person"],
        answer(3)["person"],
    ]


def test_a_piece_whose_use_failed_is_followed_again(tmp_path: Path) -> None:
    """What a follower could not take in comes again."""
    path = tmp_path / "register.log"
    RegisterFile(path, "register").append([CONSENT.line(answer(1))])
    reader = RegisterFile(path, "register")
    for _ in reader.follow():
        break
    assert reader.changed()
    assert [len(lines) for lines in reader.follow()] == [1]


def test_entries_go_to_the_store_and_come_to_other_gateways(opened: OpenStore, tmp_path: Path) -> None:
    """Two gateways that sync with one store know the same after one run each; another run moves nothing."""
    file, one, path = gateway(tmp_path / "one")
    other_file, other, other_path = gateway(tmp_path / "other")
    file.append([CONSENT.line(answer(1)), CONSENT.line(answer(2, granted=True))])
    other_file.append([CONSENT.line(answer(2, granted=True)), CONSENT.line(answer(3))])
    assert one.run([opened]) == {"clickhouse": Synced(pushed=2)}
    assert other.run([opened]) == {"clickhouse": Synced(pushed=1, pulled=1)}
    assert one.run([opened]) == {"clickhouse": Synced(pulled=1)}
    for each in (one, other, one, other):
        assert each.run([opened]) == {"clickhouse": Synced()}
    expected = sorted(map(str, [answer(1), answer(2, granted=True), answer(3)]))
    assert sorted(map(str, read(path))) == sorted(map(str, read(other_path))) == expected
    assert stored(opened.store) == 3
    file.append([CONSENT.line(answer(4))])
    assert one.run([opened]) == {"clickhouse": Synced(pushed=1)}
    assert other.run([opened]) == {"clickhouse": Synced(pulled=1)}


def test_maps_of_texts_survive_the_store(opened: OpenStore, tmp_path: Path) -> None:
    """Tombstones carry a map; any gateway reads the one that was written."""
    tombstone = {
        "tenant": "default",
        "person": "a" * 32,
        "subjects": {"k1": "b" * 32, "k2": "c'\\"},
        "erased_at": NOW,
        "gateway": "g",
    }
    file, one, _ = gateway(tmp_path / "one", TOMBSTONES)
    _, other, path = gateway(tmp_path / "other", TOMBSTONES)
    file.append([TOMBSTONES.line(tombstone)])
    one.run([opened])
    other.run([opened])
    assert read(path, TOMBSTONES) == [tombstone]


def test_a_restored_backup_gets_its_entries_back_from_any_gateway(opened: OpenStore, tmp_path: Path) -> None:
    """Entries that an older table lacks are pushed by a gateway that runs on, and by one that did not write them."""
    file, one, _ = gateway(tmp_path / "one")
    _, other, path = gateway(tmp_path / "other")
    file.append([CONSENT.line(answer(person)) for person in range(20)])
    one.run([opened])
    other.run([opened])
    for gateways in ([one], [other], [Synchroniser(CONSENT, path, "register")]):
        opened.store.command(
            "ALTER TABLE lift_consent DELETE WHERE event_time > toDateTime64(1790000000, 9)",
            settings={"mutations_sync": 2},
        )
        assert stored(opened.store) == 0
        for each in gateways:
            done = each.run([opened])["clickhouse"]
            assert (done.pushed, done.restored) == (20, True)
            assert not each.run([opened])["clickhouse"].restored
        assert stored(opened.store) == 20


def test_a_gateway_that_lost_its_file_gets_all_back(opened: OpenStore, tmp_path: Path) -> None:
    """A deleted or replaced file is filled from the store, without a restart."""
    file, one, path = gateway(tmp_path)
    file.append([CONSENT.line(answer(person)) for person in range(3)])
    one.run([opened])
    path.unlink()
    file.append([CONSENT.line(answer(9))])
    assert one.run([opened]) == {"clickhouse": Synced(pushed=1, pulled=3)}
    assert len(read(path)) == 4


def test_many_entries_move_in_pieces(opened: OpenStore, tmp_path: Path) -> None:
    """More entries than one insert or one named query holds reach a new gateway whole."""
    file, one, _ = gateway(tmp_path / "one")
    _, other, path = gateway(tmp_path / "other")
    count = 60_000
    file.append([CONSENT.line(answer(person)) for person in range(count)])
    assert one.run([opened]) == {"clickhouse": Synced(pushed=count)}
    assert other.run([opened]) == {"clickhouse": Synced(pulled=count)}
    assert len({row["person"] for row in read(path)}) == count


@pytest.fixture
def two_stores(tmp_path: Path, server_port: int) -> Iterator[list[OpenStore]]:
    """Open two stores."""
    with store_on("server", tmp_path, server_port) as one, store_on("server", tmp_path, server_port) as other:
        yield [prepared("one", one), prepared("other", other)]


def test_a_store_that_is_away_harms_no_other_and_gets_all_when_it_returns(
    two_stores: list[OpenStore], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The register goes on with the stores it can reach, says so once, and catches up."""
    other = two_stores[1]
    file, sync, _ = gateway(tmp_path)
    file.append([CONSENT.line(answer(1))])
    other.store.command("RENAME TABLE lift_consent TO away")
    assert sync.run(two_stores) == {"one": Synced(pushed=1)}
    file.append([CONSENT.line(answer(2))])
    assert sync.run(two_stores) == {"one": Synced(pushed=1)}
    assert caplog.text.count("cannot be synced with other") == 1
    other.store.command("RENAME TABLE away TO lift_consent")
    file.append([CONSENT.line(answer(3))])
    assert sync.run(two_stores) == {"one": Synced(pushed=1), "other": Synced(pushed=3)}
    assert [stored(each.store) for each in two_stores] == [3, 3]


def test_what_comes_from_one_store_goes_to_the_other(two_stores: list[OpenStore], tmp_path: Path) -> None:
    """A gateway with two stores carries entries between them."""
    one, other = two_stores
    file, elsewhere, _ = gateway(tmp_path / "elsewhere")
    _, sync, _ = gateway(tmp_path / "here")
    sync.run(two_stores)
    file.append([CONSENT.line(answer(1))])
    elsewhere.run([one])
    sync.run(two_stores)
    sync.run(two_stores)
    assert stored(other.store) == 1


def test_a_register_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """An entry that is not durable is never confirmed, and is written again with the next."""
    path = tmp_path / "register.log"
    path.symlink_to("/dev/full")
    file = RegisterFile(path, "register")
    with pytest.raises(ProcessorError, match="No space"):
        file.append([CONSENT.line(answer(1))])
    path.unlink()
    assert file.append([CONSENT.line(answer(2))]) == [CONSENT.line(answer(1)), CONSENT.line(answer(2))]
    assert len(read(path)) == 2
