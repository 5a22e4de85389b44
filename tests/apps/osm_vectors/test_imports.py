"""Imports and updates on real files: the same rows by both importers, nothing half done, nothing lost."""

import json
import shutil
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import osmium
import pytest
from osmium.osm.mutable import Node, Way

from apps.osm_vectors import imports
from apps.osm_vectors.database import NEW, OLD, connect, has
from apps.osm_vectors.errors import ImportFailed, ImportRefused, ImportRunning, InvalidExtract
from apps.osm_vectors.imports import import_file
from apps.osm_vectors.models import Dataset, State
from apps.osm_vectors.queries import live_dataset
from apps.osm_vectors.updates import apply_files
from demo.osm import EDITED
from eo.io.osm_file import read_rows
from eo.vector.osm_rules import rules
from eo.vector.osm_tables import LIVE

pytestmark = [
    pytest.mark.usefixtures("empty"),
    pytest.mark.skipif(not shutil.which("osm2pgsql"), reason="osm2pgsql is not here"),
]


def select(query: str) -> list[tuple]:  # type: ignore[type-arg]
    with connect() as database:
        return database.execute(query.encode()).fetchall()


def test_one_object_for_every_rule(landscape_osm: Path) -> None:
    """What the demo extract says in its names is what the tables say."""
    dataset = import_file(landscape_osm)
    assert dataset.data_timestamp == EDITED
    assert dataset.invalid == 0
    for layer in rules().layers:
        seen = set()
        for table in layer.tables:
            rows = select(f"SELECT name, class, facc FROM osm.\"{table}\" WHERE name LIKE '{layer.title}: %'")
            assert all(name == f"{layer.title}: {cls}" for name, cls, _ in rows)
            seen |= {(cls, code) for _, cls, code in rows}
        assert seen == {(rule.class_name, rule.code) for rule in layer.rules}


@pytest.mark.parametrize("name", ["liechtenstein-2013-08-03.osm.pbf", "krems.osm.gz"])
def test_both_importers_agree_in_every_table(shared_data: Path, name: str) -> None:
    assert sum(both_agree(shared_data / "osm" / name).values()) > 2000


def test_both_importers_agree_on_one_object_for_every_rule(landscape_osm: Path) -> None:
    """No table is empty here, military and camps among them."""
    counts = both_agree(landscape_osm)
    assert len(counts) == 47
    assert min(counts.values()) > 0


def both_agree(path: Path) -> dict[str, int]:
    """Import a file by both; return the rows of every table."""
    by_osm2pgsql = import_file(path, importer="osm2pgsql")
    query = " UNION ALL ".join(
        f"SELECT '{t}', fid, class, facc, name, tags::text, round(ST_Area(geom::geography)) + "
        f'round(ST_Length(geom::geography)) FROM osm."{t}"'
        for t in rules().tables
    )
    rows = Counter(select(query))
    by_libosmium = import_file(path, importer="libosmium")
    assert by_osm2pgsql.counts == by_libosmium.counts
    assert rows == Counter(select(query))
    counted = Counter(row.table for row in read_rows(path, rules()))
    assert by_libosmium.counts == {table: counted[table] for table in rules().tables}
    return by_libosmium.counts


def test_lines_that_close_are_no_areas_and_nothing_is_invalid(shared_data: Path) -> None:
    import_file(shared_data / "osm/liechtenstein-2013-08-03.osm.pbf")
    closed = select("SELECT count(*) FROM osm.roads_l WHERE ST_IsClosed(geom)")[0][0]
    assert closed > 10
    for table in rules().tables:
        assert select(f'SELECT count(*) FROM osm."{table}" WHERE NOT ST_IsValid(geom)') == [(0,)]
    coded, rows = 0, 0
    for table in rules().tables:
        here = select(f'SELECT count(facc), count(*) FROM osm."{table}"')[0]
        coded, rows = coded + here[0], rows + here[1]
    assert coded / rows >= 0.995


