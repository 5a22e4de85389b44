"""Folders of samples: what comes back is what was written, and what is wrong is named."""

import io
import json
import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eo.errors import InvalidSamples
from eo.io.sample_arrays import SampleMeta, Samples, read_samples, write_samples
from eo.learning.card import CropClass, Periods
from eo.timeseries.timesen2crop import BANDS

CLASSES = (
    CropClass(value=3, name="Potato", colour="#8c510a"),
    CropClass(value=1, name="Grassland", colour="#8fd175"),
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four samples, two periods, three bands, as written."""
    x = np.arange(24, dtype=np.float32).reshape(4, 2, 3) / 100
    meta = SampleMeta(bands=("B02", "B03", "B04"), classes=CLASSES, periods=Periods(count=2, first_month=9))
    write_samples(tmp_path / "s", Samples(x, np.array([1, 3, 3, 1]), meta, np.array([7, 7, 8, 8])))
    return tmp_path / "s"


def test_what_was_written_comes_back(folder: Path) -> None:
    found = read_samples(folder)
    assert isinstance(found.x, np.memmap) and found.x.dtype == np.float32
    assert found.x[3, 1].tolist() == pytest.approx([0.21, 0.22, 0.23])
    assert found.y.tolist() == [1, 3, 3, 1]
    assert found.positions().tolist() == [1, 0, 0, 1]
    assert found.groups is not None and found.groups.tolist() == [7, 7, 8, 8]
    assert found.meta.periods.first_month == 9 and not found.meta.gaps
    assert len(found.take(found.y == 3)) == 2


def test_the_digest_is_of_what_the_files_hold(folder: Path, tmp_path: Path) -> None:
    first = read_samples(folder)
    assert write_samples(tmp_path / "copy", first) == first.sha256 == read_samples(tmp_path / "copy").sha256
    np.save(folder / "y.npy", np.array([1, 3, 3, 3]))
    assert read_samples(folder).sha256 != first.sha256


def test_arrays_without_a_word_are_named_by_number(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", np.zeros((3, 12, 9)))
    np.save(tmp_path / "y.npy", np.array([0, 2, 2], np.int16))
    found = read_samples(tmp_path)
    assert found.meta.bands == BANDS
    assert [c.name for c in found.meta.classes] == ["class 0", "class 1", "class 2"]
    assert found.x.dtype == np.float32 and found.groups is None
    np.save(tmp_path / "x.npy", np.zeros((3, 12, 2)))
    assert read_samples(tmp_path).meta.bands == ("B1", "B2")


def test_gaps_are_taken_where_the_meta_data_say_so(folder: Path) -> None:
    x = np.load(folder / "x.npy")
    x[2, 1, 0] = np.nan
    np.save(folder / "x.npy", x)
    with pytest.raises(InvalidSamples, match="NaN at sample 2, period 1, band 0"):
        read_samples(folder)
    _meta(folder, gaps=True)
    assert np.isnan(read_samples(folder).x[2, 1, 0])


@pytest.mark.parametrize(
    ("name", "array", "words"),
    [
        ("x.npy", np.zeros((4, 2), np.float32), r"shape \(4, 2\).*\(samples, periods, bands\)"),
        ("x.npy", np.zeros((0, 2, 3), np.float32), "x.npy"),
        ("x.npy", np.zeros((4, 2, 3), np.uint16), "holds uint16.*float32 reflectance"),
        ("x.npy", np.full((4, 2, 3), 2500.0), "2500 at sample 0, period 0, band 0.*between -1 and 10"),
        ("x.npy", np.full((4, 2, 3), np.inf), "inf at sample 0"),
        ("x.npy", np.zeros((4, 5, 3)), "5 periods and 3 bands, meta.json says 2 and 3"),
        ("x.npy", np.zeros((5, 2, 3)), r"y.npy has the shape \(4,\); x.npy has 5 samples"),
        ("x.npy", np.array(["a"]), "x.npy holds <U1, not numbers"),
        ("y.npy", np.array([1, 3, 2, 1]), r"label 2 at sample 2 \(1 such\); labels are 1, 3"),
        ("y.npy", np.array([1, 3, -1, 1]), "label -1"),
        ("y.npy", np.array([1.0, 3.0, 3.0, 1.0]), "y.npy holds float64; it should hold integers"),
        ("y.npy", np.array([3, 3, 3, 3]), r"1 class only \(3\)"),
        ("group.npy", np.array([1, 2]), r"group.npy has the shape \(2,\)"),
    ],
)
def test_what_is_wrong_is_named(folder: Path, name: str, array: Any, words: str) -> None:
    np.save(folder / name, array)
    with pytest.raises(InvalidSamples, match=words) as caught:
        read_samples(folder)
    assert caught.value.hint and caught.value.code == "invalid_samples"


class _Harm:
    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return (os.mkdir, ("harmed",))


@pytest.mark.parametrize("kind", ["objects", "pickle", "npz", "cut short", "empty", "text"])
def test_nothing_pickled_is_read(folder: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    stream = io.BytesIO()
    if kind == "objects":
        np.save(stream, np.array([_Harm()], object), allow_pickle=True)
    elif kind == "npz":
        np.savez(stream, x=np.zeros(3))
    elif kind == "cut short":
        np.save(stream, np.zeros((4, 2, 3), np.float32))
        stream.truncate(stream.tell() - 8)
    data = {"pickle": pickle.dumps(_Harm()), "empty": b"", "text": b"0.1,0.2"}.get(kind, stream.getvalue())
    (folder / "x.npy").write_bytes(data)
    with pytest.raises(InvalidSamples, match=r"x\.npy cannot be read as an array of numbers"):
        read_samples(folder)
    assert not (folder / "harmed").exists()


def test_a_header_that_promises_more_than_the_file_holds_is_refused(folder: Path) -> None:
    stream = io.BytesIO()
    header = {"descr": "<f4", "fortran_order": False, "shape": (10**9, 12, 9)}
    np.lib.format.write_array_header_1_0(stream, header)
    (folder / "x.npy").write_bytes(stream.getvalue())
    with pytest.raises(InvalidSamples, match=r"x\.npy cannot be read"):
        read_samples(folder)


def test_meta_data_that_are_wrong_are_named(folder: Path) -> None:
    _meta(folder, classes=[])
    with pytest.raises(InvalidSamples, match="classes"):
        read_samples(folder)
    (folder / "meta.json").write_text("{")
    with pytest.raises(InvalidSamples, match=r"meta\.json is not as it should be"):
        read_samples(folder)


def test_a_folder_without_arrays_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InvalidSamples, match=r"There is no x\.npy"):
        read_samples(tmp_path)


def _meta(folder: Path, **changes: Any) -> None:
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps({**meta, **changes}))
