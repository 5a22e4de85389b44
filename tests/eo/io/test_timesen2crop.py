"""The published layout: hand-written files, what is wrong with them, hostile archives, made sets."""

import io
import struct
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from eo.errors import InvalidProduct
from eo.io.timesen2crop import ImportReport, import_set
from eo.io.timesen2crop_csv import Fault, format_sample, parse_dates, parse_samples
from eo.io.timesen2crop_source import MOST_BYTES, open_source
from eo.io.timesen2crop_store import open_store
from eo.io.timesen2crop_writer import make_timesen2crop, open_layout, write_tile
from eo.timeseries.crop_looks import TileLooks
from eo.timeseries.made_crops import make_tile

HEAD = b"B1,B2,B3,B4,B5,B6,B7,B8,B9,Flag\n"
TWO = HEAD + b"1,2,3,4,5,6,7,8,9,0\n-11,12,13,14,15,16,17,18,10019,3\n"
DATES = b"acquisition_date\n20170901\n20170911\n"


def _zip(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def _folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def _import(path: Path, store: Path, threads: int = 1) -> tuple[ImportReport, list[TileLooks]]:
    source = open_source(path)
    try:
        report = import_set(source, store, threads=threads)
    finally:
        source.close()
    return report, list(open_store(store).read())


class TestText:
    def test_numbers_are_read_as_they_stand(self) -> None:
        values, flags, faults = parse_samples([TWO], 2)
        assert values[0].tolist() == [[1, 2, 3, 4, 5, 6, 7, 8, 9], [-11, 12, 13, 14, 15, 16, 17, 18, 10019]]
        assert flags.tolist() == [[0, 3]] and faults.tolist() == [0]

    @pytest.mark.parametrize(
        "text",
        [
            TWO.replace(b"\n", b"\r\n"),
            TWO.rstrip(b"\n"),
            TWO + b"\n\n",
            b"\xef\xbb\xbf" + TWO,
            b'"B1","B2","B3","B4","B5","B6","B7","B8","B9","Flag"\n' + TWO[len(HEAD) :],
            HEAD + b"1.0,2.2,2.6,4,5,6,7,8,9,0\n-11.0, 12,13,14,15,16,17,18,10019,3\n",
            b",B1,B2,B3,B4,B5,B6,B7,B8,B9,Flag\n0,1,2,3,4,5,6,7,8,9,0\nx,-11,12,13,14,15,16,17,18,10019,3\n",
            b"Flag,B9,B8,B7,B6,B5,B4,B3,B2,B1\n0,9,8,7,6,5,4,3,2,1\n3,10019,18,17,16,15,14,13,12,-11\n",
        ],
    )
    def test_writers_differ_and_mean_the_same(self, text: bytes) -> None:
        values, flags, faults = parse_samples([text], 2)
        assert faults.tolist() == [0]
        assert values[0].tolist() == parse_samples([TWO], 2)[0][0].tolist()
        assert flags.tolist() == [[0, 3]]

    @pytest.mark.parametrize(
        ("text", "fault"),
        [
            (b"", Fault.EMPTY),
            (b"\n \n", Fault.EMPTY),
            (HEAD, Fault.EMPTY),
            (None, Fault.UNREADABLE),
            (TWO.replace(b",Flag", b""), Fault.COLUMNS),
            (TWO.replace(b"B9", b"B8"), Fault.COLUMNS),
            (TWO[len(HEAD) :], Fault.COLUMNS),
            (b"\xff\xfe\x00\n\x01", Fault.COLUMNS),
            (TWO.replace(b"10019", b"x"), Fault.NUMBER),
            (TWO.replace(b"10019", b"99999"), Fault.NUMBER),
            (TWO.replace(b"10019", b"9999999999999999999999"), Fault.NUMBER),
            (TWO.replace(b",10019", b""), Fault.NUMBER),
            (TWO.replace(b",10019", b",1,1"), Fault.NUMBER),
            (TWO.replace(b",10019", b",nan"), Fault.NUMBER),
            (TWO + b"1,2,3,4,5,6,7,8,9,0\n", Fault.ROWS),
            (TWO[: TWO.index(b"-11")], Fault.ROWS),
            (TWO.replace(b"10019,3", b"10019,4"), Fault.FLAG),
        ],
    )
    def test_what_is_wrong_is_told_and_harms_no_neighbour(self, text: bytes | None, fault: Fault) -> None:
        values, flags, faults = parse_samples([TWO, text, TWO], 2)
        assert faults.tolist() == [0, fault, 0]
        assert not values[1].any() and not flags[1].any()
        assert (values[2] == values[0]).all() and values[2, 1, 8] == 10019

    def test_what_is_written_is_read_back(self) -> None:
        looks = make_tile("33UVP", 50, seed=1)
        texts: list[bytes | None] = [format_sample(v, f) for v, f in zip(looks.values, looks.flags, strict=True)]
        values, flags, faults = parse_samples(texts, len(looks.dates))
        assert (values == looks.values).all() and (flags == looks.flags).all() and not faults.any()

    def test_dates_rise(self) -> None:
        assert parse_dates(DATES) == (date(2017, 9, 1), date(2017, 9, 11))
        assert parse_dates(b"20170901\r\n20170911") == (date(2017, 9, 1), date(2017, 9, 11))

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            (b"", "empty"),
            (b"acquisition_date\n", "no date"),
            (b"acquisition_date\n20170911\n20170901\n", r"date 2 (2017-09-01) does not come after"),
            (b"acquisition_date\n20170901\n20170901\n", "does not come after"),
            (b"acquisition_date\n20170931\n", "date 1 is '20170931', not YYYYMMDD"),
            (b"acquisition_date\n2017-09-01\n", "not YYYYMMDD"),
            (b"\x00\x01", "not YYYYMMDD"),
        ],
    )
    def test_dates_that_are_wrong_are_told(self, text: bytes, words: str) -> None:
        found = parse_dates(text)
        assert isinstance(found, str) and words in found