def test_what_fails_leaves_what_is_served(landscape_osm: Path, tmp_path: Path, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    served = import_file(landscape_osm)
    broken = tmp_path / "broken.osm.pbf"
    broken.write_bytes(landscape_osm.read_bytes()[: landscape_osm.stat().st_size // 2])
    (tmp_path / "text.osm.pbf").write_text("no map")
    for importer in ("osm2pgsql", "libosmium"):
        with pytest.raises(InvalidExtract, match=r"broken\.osm\.pbf is no file of OpenStreetMap, or breaks off"):
            import_file(broken, importer=importer)
    with pytest.raises(InvalidExtract, match=r"text\.osm\.pbf is no file of OpenStreetMap"):
        import_file(tmp_path / "text.osm.pbf")
    with pytest.raises(InvalidExtract, match="There is no file"):
        import_file(tmp_path / "away.osm.pbf")
    monkeypatch.setattr(imports, "_check", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        import_file(landscape_osm)
    assert live_dataset() == served
    assert select("SELECT count(*) FROM osm.military_a") == [(served.counts["military_a"],)]
    with connect() as database:
        assert not has(database, NEW) and not has(database, OLD)
    assert Dataset.objects.filter(state=State.FAILED).count() >= 1


def test_a_file_that_breaks_off_in_its_midst(landscape_osm: Path, shared_data: Path, tmp_path: Path) -> None:
    """Both importers are well on their way when they notice."""
    served = import_file(landscape_osm)
    whole = (shared_data / "osm/liechtenstein-2013-08-03.osm.pbf").read_bytes()
    (tmp_path / "cut.osm.pbf").write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(ImportFailed, match=r"osm2pgsql ended with status 1: .*unexpected EOF") as error:
        import_file(tmp_path / "cut.osm.pbf", importer="osm2pgsql", force=True)
    assert error.value.hint == "What was served before still is."
    with pytest.raises(
        InvalidExtract, match=r"cut\.osm\.pbf is no file of OpenStreetMap, or breaks off: .*unexpected EOF"
    ):
        import_file(tmp_path / "cut.osm.pbf", importer="libosmium", force=True)
    assert live_dataset() == served
    with connect() as database:
        assert not has(database, NEW)


def test_what_a_killed_import_left_is_cleared(landscape_osm: Path) -> None:
    Dataset.objects.create(source="killed.osm.pbf", importer="x", rules_version="0")
    with connect() as database:
        database.execute(f"CREATE SCHEMA {NEW}".encode())
        database.execute(f"CREATE TABLE {NEW}.half (a int)".encode())
    import_file(landscape_osm)
    assert Dataset.objects.get(source="killed.osm.pbf").state == State.FAILED
    with connect() as database:
        assert has(database, LIVE) and not has(database, NEW)


def test_an_extract_that_lost_most_is_refused(shared_data: Path, landscape_osm: Path, tmp_path: Path) -> None:
    import_file(landscape_osm)
    few = tmp_path / "few.osm.pbf"
    with osmium.SimpleWriter(str(few)) as writer:
        for entry in osmium.FileProcessor(str(landscape_osm)):
            if not entry.is_way() or "building" not in entry.tags:
                writer.add(entry)
    with pytest.raises(ImportRefused, match=r"buildings_a \d+ instead of \d+"):
        import_file(few)
    assert import_file(few, force=True).state == State.LIVE


def test_an_extract_of_somewhere_else_is_refused(landscape_osm: Path, shared_data: Path) -> None:
    served = import_file(landscape_osm)
    elsewhere = shared_data / "osm/liechtenstein-2013-08-03.osm.pbf"
    with pytest.raises(ImportRefused) as error:
        import_file(elsewhere)
    said = error.value.message
    assert said.startswith(
        "liechtenstein-2013-08-03.osm.pbf (longitude 9.40 to 9.65, latitude 46.79 to 47.43) lies outside"
    )
    assert said.endswith("of what is served, landscape.osm.pbf (longitude 13.18 to 13.27, latitude 43.69 to 43.75).")
    assert "--force" in error.value.hint
    assert live_dataset() == served
    assert import_file(elsewhere, force=True).state == State.LIVE


def test_only_one_at_a_time(landscape_osm: Path) -> None:
    from apps.osm_vectors.database import only_one

    with only_one(), pytest.raises(ImportRunning):
        import_file(landscape_osm)


def test_an_extract_without_features(tmp_path: Path) -> None:
    nothing, empty = tmp_path / "nothing.osm.pbf", tmp_path / "empty.osm.pbf"
    with osmium.SimpleWriter(str(nothing)) as writer:
        writer.add(Node(id=1, version=1, location=(9.5, 47.1), tags={"natural": "tree"}))
    with osmium.SimpleWriter(str(empty)):
        pass
    with pytest.raises(InvalidExtract, match="holds no human feature"):
        import_file(nothing)
    with pytest.raises(InvalidExtract, match="holds no object"):
        import_file(empty)


def changes(path: Path, *entries: object) -> Path:
    with osmium.SimpleWriter(str(path)) as writer:
        for entry in entries:
            writer.add(entry)
    return path


def test_changes_move_objects_between_layers(landscape_osm: Path, tmp_path: Path) -> None:
    import_file(landscape_osm, updatable=True)
    (number,) = select("SELECT osm_id FROM osm.roads_l WHERE class = 'motorway' AND name IS NULL LIMIT 1")[0]
    (nodes,) = [
        [node.ref for node in way.nodes]
        for way in osmium.FileProcessor(str(landscape_osm), osmium.osm.WAY)
        if way.id == number
    ]
    later = EDITED.replace(month=10)
    file = changes(
        tmp_path / "one.osc.gz",
        Way(id=number, version=2, timestamp=later, tags={"military": "trench", "name": "Graben"}, nodes=nodes),
        Way(id=10**6, version=1, timestamp=later, tags={"highway": "trunk", "name": "Neu"}, nodes=nodes),
    )
    update = apply_files([file])
    assert select(f"SELECT count(*) FROM osm.roads_l WHERE osm_id = {number}") == [(0,)]
    assert select(f"SELECT class, facc, fid FROM osm.military_l WHERE osm_id = {number}") == [
        ("earthwork", "AH025", f"W{number}")
    ]
    assert select("SELECT class FROM osm.roads_l_g10 WHERE name = 'Neu'") == [("trunk",)]
    assert select(f"SELECT count(*) FROM osm.roads_l_g10 WHERE osm_id = {number}") == [(0,)]
    assert update.objects == 3
    dataset = live_dataset()
    assert dataset and dataset.data_timestamp == later and dataset.changes == 1
    assert dataset.counts == {t: select(f'SELECT count(*) FROM osm."{t}"')[0][0] for t in rules().tables}
    with pytest.raises(ImportRefused, match="what is served is of 2025-10-01"):
        apply_files([changes(tmp_path / "old.osc", Node(id=1, version=2, timestamp=EDITED, location=(13.1, 43.7)))])


def test_nobody_is_named(shared_data: Path, tmp_path: Path) -> None:
    """No table that an updatable import makes, nor one that an update fills, names who edited."""
    path = shared_data / "osm/krems.osm.gz"
    ways = [(w.id, w.user, [n.ref for n in w.nodes]) for w in osmium.FileProcessor(str(path), osmium.osm.WAY)]
    number, _, nodes = ways[0]
    import_file(path, updatable=True)
    later = datetime(2014, 1, 1, tzinfo=UTC)
    way = Way(id=number, version=99, timestamp=later, user="Somebody", uid=7, nodes=nodes, tags={"highway": "track"})
    apply_files([changes(tmp_path / "a.osc", way)])
    assert select(f"SELECT version, osm_ts FROM osm.roads_l WHERE osm_id = {number}") == [(99, later)]
    words = {tag.v for entry in osmium.FileProcessor(str(path)) for tag in entry.tags}
    people = {"Somebody", *(user for _, user, _ in ways)} - words - {""}
    assert len(people) > 10
    tables = [row[0] for row in select(f"SELECT tablename FROM pg_tables WHERE schemaname = '{LIVE}'")]
    assert {"planet_osm_ways", "planet_osm_rels"} <= set(tables)
    for table in tables:
        told = " ".join(row[0] for row in select(f'SELECT to_jsonb(t)::text FROM {LIVE}."{table}" AS t'))
        assert not [person for person in people if json.dumps(person, ensure_ascii=False) in told], table


def test_changes_that_cannot_be_taken(landscape_osm: Path, tmp_path: Path) -> None:
    later = EDITED.replace(month=10)
    file = changes(tmp_path / "a.osc", Node(id=1, version=2, timestamp=later, location=(13.1, 43.7)))
    with pytest.raises(ImportRefused, match="There is nothing that can be updated"):
        apply_files([file])
    import_file(landscape_osm)
    with pytest.raises(ImportRefused, match="was not made updatable"):
        apply_files([file])
    import_file(landscape_osm, updatable=True)
    mixed = changes(
        tmp_path / "mixed.osc",
        Node(id=9, version=2, timestamp=later, location=(13.1, 43.7)),
        Node(id=1, version=2, timestamp=later, location=(13.1, 43.7)),
    )
    with pytest.raises(InvalidExtract, match="are not in order"):
        apply_files([mixed])
    (tmp_path / "broken.osc").write_text("<osmChange><modify><node id='1'")
    with pytest.raises(InvalidExtract, match="is no file of OpenStreetMap"):
        apply_files([tmp_path / "broken.osc"])