@pytest.mark.parametrize("kind", ["zip", "folder"])
@pytest.mark.parametrize("root", ["", "TimeSen2Crop/"])
def test_a_hand_written_set_is_read_and_its_faults_named(tmp_path: Path, kind: str, root: str) -> None:
    files = {
        "33UVP/dates.csv": DATES,
        "33UVP/0/7.csv": TWO,
        "33UVP/12/1.csv": TWO,
        "33UVP/12/2.csv": b"",
        "33UVP/12/3.csv": HEAD + b"1,2,3,4,5,6,7,8,9,0\n",
        "33UVP/16/1.csv": TWO,
        "33TWN/dates.csv": b"acquisition_date\n20170911\n20170901\n",
        "33TWN/1/1.csv": TWO,
        "32TNT/dates.csv": DATES,
        "2019_33UVP/1/1.csv": TWO,
        "nowhere/1/1.csv": TWO,
        "readme.txt": b"hello",
    }
    files = {root + name: content for name, content in files.items()}
    path = _zip(tmp_path / "set.zip", files) if kind == "zip" else _folder(tmp_path / "set", files)
    report, groups = _import(path, tmp_path / "s.parquet")
    assert report.samples == 2 and report.empty_files == 1
    assert [(g.tile, g.labels.tolist(), g.numbers.tolist()) for g in groups] == [("33UVP", [0, 12], [7, 1])]
    assert groups[0].values[0, 1].tolist() == [-11, 12, 13, 14, 15, 16, 17, 18, 10019]
    assert groups[0].dates == (date(2017, 9, 1), date(2017, 9, 11))
    told = {p.where: (p.what, p.count) for p in report.problems}
    assert told["33UVP/16"] == ("no class (0 to 15), left out", 1)
    assert told["33UVP/12/2.csv"] == ("empty file", 1)
    assert told["33UVP/12/3.csv"][0] == "as many rows as the tile has dates are needed"
    assert "date 2 (2017-09-01)" in told["33TWN/dates.csv"][0]
    assert told["32TNT"][0].startswith("an empty tile")
    assert told["2019_33UVP/dates.csv"][0].startswith("there is no dates.csv")
    assert told["nowhere"][0].startswith("no tile")


class TestHostile:
    def test_paths_that_lead_elsewhere_are_left_out_and_nothing_is_written(self, tmp_path: Path) -> None:
        files = {
            "33UVP/dates.csv": DATES,
            "33UVP/1/1.csv": TWO,
            "../33UVP/1/2.csv": TWO,
            "/33UVP/1/3.csv": TWO,
            "33UVP/1/../../../evil.csv": TWO,
            "C:\\33UVP\\1\\4.csv": TWO,
        }
        inside = tmp_path / "in"
        inside.mkdir()
        report, groups = _import(_zip(inside / "set.zip", files), inside / "s.parquet")
        assert [g.numbers.tolist() for g in groups] == [[1]]
        assert [(p.what, p.count) for p in report.problems] == [("a path that leads elsewhere, left out", 4)]
        assert sorted(p.name for p in tmp_path.rglob("*")) == ["in", "s.parquet", "set.zip"]

    def test_a_bomb_is_not_unpacked(self, tmp_path: Path) -> None:
        files = {"33UVP/dates.csv": DATES, "33UVP/1/1.csv": TWO, "33UVP/1/2.csv": b"0" * (50 << 20)}
        report, _ = _import(_zip(tmp_path / "set.zip", files), tmp_path / "s.parquet")
        assert report.samples == 1
        assert [p.what for p in report.problems] == ["damaged, encrypted or far too large"]

    def test_a_member_that_is_larger_than_it_says_is_not_believed(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "set.zip", {"33UVP/dates.csv": DATES, "33UVP/1/1.csv": b"0" * (MOST_BYTES * 8)})
        data = bytearray(path.read_bytes())
        entry = data.rindex(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = struct.pack("<I", 100)
        path.write_bytes(data)
        with pytest.raises(InvalidProduct, match=r"No sample of set\.zip can be used: 33UVP/1/1\.csv: damaged"):
            _import(path, tmp_path / "s.parquet")

    def test_a_size_below_nothing_is_not_believed(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "set.zip", {"33UVP/dates.csv": DATES, "33UVP/1/1.csv": TWO})
        with zipfile.ZipFile(path, "a") as archive:
            member = zipfile.ZipInfo("33UVP/1/2.csv")
            member.extra = struct.pack("<HHq", 1, 8, -5)
            archive.writestr(member, TWO, zipfile.ZIP_DEFLATED)
        data = bytearray(path.read_bytes())
        entry = data.rindex(b"PK\x01\x02")
        data[entry + 24 : entry + 28] = b"\xff" * 4
        path.write_bytes(data)
        report, groups = _import(path, tmp_path / "s.parquet")
        assert [g.numbers.tolist() for g in groups] == [[1]]
        assert [p.what for p in report.problems] == ["damaged, encrypted or far too large"]

    def test_damage_costs_one_sample(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "set.zip", {"33UVP/dates.csv": DATES, "33UVP/1/1.csv": TWO, "33UVP/1/2.csv": TWO})
        data = bytearray(path.read_bytes())
        at = data.index(b"33UVP/1/2.csv") + len("33UVP/1/2.csv") + 10
        data[at] ^= 0xFF
        path.write_bytes(data)
        report, groups = _import(path, tmp_path / "s.parquet")
        assert report.samples == 1 and groups[0].numbers.tolist() == [1]

    @pytest.mark.parametrize("cut", [0, 10, 60, -1, -30])
    def test_an_archive_cut_short_is_refused(self, tmp_path: Path, cut: int) -> None:
        path = _zip(tmp_path / "set.zip", {"33UVP/dates.csv": DATES, "33UVP/1/1.csv": TWO})
        path.write_bytes(path.read_bytes()[:cut])
        with pytest.raises(InvalidProduct, match=r"set\.zip"):
            open_source(path)

    def test_a_directory_that_lies_is_refused(self, tmp_path: Path) -> None:
        path = _zip(tmp_path / "set.zip", {"33UVP/dates.csv": DATES})
        data = bytearray(path.read_bytes())
        data[-14:-10] = struct.pack("<HH", 60_000, 60_000)
        path.write_bytes(data)
        with pytest.raises(InvalidProduct, match="no zip, or cut short"):
            open_source(path)

    def test_links_in_a_folder_are_not_followed(self, tmp_path: Path) -> None:
        secret = _folder(tmp_path / "secret", {"1.csv": TWO, "33TWN/dates.csv": DATES})
        there = _folder(tmp_path / "set", {"33UVP/dates.csv": DATES, "33UVP/1/1.csv": TWO})
        (there / "33UVP/1/2.csv").symlink_to(secret / "1.csv")
        (there / "33TWN").symlink_to(secret / "33TWN")
        report, groups = _import(there, tmp_path / "s.parquet")
        assert [g.numbers.tolist() for g in groups] == [[1]]
        assert report.problems[-1].what == "damaged, encrypted or far too large"


def test_what_is_no_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidProduct, match="There is no absent"):
        open_source(tmp_path / "absent")
    with pytest.raises(InvalidProduct, match="holds no tile of TimeSen2Crop"):
        open_source(tmp_path)
    (tmp_path / "a.zip").write_bytes(b"")
    with pytest.raises(InvalidProduct):
        open_source(tmp_path / "a.zip")
    (tmp_path / "x.parquet").write_bytes(b"PAR1")
    with pytest.raises(InvalidProduct, match="cannot be opened as Parquet"):
        open_store(tmp_path / "x.parquet")


def test_a_zip_of_more_than_65535_members_is_read(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("33UVP/dates.csv", DATES)
        for number in range(66_000):
            archive.writestr(f"33UVP/{number % 16}/{number}.csv", b"" if number != 65_999 else TWO)
    path = tmp_path / "set.zip"
    path.write_bytes(stream.getvalue())
    report, groups = _import(path, tmp_path / "s.parquet", threads=2)
    assert (report.files, report.samples, report.empty_files) == (66_000, 1, 65_999)
    assert groups[0].numbers.tolist() == [65_999]


@pytest.mark.parametrize("name", ["set.zip", "set"])
def test_a_made_set_comes_back_count_by_count(tmp_path: Path, name: str) -> None:
    counts = make_timesen2crop(tmp_path / name, 5, 300, ("33UVP", "33TWN", "2019_33UVP"))
    report, groups = _import(tmp_path / name, tmp_path / "s.parquet", threads=2)
    assert report.samples == 900 and not report.problems
    for looks in groups:
        assert np.bincount(looks.labels, minlength=16).tolist() == counts[looks.tile]
        made = make_tile(looks.tile, 300, 5)
        order = np.lexsort((made.numbers, made.labels))
        assert (looks.values == made.values[order]).all() and (looks.flags == made.flags[order]).all()


def test_a_store_keeps_row_groups_apart(tmp_path: Path) -> None:
    looks = make_tile("33UVP", 20, 5)
    with open_layout(tmp_path / "set") as put:
        write_tile(put, looks)
    _import(tmp_path / "set", tmp_path / "s.parquet")
    store = open_store(tmp_path / "s.parquet")
    tiles, labels = store.labels()
    assert store.samples == 20 and set(tiles) == {"33UVP"} and sorted(labels) == sorted(looks.labels)
    assert store.about["licence"] == "CC-BY-4.0" and store.dates["33UVP"] == looks.dates
